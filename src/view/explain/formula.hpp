// Formulas to be read: made from the texts of the op structs, with names or numbers put in, as plain text and as MathML.
//   Formula f = Formula::parse("t * (y * (1 - y))").with({{"t", Formula(1)}}).folded();
//   f.text()        // "y * (1 - y)"
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gradus/ops/expression.hpp>

namespace gradus::inspect {

class Formula {
 public:
  enum class Kind { number, name, given, call };
  Formula(double number) : number_(number) {}
  static Formula name(std::string name);
  static Formula given(std::string text, Tensor value);  // a small matrix
  static Formula call(std::string op, std::vector<Formula> arguments);  // op: "add", "matmul", ..., or what is printed before brackets
  static Formula parse(std::string_view text);                          // by the parser of expressions
  static Formula of(const Expression& expression);

  Kind kind() const { return kind_; }
  double number() const { return number_; }
  const std::string& name() const { return name_; }

  Formula with(const std::map<std::string, Formula>& values) const;  // names replaced
  // Numbers are computed, by the operations themselves, and what does nothing is left out: 1 * x, x + 0. Guards that keep the
  // arguments of pow and log away from places without a derivative are left out too: they are no mathematics.
  Formula folded() const;

  std::string text() const;
  std::string ml() const { return ml(0, false); }          // what stands in a <math> element
  std::string mathml() const;                              // the element itself

 private:
  Formula() = default;
  void print(std::string& out, int outer, bool right) const;
  std::string ml(int outer, bool right) const;
  int level() const;

  Kind kind_ = Kind::number;
  double number_ = 0;
  std::string name_;  // or the operation, or the text of what is given
  Tensor value_;
  std::vector<Formula> arguments_;
};

std::string number_text(double value, int digits = 6);  // "-36", "0.549834", "1.5e-09"
std::string number_ml(double value, int digits = 6);
std::string name_ml(const std::string& name);  // "v3" with a low 3, "beta1" as a Greek letter, "dL/dw" as a fraction
std::string matrix_ml(const Tensor& x, int digits);  // of two axes at most; a vector is a row
std::string partial_ml(const std::string& of, const std::string& by);
std::string escaped_text(std::string_view text);

}  // namespace gradus::inspect
