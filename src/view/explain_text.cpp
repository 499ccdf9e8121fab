// The explanation for the terminal.
#include <algorithm>
#include <array>
#include <cmath>

#include <gradus/view/explain.hpp>

#include "describe.hpp"

namespace gradus::inspect {
namespace {

constexpr std::size_t most_lines = 2000;  // of a stage

// Columns on a terminal: Chinese characters take two.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    width += bytes == 3 && c >= 0xe3 && c <= 0xed ? 2 : bytes == 3 && c == 0xef ? 2 : 1;
    i += bytes;
  }
  return width;
}

enum class Ink { plain, title, faint, value, gradient, good, bad };

struct Cell {
  std::string text;
  Ink ink = Ink::plain;
};

class Writer {
 public:
  explicit Writer(bool colour) : colour_(colour) {}
  std::string out;

  std::string inked(const std::string& text, Ink ink) const {
    if (!colour_ || ink == Ink::plain || text.empty()) return text;
    static constexpr std::array<const char*, 7> codes{"", "1", "2", "34", "35", "32", "1;31"};
    return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(ink)], text);
  }
  void line(const std::string& text = {}) { out += text + "\n"; }

  // Rows under each other; `right`: which columns end flush.
  void table(const std::vector<std::vector<Cell>>& rows, const std::string& right, std::size_t gap = 2) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
    }
    for (const auto& row : rows) {
      std::string text = "  ";
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (widths[i] == 0) continue;
        const std::string blank(widths[i] - width_of(row[i].text), ' ');
        const bool flush = i < right.size() && right[i] == 'r';
        text += (flush ? blank : "") + inked(row[i].text, row[i].ink) + (flush ? "" : blank) + std::string(gap, ' ');
      }
      while (text.ends_with(' ')) text.pop_back();
      line(text);
    }
  }

 private:
  bool colour_;
};

class Text {
 public:
  Text(const Explanation& e, const TextOptions& options) : e_(e), trace_(e.trace), language_(options.language), writer_(options.colour) {
    head();
    forward();
    loss();
    backward();
    if (!options.path.empty()) paths(find_step(trace_, options.path));
    update();
  }
  std::string take() { return std::move(writer_.out); }

 private:
  std::string word(Word w) const { return std::string(text_of(w, language_)); }
  std::string heading(Word w) const { return writer_.inked(word(w), Ink::faint); }
  const Step& step(std::size_t at) const { return trace_.steps[at]; }
  std::string loss_name() const { return step(trace_.result).symbol; }
  std::string slope(const std::string& of) const { return fmt::format("d{}/d{}", loss_name(), of); }

  void title(int number, Word name, Word about) {
    writer_.line();
    writer_.line(writer_.inked(fmt::format("{}. {}", number, word(name)), Ink::title) + "  " + writer_.inked(word(about), Ink::faint));
  }
  std::vector<Cell> header(std::initializer_list<Word> words) const {
    std::vector<Cell> out;
    for (const Word w : words) out.push_back({word(w), Ink::faint});
    return out;
  }

  void head() {
    writer_.line(writer_.inked(e_.title, Ink::title));
    if (e_.sample) writer_.line("  " + sample_text(*e_.sample, language_));
    std::vector<std::vector<Cell>> rows;
    for (const LayerView& layer : e_.layers) {
      rows.push_back({{layer.group, Ink::faint}, {layer.text}, {to_string(layer.output)}, {layer.parameters ? fmt::format("{}", layer.parameters) : ""}});
    }
    if (!rows.empty()) {
      rows.insert(rows.begin(), {{"", Ink::faint}, {word(Word::layer), Ink::faint}, {word(Word::output), Ink::faint}, {word(Word::parameters), Ink::faint}});
      writer_.line();
      writer_.table(rows, "lllr");
    }
    rows.clear();
    for (const Step& s : trace_.steps) {
      if (!s.is_leaf() || s.literal) continue;
      static constexpr Word kinds[] = {Word::input, Word::parameter, Word::constant};
      rows.push_back({{s.symbol == s.name ? "" : s.name, Ink::faint}, {s.symbol}, {"="}, {tensor_text(s.value), Ink::value}, {word(kinds[static_cast<int>(s.kind)]), Ink::faint}});
    }
    writer_.line();
    writer_.table(rows, "");
  }

