#include "formula.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gradus::inspect {
namespace {

// How tightly an operator binds; the signs in text and in MathML.
struct Infix {
  std::string_view op;
  int level;
  std::string_view text, ml;
};
enum Level { lowest, either_or, both, order, sum, product, prefix, power, atom };
constexpr Infix infixes[] = {{"add", sum, " + ", "+"},          {"sub", sum, " - ", "\u2212"},        {"mul", product, " * ", "\u00b7"},
                             {"div", product, " / ", "/"},      {"matmul", product, " @ ", "\u2009"}, {"pow", power, "^", ""},
                             {"less", order, " < ", "&lt;"},    {"greater", order, " > ", "&gt;"},    {"less_equal", order, " <= ", "\u2264"},
                             {"greater_equal", order, " >= ", "\u2265"}, {"equal", order, " == ", "=="}, {"not_equal", order, " != ", "\u2260"},
                             {"logical_and", both, " & ", "\u2227"}, {"logical_or", either_or, " | ", "\u2228"}};

const Infix* infix(const std::string& op) {
  const auto found = std::ranges::find(infixes, op, &Infix::op);
  return found == std::end(infixes) ? nullptr : found;
}

const OpEntry* elementwise(const std::string& op) {
  const auto& all = registry();
  const auto found = std::ranges::find_if(all, [&](const OpEntry& e) { return e.op && e.info.name == op; });
  return found == all.end() ? nullptr : &*found;
}

// What is chosen away from the places that a guard avoids: the branch that is not a number.
const Formula& unguarded(const Formula& f, const std::vector<Formula>& arguments) {
  if (f.kind() != Formula::Kind::call || f.name() != "where") return f;
  return arguments[1].kind() == Formula::Kind::number ? arguments[2] : arguments[1];
}

std::string_view shown_name(const std::string& op) {
  if (op == "maximum") return "max";
  if (op == "minimum") return "min";
  return op;
}

std::string mo(std::string_view sign) { return fmt::format("<mo>{}</mo>", sign); }
std::string row(const std::string& inside) { return "<mrow>" + inside + "</mrow>"; }
std::string bracketed(const std::string& inside) { return row("<mo>(</mo>" + inside + "<mo>)</mo>"); }

}  // namespace

std::string escaped_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string number_text(double value, int digits) {
  if (value == 0) return "0";  // not -0
  if (std::isnan(value)) return "nan";
  return fmt::format("{:.{}g}", value, digits);
}

std::string number_ml(double value, int digits) {
  std::string text = number_text(std::abs(value), digits), power;
  if (const std::size_t e = text.find('e'); e != std::string::npos) {
    const int exponent = std::stoi(text.substr(e + 1));
    power = fmt::format("<msup><mn>10</mn>{}</msup>", exponent < 0 ? fmt::format("<mrow><mo>\u2212</mo><mn>{}</mn></mrow>", -exponent) : fmt::format("<mn>{}</mn>", exponent));
    text.resize(e);
    if (text == "1") text.clear();  // 10^-8
  }
  std::string number = text.empty() ? power : std::isfinite(value) ? "<mn>" + text + "</mn>" : "<mi>" + text + "</mi>";
  if (!power.empty() && !text.empty()) number += "<mo>\u00b7</mo>" + power;
  return std::signbit(value) && value != 0 ? row("<mo>\u2212</mo>" + number) : power.empty() ? number : row(number);
}

std::string name_ml(const std::string& name) {
  static const std::map<std::string, std::string> greek{{"alpha", "\u03b1"}, {"beta", "\u03b2"}, {"gamma", "\u03b3"}, {"delta", "\u03b4"}, {"eps", "\u03b5"},
                                                         {"lr", "\u03b7"},    {"theta", "\u03b8"}, {"mu", "\u03bc"},  {"sigma", "\u03c3"}, {"lambda", "\u03bb"}, {"momentum", "\u03bc"}};
  if (const std::size_t bar = name.find("/d"); bar != std::string::npos && name[0] == 'd') return partial_ml(name_ml(name.substr(1, bar - 1)), name_ml(name.substr(bar + 2)));
  const auto in_names = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\''; };
  if (!std::ranges::all_of(name, in_names)) return "<mtext>" + escaped_text(name) + "</mtext>";  // an attribute, a path, a shape
  const bool prime = name.size() > 1 && name.back() == '\'';
  std::size_t end = name.size() - prime;
  while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
  std::string base = name.substr(0, end), low = name.substr(end, name.size() - prime - end);
  if (base.empty()) return "<mtext>" + name + "</mtext>";
  if (base.size() > 1 && base.back() == '_') base.pop_back();
  if (const auto found = greek.find(base); found != greek.end()) base = found->second;
  std::string out = "<mi>" + escaped_text(base) + "</mi>";
  if (!low.empty()) out = "<msub>" + out + "<mn>" + low + "</mn></msub>";
  return prime ? row(out + "<mo lspace=\"0\" rspace=\"0\">\u2032</mo>") : out;
}

