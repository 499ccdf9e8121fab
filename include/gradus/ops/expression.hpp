// Formulas as text: parsed into calls of elementwise operations, then computed on numbers or on tensors, where they can be
// differentiated. There is no mathematics here: + is the operation add, x^2 is pow(x, 2), select is where.
//   const Expression e = parse_expression("(x * w + b - t)^2");
//   e.names()                                       // "x", "w", "b", "t": by first appearance
//   e.value({2, 3, 1, 5})                           // 4
//   Tensor loss = e(Tensors{x, w, b, t});
// Grammar, from loosest to tightest: |  &  == != < <= > >= (not chained)  + -  * /  unary - and !  ^ (from the right; -x^2 is
// -(x^2)). Numbers, names and calls f(a, b) of any elementwise operation; pi is a number.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registry.hpp"

namespace gradus {

class Expression {
 public:
  enum class Kind { number, name, call };
  struct Node {
    Kind kind = Kind::number;
    double number = 0;
    bool whole = false;                 // written without a point: keeps integers integers
    std::size_t name = 0;               // its place in names()
    const OpEntry* op = nullptr;        // what is called
    std::size_t inputs[3] = {0, 0, 0};  // places of the arguments: earlier ones
    std::size_t at = 0;                 // where it stands in the text
  };

  Expression(std::vector<std::string> names, std::vector<Node> nodes) : names_(std::move(names)), nodes_(std::move(nodes)) {}

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Node>& nodes() const { return nodes_; }  // arguments before their calls, the whole at last

  // One number, or one tensor, for each name.
  double value(std::span<const double> values) const;
  double value(std::initializer_list<double> values) const { return value(std::span(values.begin(), values.size())); }
  Tensor operator()(Inputs values) const;

 private:
  std::vector<std::string> names_;
  std::vector<Node> nodes_;
};

// A text that is no formula is a UsageError, with a mark under the place.
Expression parse_expression(std::string_view text);

}  // namespace gradus