  void forward() {
    title(1, Word::forward, Word::forward_about);
    std::vector<std::vector<Cell>> rows{header({Word::step, Word::node, Word::operation, Word::formula, Word::with_numbers, Word::value})};
    std::size_t left_out = 0;
    for (const Step& s : trace_.steps) {
      if (s.is_leaf()) continue;
      ++number_;
      if (rows.size() > most_lines) {
        ++left_out;
        continue;
      }
      rows.push_back({{fmt::format("{}", number_), Ink::faint},
                      {s.symbol},
                      {std::string(s.op->info().name), Ink::faint},
                      {formula_of(trace_, s).text()},
                      {all_numbers(trace_, s) ? numbers_of(trace_, s).text() : to_string(s.value.shape()), Ink::faint},
                      {tensor_text(s.value), Ink::value}});
    }
    writer_.table(rows, "r");
    if (left_out) writer_.line("  " + text_of(Word::more_steps, language_, left_out));
  }

  void loss() {
    title(2, Word::loss, Word::loss_about);
    writer_.line(fmt::format("  {} = {}", loss_name(), writer_.inked(number_text(step(trace_.result).value.item(), 9), Ink::value)));
  }

  // One line for each arrival, in the order of the walk: the last one of a node has its whole gradient.
  void backward() {
    title(3, Word::backward, Word::backward_about);
    std::vector<std::vector<Cell>> rows{header({Word::step, Word::gradient, Word::chain_rule, Word::local, Word::with_numbers, Word::sum, Word::difference, Word::error})};
    rows.push_back({{fmt::format("{}", ++number_), Ink::faint}, {slope(loss_name())}, {}, {}, {}, {"1", Ink::gradient}});
    std::vector<std::size_t> arrived(trace_.steps.size(), 0);
    std::size_t left_out = 0;
    for (const std::size_t at : trace_.back) {
      const Step& above = step(at);
      for (std::size_t i = 0; i < above.inputs.size(); ++i) {
        const Link& link = above.inputs[i];
        if (!link.carries) continue;
        const Step& below = step(link.from);
        const Arrival& arrival = below.arrivals[arrived[link.from]++];
        ++number_;
        if (rows.size() > most_lines) ++left_out;
        else rows.push_back(back_row(above, i, below, arrival, arrived[link.from] == below.arrivals.size()));
      }
    }
    writer_.table(rows, "r");
    if (left_out) writer_.line("  " + text_of(Word::more_steps, language_, left_out));
    writer_.line();
    rows.clear();
    for (const Step& s : trace_.steps) {
      if (s.is_leaf() && s.grad.defined()) rows.push_back({{slope(s.symbol) + " ="}, {tensor_text(s.grad), Ink::gradient}, verdict(s)});
    }
    writer_.table(rows, "", 1);
  }

  std::vector<Cell> back_row(const Step& above, std::size_t i, const Step& below, const Arrival& arrival, bool whole) const {
    const Link& link = above.inputs[i];
    const Formula local = local_formula(trace_, above, i);
    std::string derivative, numbers;
    const bool single = link.local.defined() && link.local.numel() == 1;
    if (single) {
      const std::string formula = local.text(), value = number_text(link.local.item());
      derivative = formula == value || formula == "G" ? value : fmt::format("{} = {}", formula, value);
      numbers = fmt::format("{} = {}", Formula::call("mul", {Formula(above.grad.item()), Formula(link.local.item())}).text(), number_text(link.product.item()));
    } else if (link.local.defined()) {
      derivative = fmt::format("{} = {}", local.text(), tensor_text(link.local, 4, 6));
      numbers = tensor_text(link.product, 6, 6);
    } else {
      derivative = fmt::format("G -> {}", local.text());
      numbers = tensor_text(link.product, 6, 6);
    }
    const bool again = below.arrivals.size() > 1;
    std::vector<Cell> row{{fmt::format("{}", number_), Ink::faint},
                          {slope(below.symbol)},
                          {fmt::format("{}{} * d{}/d{}", again && &arrival != &below.arrivals[0] ? "+ " : "", slope(above.symbol), above.symbol, below.symbol), Ink::faint},
                          {derivative},
                          {numbers, Ink::faint},
                          {again || single ? tensor_text(arrival.sum, 6, 6) : "", Ink::gradient}};
    if (!whole) return row;
    row.push_back({below.numeric.defined() ? tensor_text(below.numeric, 9, 3) : "", Ink::faint});
    row.push_back(verdict(below));
    return row;
  }