Formula Formula::name(std::string name) {
  Formula f;
  f.kind_ = Kind::name;
  f.name_ = std::move(name);
  return f;
}

std::string matrix_ml(const Tensor& x, int digits) {
  const std::vector<double> values = x.to_vector();
  const std::int64_t rows = x.rank() == 2 ? x.size(0) : 1, columns = x.rank() == 2 ? x.size(1) : x.numel();
  std::string out;
  for (std::int64_t i = 0, at = 0; i < rows; ++i) {
    out += "<mtr>";
    for (std::int64_t j = 0; j < columns; ++j, ++at) out += "<mtd>" + number_ml(values[static_cast<std::size_t>(at)], digits) + "</mtd>";
    out += "</mtr>";
  }
  return fmt::format("<mtable class=\"mat{}\">{}</mtable>", columns > 5 ? " wide" : "", out);
}

std::string partial_ml(const std::string& of, const std::string& by) {
  return fmt::format("<mfrac><mrow><mi>\u2202</mi>{}</mrow><mrow><mi>\u2202</mi>{}</mrow></mfrac>", of, by);
}

Formula Formula::given(std::string text, Tensor value) {
  Formula f;
  f.kind_ = Kind::given;
  f.name_ = std::move(text);
  f.value_ = std::move(value);
  return f;
}

Formula Formula::call(std::string op, std::vector<Formula> arguments) {
  Formula f;
  f.kind_ = Kind::call;
  f.name_ = std::move(op);
  f.arguments_ = std::move(arguments);
  return f;
}

Formula Formula::of(const Expression& expression) {
  std::vector<Formula> all;
  for (const Expression::Node& node : expression.nodes()) {
    switch (node.kind) {
      case Expression::Kind::number: all.push_back(Formula(node.number)); break;
      case Expression::Kind::name: all.push_back(name(expression.names()[node.name])); break;
      case Expression::Kind::matrix: all.push_back(name(to_string(node.matrix.shape()))); break;
      case Expression::Kind::call: {
        std::vector<Formula> arguments;
        for (const std::size_t i : node.inputs) arguments.push_back(all[i]);
        all.push_back(call(std::string(node.op->info.name), std::move(arguments)));
      }
    }
  }
  return all.back();
}

Formula Formula::parse(std::string_view text) { return of(parse_expression(text)); }

Formula Formula::with(const std::map<std::string, Formula>& values) const {
  if (kind_ == Kind::name) {
    const auto found = values.find(name_);
    return found == values.end() ? *this : found->second;
  }
  Formula out = *this;
  for (Formula& f : out.arguments_) f = f.with(values);
  return out;
}

