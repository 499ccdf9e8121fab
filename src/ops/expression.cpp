#include <fmt/format.h>
#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/expression.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace gradus {
namespace {

constexpr int max_depth = 1000;

struct Alias {
  std::string_view word, op;
};
// The words of lang.hpp that are spelled otherwise as operations.
constexpr Alias aliases[] = {{"select", "where"}, {"rint", "round"}, {"concatenate", "concat"}};
// Of two arguments they are elementwise, of one they are taken over axes.
constexpr Alias of_two[] = {{"min", "minimum"}, {"max", "maximum"}};

struct Infix {
  std::string_view sign, op;
  int level;
};
// Longer signs before their beginnings.
constexpr int order_level = 2;
constexpr Infix infixes[] = {
    {"==", "equal", order_level},   {"!=", "not_equal", order_level}, {"<=", "less_equal", order_level}, {">=", "greater_equal", order_level},
    {"<", "less", order_level},     {">", "greater", order_level},    {"|", "logical_or", 0},            {"&", "logical_and", 1},
    {"+", "add", 3},                {"-", "sub", 3},                  {"*", "mul", 4},                   {"/", "div", 4},
    {"@", "matmul", 4}};

const OpEntry* known(std::string_view name) {
  for (const OpEntry& entry : registry()) {
    if (entry.info.name == name) return &entry;
  }
  return nullptr;
}

// The locale has no say in these.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// UTF-8: a byte within a letter; how many bytes the first letter has, 1 if it is none.
bool goes_on(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
std::size_t letter_bytes(std::string_view text) {
  const auto c = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = c < 0xC2 || c > 0xF4 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  if (bytes > text.size()) return 1;
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!goes_on(text[i])) return 1;
  }
  return bytes;
}
// Chinese, Japanese and Korean letters and full-width signs, of three bytes.
bool is_wide(std::string_view text) {
  const auto c = static_cast<unsigned char>(text[0]);
  return (c >= 0xE3 && c <= 0xED) || (c == 0xEF && static_cast<unsigned char>(text[1]) >= 0xBC);
}

}  // namespace

