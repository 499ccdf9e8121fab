#include <charconv>

#include "gradus/lang/expr.hpp"

namespace gradus::lang {
namespace {

// How tightly an operator binds, as in C++.
enum Level { lowest, either_or, both, equality, order, sum, product, prefix, atom };

Level level_of(Expr::Kind kind, const std::string& name, double number) {
  if (kind == Expr::Kind::number) return number < 0 ? prefix : atom;
  if (kind == Expr::Kind::prefix) return prefix;
  if (kind != Expr::Kind::infix) return atom;
  if (name == "*" || name == "/") return product;
  if (name == "+" || name == "-") return sum;
  if (name == "==" || name == "!=") return equality;
  if (name == "&") return both;
  if (name == "|") return either_or;
  return order;
}

std::string shortest(double number) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  return std::string(buffer, end);
}

}  // namespace

std::string Expr::text() const {
  std::string out;
  print(out, lowest, false);
  return out;
}

// `outer` is the level of the operator around this one; its right operand needs parentheses at the same level
// too, since a - (b - c) is not a - b - c, and a sign after an operator reads badly without them.
void Expr::print(std::string& out, int outer, bool right) const {
  const Level own = level_of(kind(), name(), number());
  const bool parentheses = own < outer || (right && (own == outer || own == prefix));
  if (parentheses) out += '(';
  switch (kind()) {
    case Kind::number:
      out += shortest(number());
      break;
    case Kind::variable:
      out += name();
      break;
    case Kind::prefix:
      out += name();
      children()[0].print(out, prefix, true);
      break;
    case Kind::infix:
      children()[0].print(out, own, false);
      out += ' ' + name() + ' ';
      children()[1].print(out, own, true);
      break;
    case Kind::call:
      out += name() + '(';
      for (std::size_t i = 0; i < children().size(); ++i) {
        if (i) out += ", ";
        children()[i].print(out, lowest, false);
      }
      out += ')';
      break;
  }
  if (parentheses) out += ')';
}

}  // namespace gradus::lang