Formula Formula::folded() const {
  if (kind_ != Kind::call) return *this;
  std::vector<Formula> a;
  for (const Formula& f : arguments_) a.push_back(f.folded());
  const auto is = [&](std::size_t i, double value) { return a[i].kind_ == Kind::number && a[i].number_ == value; };
  const auto is_number = [&](std::size_t i) { return a[i].kind_ == Kind::number; };
  if (name_ == "pow" || name_ == "log") a[0] = Formula(unguarded(a[0], a[0].arguments_));
  if (name_ == "log") a[0] = Formula(unguarded(a[0], a[0].arguments_));  // a guard within a guard
  if (name_ == "where" && is_number(0)) return a[0].number_ != 0 ? a[1] : a[2];
  if (const OpEntry* entry = elementwise(name_); entry && !a.empty() && std::ranges::all_of(a, [](const Formula& f) { return f.kind_ == Kind::number; })) {
    double x[3] = {};
    for (std::size_t i = 0; i < a.size() && i < 3; ++i) x[i] = a[i].number_;
    if (const double value = entry->value(x); std::isfinite(value)) return Formula(value);
  }
  const auto is_call = [&](std::size_t i, std::string_view op) { return a[i].kind_ == Kind::call && a[i].name_ == op; };
  const auto negative = [](Formula f) { return call("neg", {std::move(f)}).folded(); };
  if (name_ == "expm1") return call("sub", {call("exp", {a[0]}), Formula(1)});  // exact near 0, which formulas need not be
  if (name_ == "log1p") return call("log", {call("add", {Formula(1), a[0]})});
  if (name_ == "mul") {
    if (is(0, 1)) return a[1];
    if (is(1, 1)) return a[0];
    if (is(0, 0) || is(1, 0)) return Formula(0);
    if (is(0, -1)) return call("neg", {a[1]});
    if (is_number(1)) std::swap(a[0], a[1]);
    if (is_call(0, "neg")) return negative(call("mul", {a[0].arguments_[0], a[1]}));
    if (is_call(1, "neg")) return negative(call("mul", {a[0], a[1].arguments_[0]}));
    for (const std::size_t i : {std::size_t{1}, std::size_t{0}}) {  // a * (1 / b)
      if (is_call(i, "div") && a[i].arguments_[0].kind_ == Kind::number && a[i].arguments_[0].number_ == 1) return call("div", {a[1 - i], a[i].arguments_[1]});
    }
  }
  if (name_ == "div" && is_call(0, "neg")) return negative(call("div", {a[0].arguments_[0], a[1]}));
  if (name_ == "sub" && is(0, 0)) return negative(a[1]);
  if (name_ == "sub" && is_call(1, "neg")) return call("add", {a[0], a[1].arguments_[0]});
  if (name_ == "add" && is_call(0, "neg") && !is_call(1, "neg")) return call("sub", {a[1], a[0].arguments_[0]});
  // 1 - exp(-softplus(x)), which is what the derivative of softplus reads, is sigmoid(x).
  if (name_ == "sub" && is(0, 1) && is_call(1, "exp") && a[1].arguments_[0].kind_ == Kind::call && a[1].arguments_[0].name_ == "neg") {
    if (const Formula& inner = a[1].arguments_[0].arguments_[0]; inner.kind_ == Kind::call && inner.name_ == "softplus") return call("sigmoid", {inner.arguments_[0]});
  }
  if (name_ == "add" && is(0, 0)) return a[1];
  if ((name_ == "add" || name_ == "sub") && is(1, 0)) return a[0];
  if (name_ == "add" && is_number(1) && a[1].number_ < 0) return call("sub", {a[0], Formula(-a[1].number_)});
  if (name_ == "add" && a[1].kind_ == Kind::call && a[1].name_ == "neg") return call("sub", {a[0], a[1].arguments_[0]});
  if ((name_ == "div" || name_ == "pow") && is(1, 1)) return a[0];
  if (name_ == "div" && is(0, 0)) return Formula(0);
  if (name_ == "pow" && is(1, 0)) return Formula(1);
  if (name_ == "neg" && is_call(0, "neg")) return a[0].arguments_[0];
  if (name_ == "neg" && is_call(0, "mul") && a[0].arguments_[1].kind_ == Kind::call && a[0].arguments_[1].name_ == "sub") {
    return call("mul", {a[0].arguments_[0], negative(a[0].arguments_[1])}).folded();
  }
  if (name_ == "neg" && is_call(0, "div") && a[0].arguments_[0].kind_ == Kind::call && a[0].arguments_[0].name_ == "sub") {
    return call("div", {negative(a[0].arguments_[0]), a[0].arguments_[1]}).folded();
  }
  if (name_ == "neg" && is_call(0, "sub")) return call("sub", {a[0].arguments_[1], a[0].arguments_[0]}).folded();
  return call(name_, std::move(a));
}

int Formula::level() const {
  if (kind_ == Kind::number) return std::signbit(number_) && number_ != 0 ? prefix : atom;
  if (kind_ != Kind::call) return atom;
  if (name_ == "neg" || name_ == "logical_not") return prefix;
  const Infix* found = infix(name_);
  return found ? found->level : atom;
}

std::string Formula::text() const {
  std::string out;
  print(out, lowest, false);
  return out;
}