// Recursive descent. Every way around the circle of recursion leads through prefix, which counts the depth.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Expression parse() {
    blanks();
    infix(0);
    if (at_ < text_.size()) wrong(at_, fmt::format("{} is not expected here", quoted(text_.substr(at_, letter_bytes(text_.substr(at_))))));
    return Expression(std::move(names_), std::move(nodes_), std::string(text_));
  }

 private:
  [[noreturn]] void wrong(std::size_t at, const std::string& what, const std::string& hint = {}) const { fail_expression(text_, at, what, hint); }

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
    if (!take(sign)) wrong(at_, fmt::format("{} is missing, for what begins at column {}", quoted(sign), 1 + std::ranges::count_if(text_.substr(0, opened), [](char c) { return !goes_on(c); })));
  }

  std::size_t add(Expression::Node node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }
  std::size_t call(std::string_view op, std::size_t at, std::initializer_list<std::size_t> inputs) {
    Expression::Node node{.kind = Expression::Kind::call, .op = known(op), .inputs = inputs, .at = at};
    if (!node.op->op) node.made = node.op->make({});
    return add(std::move(node));
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
    if (!take("^") && !take("**")) return base;
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
    if (text_[at] == '[') return matrix();
    if (is_digit(text_[at]) || text_[at] == '.') return number();
    if (!is_letter(text_[at])) wrong(at, fmt::format("{} is not the beginning of a value", quoted(text_.substr(at, letter_bytes(text_.substr(at))))));
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

  // [1, 2], or rows of equal length: [[1, 2], [3, 4]]
  std::size_t matrix() {
    const std::size_t at = at_;
    std::vector<double> values;
    const Shape shape = rows(values);
    return add({.kind = Expression::Kind::matrix, .at = at, .matrix = Tensor::from(values, shape)});
  }
  Shape rows(std::vector<double>& values) {
    const Depth depth(*this);
    const std::size_t opened = at_;
    take("[");
    Shape inner;
    std::int64_t count = 0;
    if (!take("]")) {
      do {
        const std::size_t at = at_;
        Shape shape;
        if (at_ < text_.size() && text_[at_] == '[') shape = rows(values);
        else values.push_back(signed_number());
        if (count++ == 0) inner = shape;
        else if (!(inner == shape)) wrong(at, "the rows of a matrix have one length");
      } while (take(","));
      expect("]", opened);
    }
    inner.insert(0, count);
    if (inner.size() > 8) wrong(opened, "a tensor has 8 axes at most");
    return inner;
  }
  double signed_number() {
    if (take("-")) return -signed_number_only();
    return signed_number_only();
  }
  double signed_number_only() {
    if (at_ == text_.size() || !(is_digit(text_[at_]) || text_[at_] == '.')) wrong(at_, "a matrix holds numbers", "give the others names: x=[[1, 2], [3, 4]]");
    const double value = nodes_[number()].number;
    nodes_.pop_back();
    return value;
  }

  const OpEntry& operation(std::string_view name, std::size_t at, std::size_t arguments) const {
    for (const Alias& alias : aliases) {
      if (alias.word == name) name = alias.op;
    }
    for (const Alias& alias : of_two) {
      if (alias.word == name && arguments == 2) name = alias.op;
    }
    if (const OpEntry* entry = known(name)) return *entry;
    std::vector<std::string> names;
    for (const OpEntry& entry : registry()) names.emplace_back(entry.info.name);
    const bool nearby = !nearest(name, names).empty();  // a list of all would be too long
    wrong(at, fmt::format("there is no operation {}", quoted(name)), nearby ? did_you_mean(name, names) : "gradus ops lists them");
  }

  struct Argument {
    std::size_t node, first, last;  // what it is, and where it stands
    std::size_t nodes_before;
  };

  // "axis=" and not "axis==".
  std::string key_here() const {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || (end > at_ && is_digit(text_[end])))) ++end;
    std::size_t sign = end;
    while (sign < text_.size() && text_[sign] == ' ') ++sign;
    const bool is_key = end > at_ && sign < text_.size() && text_[sign] == '=' && !text_.substr(sign).starts_with("==");
    return is_key ? std::string(text_.substr(at_, end - at_)) : std::string();
  }

  // true or false, as an argument; Python writes them with a capital.
  bool take_truth() {
    for (const std::string_view word : {"true", "false", "True", "False"}) {
      const std::size_t end = at_ + word.size();
      if (text_.substr(at_).starts_with(word) && (end == text_.size() || text_[end] == ',' || text_[end] == ')')) return take(word);
    }
    return false;
  }

  // The text of an attribute: up to the comma or bracket that ends it.
  std::string plain_text() {
    const std::size_t first = at_;
    for (int open = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '[' || c == '(') ++open;
      if ((c == ',' || c == ')') && open == 0) break;
      if (c == ']' || c == ')') --open;
    }
    std::string text(text_.substr(first, at_ - first));
    while (text.ends_with(' ')) text.pop_back();
    if (text.size() > 1 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0]) text = text.substr(1, text.size() - 2);
    return text;
  }

  // What PyTorch calls dim is an axis, or axes.
  static std::string own_key(const std::string& key, const OpEntry& entry) {
    const auto has = [&](const char* name) { return std::ranges::find(entry.attributes, name) != entry.attributes.end(); };
    if (key == "dim" || key == "axis" || key == "axes") return has("axis") ? "axis" : has("axes") ? "axes" : key;
    if (key == "keepdim" && has("keepdims")) return "keepdims";
    return key;
  }

  std::size_t function(const std::string& name, std::size_t at) {
    std::vector<Argument> arguments;
    std::vector<std::pair<std::string, std::string>> keys;
    if (!take(")")) {
      do {
        if (const std::string key = key_here(); !key.empty()) {
          at_ = text_.find('=', at_) + 1;
          blanks();
          keys.emplace_back(key, plain_text());
          continue;
        }
        const std::size_t before = nodes_.size(), first = at_;
        const std::size_t node = take_truth() ? add({.number = 1, .at = first}) : infix(0);
        arguments.push_back({node, first, at_, before});
      } while (take(","));
      expect(")", at);
    }
    if (name == "T" && arguments.size() == 1) {  // as the library has it
      const OpEntry* permute = known("permute");
      return add({.kind = Expression::Kind::call, .op = permute, .inputs = {arguments[0].node}, .at = at, .made = permute->make({{permute->attributes[0], "[1, 0]"}})});
    }
    const OpEntry& entry = operation(name, at, arguments.size());
    Expression::Node node{.kind = Expression::Kind::call, .op = &entry, .at = at};
    const std::size_t given = arguments.size(), takes = entry.info.inputs < 0 ? given : static_cast<std::size_t>(entry.info.inputs);
    if (given < takes || given > takes + entry.attributes.size()) {
      wrong(at, fmt::format("{} takes {} value{}, not {}", name, takes, takes == 1 ? "" : "s", given));
    }
    for (std::size_t i = 0; i < takes; ++i) node.inputs.push_back(arguments[i].node);
    for (std::size_t i = takes; i < given; ++i) {
      std::string text(text_.substr(arguments[i].first, arguments[i].last - arguments[i].first));
      while (text.ends_with(' ') || text.ends_with('\n') || text.ends_with('\t')) text.pop_back();
      keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(i - takes), {entry.attributes[i - takes], text});
    }
    if (given > takes) nodes_.resize(arguments[takes].nodes_before);
    if (!entry.op) node.made = made(entry, keys, at);
    else if (!keys.empty()) wrong(at, fmt::format("{} takes no option {}", name, quoted(keys[0].first)));
    return add(std::move(node));
  }

  Ref<const Op> made(const OpEntry& entry, const std::vector<std::pair<std::string, std::string>>& keys, std::size_t at) const {
    Options options;
    for (const auto& [key, text] : keys) options[own_key(key, entry)] = text == "True" ? "true" : text == "False" ? "false" : text;
    try {
      return entry.make(options);
    } catch (const Error& error) {
      wrong(at, error.detail(), error.hint());
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::map<std::string, std::size_t> places_;  // of names
  std::vector<std::string> names_;
  std::vector<Expression::Node> nodes_;
};

Expression parse_expression(std::string_view text) { return ExpressionParser(text).parse(); }

// A long text is shown around the place only. Letters of other scripts stay what they are, and those that take two columns of a
// terminal take two under the line as well.
void fail_expression(std::string_view text, std::size_t at, const std::string& what, const std::string& hint) {
  constexpr std::size_t before = 40, shown = 80;
  std::size_t first = at > before ? at - before : 0;
  while (first > 0 && first < text.size() && goes_on(text[first])) --first;
  std::string line, mark;
  for (std::size_t i = first; i < text.size() && line.size() < shown;) {
    const std::size_t bytes = letter_bytes(text.substr(i));
    const bool plain = bytes == 1 ? text[i] >= ' ' && text[i] <= '~' : !(text[i] == '\xC2' && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    line += plain ? text.substr(i, bytes) : std::string_view("?");  // one column each
    if (i < at) mark += bytes == 3 && is_wide(text.substr(i)) ? "  " : bytes == 4 ? "  " : " ";
    i += bytes;
  }
  fail<UsageError>("expression", fmt::format("{}\n  {}\n  {}^", what, line, mark), hint);
}

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
    } else if (node.op && node.op->value) {
      double in[3] = {};
      for (std::size_t i = 0; i < node.inputs.size(); ++i) in[i] = results[node.inputs[i]];
      results.push_back(node.op->value(in));
    } else {
      fail<ValueError>("expression", node.op ? fmt::format("{} is not elementwise: it takes tensors", node.op->info.name) : "a matrix is no single number");
    }
  }
  return results.back();
}