  Cell verdict(const Step& s) const {
    if (!s.numeric.defined()) return {};
    const bool good = s.error <= agreement;
    return {fmt::format("{:.0e} {}", s.error, good ? "\u2713" : "\u2717"), good ? Ink::good : Ink::bad};
  }

  void paths(std::size_t from) {
    const Paths all = paths_from(trace_, from);
    writer_.line();
    writer_.line(writer_.inked(word(Word::paths), Ink::title) + "  " + writer_.inked(text_of(Word::paths_about, language_, step(from).symbol, loss_name()), Ink::faint));
    std::vector<std::vector<Cell>> rows;
    for (const Path& path : all.listed) {
      std::string way = step(from).symbol, product;
      for (const auto& [at, input] : path.links) {
        way += " \u2192 " + step(at).symbol;
        const Tensor& local = step(at).inputs[input].local;
        const std::string factor = local.defined() && local.numel() == 1 ? Formula(local.item()).text() : fmt::format("d{}/d{}", step(at).symbol, step(step(at).inputs[input].from).symbol);
        product += (product.empty() ? "" : " * ") + (factor[0] == '-' && !product.empty() ? "(" + factor + ")" : factor);
      }
      rows.push_back({{way}, {product, Ink::faint}, {"=", Ink::faint}, {tensor_text(path.product), Ink::gradient}});
    }
    if (all.count > static_cast<double>(all.listed.size())) rows.push_back({{text_of(Word::paths_more, language_, number_text(all.count - static_cast<double>(all.listed.size()), 12)), Ink::faint}});
    rows.push_back({{word(Word::total)}, {}, {"="}, {tensor_text(all.sum), Ink::gradient}});
    writer_.table(rows, "");
  }

  void update() {
    title(4, Word::update, Word::update_about);
    std::string options;
    for (const auto& [name, value] : e_.update.options) {
      if (value != 0) options += fmt::format("{}{} = {}", options.empty() ? "" : ", ", name, number_text(value));
    }
    writer_.line(fmt::format("  {}: {}", text_of(Word::update_step, language_, e_.update.step, e_.update.rule), options));
    std::vector<std::vector<Cell>> rows;
    for (const ParameterUpdate& p : e_.update.parameters) {
      rows.push_back({{p.symbol + (p.at.empty() ? "" : p.at)}, {"g"}, {}, {}, {tensor_text(element(p.grad, p.at)), Ink::gradient}});
      for (const Moved& m : p.moved) {
        rows.push_back({{}, {m.symbol + "'"}, {"= " + m.formula}, {"= " + m.numbers, Ink::faint}, {fmt::format("{} \u2192 {}", number_text(m.element_before), number_text(m.element_after)), Ink::value}});
      }
    }
    writer_.table(rows, "");
  }

  // The one element of a gradient that the update spells out.
  static Tensor element(const Tensor& x, const std::string& at) {
    if (at.empty()) return x;
    const std::vector<double> values = x.to_vector();
    const auto largest = std::ranges::max_element(values, {}, [](double v) { return std::abs(v); });
    return Tensor::full({}, *largest, Dtype::f64);
  }

  const Explanation& e_;
  const Trace& trace_;
  Language language_;
  Writer writer_;
  std::size_t number_ = 0;
};

}  // namespace

std::string explanation_text(const Explanation& e, const TextOptions& options) {
  std::string out = Text(e, options).take();
  out.pop_back();
  return out;
}

}  // namespace gradus::inspect