void Formula::print(std::string& out, int outer, bool right) const {
  const int own = level();
  const bool brackets = own < outer || (right && (own == outer || own == prefix));
  if (brackets) out += '(';
  if (kind_ == Kind::number) out += number_text(number_);
  else if (kind_ != Kind::call) out += name_;
  else if (own == prefix) {
    out += name_ == "neg" ? '-' : '!';
    arguments_[0].print(out, prefix, true);
  } else if (const Infix* found = infix(name_)) {
    const bool base = found->level == power;  // binds to the right, so its base needs brackets
    arguments_[0].print(out, base ? power + 1 : own, false);
    out += found->text;
    arguments_[1].print(out, own, !base || arguments_[1].level() == prefix);
  } else if (name_ == "T") {
    arguments_[0].print(out, atom, false);
    out += "\u1d40";
  } else {
    out += shown_name(name_);
    out += '(';
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (i) out += ", ";
      arguments_[i].print(out, lowest, false);
    }
    out += ')';
  }
  if (brackets) out += ')';
}

std::string Formula::mathml() const { return "<math>" + ml(lowest, false) + "</math>"; }

std::string Formula::ml(int outer, bool right) const {
  const int own = level();
  const auto wrap = [&](std::string inside) {
    const bool brackets = own < outer || (right && (own == outer || own == prefix));
    return brackets ? bracketed(inside) : row(inside);
  };
  if (kind_ == Kind::number) return own == prefix && (right || own < outer) ? bracketed(number_ml(number_)) : number_ml(number_);
  if (kind_ == Kind::name) return name_ml(name_);
  if (kind_ == Kind::given) return matrix_ml(value_, 6);
  const auto prime = [&](std::size_t i) {  // a base: what is no letter and no function stands in brackets
    const Formula& f = arguments_[i];
    const bool tall = f.kind_ == Kind::call && (f.name_ == "exp" || f.name_ == "square" || f.name_ == "div" || f.name_ == "pow" || f.name_ == "T" || f.name_ == "where" || f.name_ == "sqrt");
    const bool fraction = f.kind_ == Kind::name && f.name_.find('/') != std::string::npos;
    return tall || fraction ? bracketed(f.ml(lowest, false)) : f.ml(atom, true);
  };
  if (name_ == "neg") return wrap("<mo form=\"prefix\">\u2212</mo>" + arguments_[0].ml(prefix, true));
  if (name_ == "logical_not") return wrap("<mo form=\"prefix\">\u00ac</mo>" + arguments_[0].ml(prefix, true));
  if (name_ == "div") return "<mfrac>" + arguments_[0].ml(lowest, false) + arguments_[1].ml(lowest, false) + "</mfrac>";
  if (name_ == "pow") return "<msup>" + prime(0) + arguments_[1].ml(lowest, false) + "</msup>";
  if (name_ == "exp") return "<msup><mi>e</mi>" + arguments_[0].ml(lowest, false) + "</msup>";
  if (name_ == "sqrt") return "<msqrt>" + arguments_[0].ml(lowest, false) + "</msqrt>";
  if (name_ == "square") return "<msup>" + prime(0) + "<mn>2</mn></msup>";
  if (name_ == "abs") return row("<mo>|</mo>" + arguments_[0].ml(lowest, false) + "<mo>|</mo>");
  if (name_ == "T") return "<msup>" + prime(0) + "<mi>T</mi></msup>";
  if (name_ == "where") {
    const auto cell = [](const std::string& inside) { return "<mtd>" + inside + "</mtd>"; };
    return row("<mtable class=\"cases\"><mtr>" + cell(arguments_[1].ml(lowest, false)) + cell(row("<mtext>\u2002</mtext>" + arguments_[0].ml(lowest, false))) + "</mtr><mtr>" +
               cell(arguments_[2].ml(lowest, false)) + cell("<mtext>\u2002else</mtext>") + "</mtr></mtable>");
  }
  if (name_ == "matmul") return wrap(arguments_[0].ml(own, false) + "<mspace width=\"0.2em\"/>" + arguments_[1].ml(own, true));
  if (const Infix* found = infix(name_)) return wrap(arguments_[0].ml(own, false) + mo(found->ml) + arguments_[1].ml(own, true));
  std::string inside;
  for (std::size_t i = 0; i < arguments_.size(); ++i) inside += (i ? mo(",") : "") + arguments_[i].ml(lowest, false);
  return row("<mi>" + escaped_text(shown_name(name_)) + "</mi>" + bracketed(inside));
}

}  // namespace gradus::inspect
