#include <fmt/format.h>
#include <gradus/base/text.hpp>
#include <gradus/ops/expression.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace gradus {
namespace {

constexpr int max_depth = 1000;

struct Alias {
  std::string_view word, op;
};
// The words of lang.hpp that are spelled otherwise as operations.
constexpr Alias aliases[] = {{"select", "where"}, {"min", "minimum"}, {"max", "maximum"}, {"rint", "round"}};

struct Infix {
  std::string_view sign, op;
  int level;
};
// Longer signs before their beginnings.
constexpr int order_level = 2;
constexpr Infix infixes[] = {
    {"==", "equal", order_level},   {"!=", "not_equal", order_level}, {"<=", "less_equal", order_level}, {">=", "greater_equal", order_level},
    {"<", "less", order_level},     {">", "greater", order_level},    {"|", "logical_or", 0},            {"&", "logical_and", 1},
    {"+", "add", 3},                {"-", "sub", 3},                  {"*", "mul", 4},                   {"/", "div", 4}};

const OpEntry* elementwise(std::string_view name) {
  for (const OpEntry& entry : registry()) {
    if (entry.op && entry.info.name == name) return &entry;
  }
  return nullptr;
}

// The locale has no say in these.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

// Recursive descent. Every way around the circle of recursion leads through prefix, which counts the depth.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Expression parse() {
    blanks();
    infix(0);
    if (at_ < text_.size()) wrong(at_, fmt::format("{} is not expected here", quoted(text_.substr(at_, 1))));
    return Expression(std::move(names_), std::move(nodes_));
  }

 private:
  // A long text is shown around the place only.
  [[noreturn]] void wrong(std::size_t at, const std::string& what, const std::string& hint = {}) const {
    constexpr std::size_t before = 40, shown = 80;
    const std::size_t first = at > before ? at - before : 0;
    std::string line(text_.substr(first, shown));
    for (char& c : line) {
      if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';  // one column each
    }
    fail<UsageError>("expression", fmt::format("{}\n  {}\n  {}^", what, line, std::string(at - first, ' ')), hint);
  }

  struct Depth {
    explicit Depth(ExpressionParser& parser) : held(parser) {
      if (++held.depth_ > max_depth) held.wrong(held.at_, fmt::format("more than {} levels inside each other", max_depth));
    }
    ~Depth() { --held.depth_; }
    ExpressionParser& held;
  };

  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  bool take(std::string_view sign) {
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    blanks();
    return true;
  }
  void expect(std::string_view sign, std::size_t opened) {
    if (!take(sign)) wrong(at_, fmt::format("{} is missing, for what begins at column {}", quoted(sign), opened + 1));
  }

  std::size_t add(Expression::Node node) {
    nodes_.push_back(node);
    return nodes_.size() - 1;
  }
  std::size_t call(std::string_view op, std::size_t at, std::initializer_list<std::size_t> inputs) {
    Expression::Node node{.kind = Expression::Kind::call, .op = elementwise(op), .at = at};
    std::ranges::copy(inputs, node.inputs);
    return add(node);
  }

  const Infix* operator_here() const {
    for (const Infix& i : infixes) {
      if (text_.substr(at_).starts_with(i.sign)) return &i;
    }
    return nullptr;
  }

  // Operands and the operators between them that bind at least as tightly as `level`.
  std::size_t infix(int level) {
    std::size_t left = prefix();
    bool compared = false;
    while (const Infix* found = operator_here()) {
      if (found->level < level) break;
      const std::size_t at = at_;
      if (found->level == order_level && compared) wrong(at, "comparisons do not chain", "(a < b) & (b < c)");
      compared = found->level == order_level;
      take(found->sign);
      const std::size_t right = infix(found->level + 1);
      left = call(found->op, at, {left, right});
    }
    return left;
  }

  std::size_t prefix() {
    const Depth depth(*this);
    const std::size_t at = at_;
    if (take("-")) return call("neg", at, {prefix()});
    if (take("!")) return call("logical_not", at, {prefix()});
    const std::size_t base = atom();
    const std::size_t sign = at_;
    if (!take("^")) return base;
    return call("pow", sign, {base, prefix()});
  }

  std::size_t atom() {
    const std::size_t at = at_;
    if (at == text_.size()) wrong(at, "the formula ends where a value is expected");
    if (take("(")) {
      const std::size_t inside = infix(0);
      expect(")", at);
      return inside;
    }
    if (is_digit(text_[at]) || text_[at] == '.') return number();
    if (!is_letter(text_[at])) wrong(at, fmt::format("{} is not the beginning of a value", quoted(text_.substr(at, 1))));
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string name(text_.substr(at, at_ - at));
    blanks();
    if (take("(")) return function(name, at);
    if (name == "pi") return add({.number = 3.141592653589793, .at = at});
    const auto [known, added] = places_.emplace(name, names_.size());
    if (added) names_.push_back(name);
    return add({.kind = Expression::Kind::name, .name = known->second, .at = at});
  }

  std::size_t number() {
    const std::size_t at = at_;
    double value = 0;
    const char *begin = text_.data() + at, *all = text_.data() + text_.size();
    const auto [end, error] = std::from_chars(begin, all, value);
    if (error != std::errc() || (end < all && (is_letter(*end) || is_digit(*end) || *end == '.'))) wrong(at, "this is not a number", "write 2 * x, not 2x");
    at_ += static_cast<std::size_t>(end - begin);
    blanks();
    const bool whole = std::string_view(begin, end).find_first_of(".eE") == std::string_view::npos && value < 0x1p53;
    return add({.number = value, .whole = whole, .at = at});
  }

  const OpEntry& operation(std::string_view name, std::size_t at) const {
    for (const Alias& alias : aliases) {
      if (alias.word == name) name = alias.op;
    }
    if (const OpEntry* entry = elementwise(name)) return *entry;
    std::vector<std::string> known;
    for (const OpEntry& entry : registry()) {
      if (entry.op) known.emplace_back(entry.info.name);
    }
    const bool nearby = !nearest(name, known).empty();  // a list of all would be too long
    wrong(at, fmt::format("there is no elementwise operation {}", quoted(name)), nearby ? did_you_mean(name, known) : "gradus ops lists them");
  }

  std::size_t function(const std::string& name, std::size_t at) {
    const OpEntry& entry = operation(name, at);
    Expression::Node node{.kind = Expression::Kind::call, .op = &entry, .at = at};
    int count = 0;
    if (!take(")")) {
      do {
        const std::size_t argument = infix(0);
        if (count < entry.info.inputs) node.inputs[count] = argument;
        ++count;
      } while (take(","));
      expect(")", at);
    }
    if (count != entry.info.inputs) wrong(at, fmt::format("{} takes {} value{}, not {}", name, entry.info.inputs, entry.info.inputs == 1 ? "" : "s", count));
    return add(node);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::map<std::string, std::size_t> places_;  // of names
  std::vector<std::string> names_;
  std::vector<Expression::Node> nodes_;
};

