// Formulas as text: parsed into calls of operations, then computed on numbers or on tensors, where they can be differentiated.
// There is no mathematics here: + is the operation add, x^2 is pow(x, 2), select is where.
//   const Expression e = parse_expression("(x * w + b - t)^2");
//   e.names()                                       // "x", "w", "b", "t": by first appearance
//   e.value({2, 3, 1, 5})                           // 4
//   Tensor loss = e(Tensors{x, w, b, t});
// Grammar, from loosest to tightest: |  &  == != < <= > >= (not chained)  + -  * / @  unary - and !  ^ or ** (from the right; -x^2
// is -(x^2)). Numbers, names, matrices [[1, 2], [3, 4]], and calls of any operation: first its inputs, then its attributes in order
// or by name, as in sum(x, axis=0, keepdims=true) or, as PyTorch has it, sum(x, dim=0). pi is a number, T(x) a matrix transposed.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registry.hpp"

namespace gradus {

class Expression {
 public:
  enum class Kind { number, name, matrix, call };
  struct Node {
    Kind kind = Kind::number;
    double number = 0;
    bool whole = false;                 // written without a point: keeps integers integers
    std::size_t name = 0;               // its place in names()
    const OpEntry* op = nullptr;        // what is called
    SmallVec<std::size_t, 3> inputs = {};  // places of the arguments: earlier ones
    std::size_t at = 0;                 // where it stands in the text
    Ref<const Op> made = {};            // what is called, if it is not elementwise: with its attributes
    Tensor matrix = {};
  };

  Expression(std::vector<std::string> names, std::vector<Node> nodes, std::string text = {})
      : names_(std::move(names)), nodes_(std::move(nodes)), text_(std::move(text)) {}

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Node>& nodes() const { return nodes_; }  // arguments before their calls, the whole at last
  const std::string& text() const { return text_; }

  // One number, or one tensor, for each name. ValueError for numbers where an operation is not elementwise.
  double value(std::span<const double> values) const;
  double value(std::initializer_list<double> values) const { return value(std::span(values.begin(), values.size())); }
  // Numbers in the text take the dtype of their partners; with `exact` they are f64, and whole ones serve as integers where an
  // operation wants these. What an operation refuses is a UsageError with a mark under its place.
  Tensor operator()(Inputs values, bool exact = false) const;

 private:
  std::vector<std::string> names_;
  std::vector<Node> nodes_;
  std::string text_;
};

// A text that is no formula is a UsageError, with a mark under the place.
Expression parse_expression(std::string_view text);

// That error: what is wrong at place `at` of the text, of which the surroundings are shown.
[[noreturn]] void fail_expression(std::string_view text, std::size_t at, const std::string& what, const std::string& hint = {});

}  // namespace gradus
