// Expr: runs a formula on names instead of numbers and keeps what was done as a small shared tree.
//   Sigmoid::f(Expr::variable("x")).text()   // "select(x < 0, exp(-abs(x)), 1) / (1 + exp(-abs(x)))"
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gradus/lang/lane.hpp"
#include "gradus/lang/words.hpp"

namespace gradus::lang {

class Expr {
 public:
  enum class Kind { number, variable, prefix, infix, call };

  template <Number N>
  Expr(N number) : Expr(Node{Kind::number, {}, static_cast<double>(number), {}}) {}
  static Expr variable(std::string name) { return Expr(Node{Kind::variable, std::move(name), 0, {}}); }

  Kind kind() const { return node_->kind; }
  const std::string& name() const { return node_->name; }  // the variable, the operator or the function
  double number() const { return node_->number; }
  const std::vector<Expr>& children() const { return node_->children; }

  std::string text() const;  // infix, with no more parentheses than needed

  friend Expr operator+(Expr a, Expr b) { return infix("+", a, b); }
  friend Expr operator-(Expr a, Expr b) { return infix("-", a, b); }
  friend Expr operator*(Expr a, Expr b) { return infix("*", a, b); }
  friend Expr operator/(Expr a, Expr b) { return infix("/", a, b); }
  friend Expr operator-(Expr a) { return Expr(Node{Kind::prefix, "-", 0, {a}}); }

  // A comparison is an expression too; only select, &, | and ! make sense of it.
  friend Expr operator==(Expr a, Expr b) { return infix("==", a, b); }
  friend Expr operator!=(Expr a, Expr b) { return infix("!=", a, b); }
  friend Expr operator<(Expr a, Expr b) { return infix("<", a, b); }
  friend Expr operator<=(Expr a, Expr b) { return infix("<=", a, b); }
  friend Expr operator>(Expr a, Expr b) { return infix(">", a, b); }
  friend Expr operator>=(Expr a, Expr b) { return infix(">=", a, b); }
  friend Expr operator&(Expr a, Expr b) { return infix("&", a, b); }
  friend Expr operator|(Expr a, Expr b) { return infix("|", a, b); }
  friend Expr operator!(Expr a) { return Expr(Node{Kind::prefix, "!", 0, {a}}); }

  friend Expr select(Expr c, Expr a, Expr b) { return call("select", {c, a, b}); }
  friend Expr fma(Expr a, Expr b, Expr c) { return call("fma", {a, b, c}); }
#define GRADUS_WORD(word) \
  friend Expr word(Expr a) { return call(#word, {a}); }
  GRADUS_WORDS_OF_ONE(GRADUS_WORD)
#undef GRADUS_WORD
#define GRADUS_WORD(word) \
  friend Expr word(Expr a, Expr b) { return call(#word, {a, b}); }
  GRADUS_WORDS_OF_TWO(GRADUS_WORD)
#undef GRADUS_WORD

 private:
  struct Node {
    Kind kind;
    std::string name;
    double number;
    std::vector<Expr> children;
  };

  explicit Expr(Node node) : node_(std::make_shared<const Node>(std::move(node))) {}
  static Expr infix(const char* op, Expr a, Expr b) { return Expr(Node{Kind::infix, op, 0, {a, b}}); }
  static Expr call(const char* function, std::vector<Expr> arguments) {
    return Expr(Node{Kind::call, function, 0, std::move(arguments)});
  }
  void print(std::string& out, int outer, bool right) const;

  std::shared_ptr<const Node> node_;
};

}  // namespace gradus::lang