namespace {

// Whole numbers as integers, for operations that want class numbers or places: the last input that helps.
Tensor apply_exact(const Ref<const Op>& op, Tensors in) {
  try {
    return gradus::apply(op, in);
  } catch (const DtypeError&) {
    for (std::size_t i = in.size(); i-- > 0;) {
      if (!is_float(in[i].dtype()) || !std::ranges::all_of(in[i].to_vector(), [](double v) { return v == std::floor(v) && std::abs(v) < 0x1p53; })) continue;
      Tensors whole = in;
      whole[i] = cast(in[i], Dtype::i64);
      try {
        return gradus::apply(op, whole);
      } catch (const DtypeError&) {
      }
    }
    throw;
  }
}

}  // namespace

Tensor Expression::operator()(Inputs values, bool exact) const {
  check_count(values.size(), names_);
  std::vector<Tensor> results;
  results.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    if (node.kind == Kind::number) {
      results.push_back(exact ? Tensor::full({}, node.number, Dtype::f64) : node.whole ? Tensor(static_cast<std::int64_t>(node.number)) : Tensor(node.number));
    } else if (node.kind == Kind::name) {
      results.push_back(values[node.name]);
    } else if (node.kind == Kind::matrix) {
      results.push_back(exact ? node.matrix : cast(node.matrix, Dtype::f32));
    } else {
      Tensors in;
      for (const std::size_t i : node.inputs) in.push_back(results[i]);
      const Ref<const Op>& op = node.made ? node.made : node.op->op;
      try {
        results.push_back(exact ? apply_exact(op, in) : gradus::apply(op, in));
      } catch (const Error& error) {
        if (text_.empty()) throw;
        fail_expression(text_, node.at, fmt::format("{}: {}", error.op(), error.detail()), error.hint());
      }
    }
  }
  return results.back();
}

}  // namespace gradus