Expression parse_expression(std::string_view text) { return ExpressionParser(text).parse(); }

namespace {

void check_count(std::size_t got, const std::vector<std::string>& names) {
  if (got == names.size()) return;
  fail<ValueError>("expression", fmt::format("has {} names, got {} values", names.size(), got), fmt::format("in this order: {}", fmt::join(names, ", ")));
}

}  // namespace

double Expression::value(std::span<const double> values) const {
  check_count(values.size(), names_);
  std::vector<double> results;
  results.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    if (node.kind == Kind::number) {
      results.push_back(node.number);
    } else if (node.kind == Kind::name) {
      results.push_back(values[node.name]);
    } else {
      const double in[] = {results[node.inputs[0]], results[node.inputs[1]], results[node.inputs[2]]};
      results.push_back(node.op->value(in));
    }
  }
  return results.back();
}

Tensor Expression::operator()(Inputs values) const {
  check_count(values.size(), names_);
  std::vector<Tensor> results;
  results.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    if (node.kind == Kind::number) {
      results.push_back(node.whole ? Tensor(static_cast<std::int64_t>(node.number)) : Tensor(node.number));
    } else if (node.kind == Kind::name) {
      results.push_back(values[node.name]);
    } else {
      Tensors in;
      for (int i = 0; i < node.op->info.inputs; ++i) in.push_back(results[node.inputs[i]]);
      results.push_back(gradus::apply(node.op->op, in));
    }
  }
  return results.back();
}

}  // namespace gradus
