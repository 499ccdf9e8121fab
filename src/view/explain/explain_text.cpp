// The explanation for the terminal.
#include <algorithm>
#include <cmath>

#include <gradus/base/text.hpp>
#include <gradus/view/explain.hpp>

#include "describe.hpp"
#include "matrices.hpp"
#include "sample.hpp"
#include "text_writer.hpp"

namespace gradus::inspect {
namespace {

constexpr std::size_t most_lines = 2000;  // of a stage
constexpr std::int64_t most_numbers = 8;  // of a tensor on the way back

class Text {
 public:
  Text(const Explanation& e, const TextOptions& options) : e_(e), trace_(e.trace), language_(options.language), writer_(options.colour) {
    head();
    forward();
    loss();
    backward();
    if (!options.path.empty()) paths(find_step(trace_, options.path));
    update();
    layers();
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
    if (e_.sample) sample(*e_.sample);
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
    if (const auto fault = first_not_finite(trace_)) {
      writer_.line();
      writer_.line("  " + writer_.inked(fault_text(trace_, *fault, language_), Ink::bad));
    }
  }

  void sample(const SampleView& s) {
    for (const std::string& line : sample_lines(s, language_)) writer_.line("  " + line);
    std::vector<std::vector<Cell>> rows;
    for (const auto& [name, value] : s.cells) rows.push_back({{column_text(s, name, language_), Ink::faint}, {"="}, {printable(value), Ink::value}});
    const std::vector<std::string> picture = picture_lines(s);
    if (!rows.empty() || !picture.empty() || !s.text.empty()) writer_.line();
    writer_.table(rows, "");
    for (const std::string& line : picture) writer_.line(line.empty() ? "" : "  " + line);
    rows.clear();
    for (const auto& [name, text] : sample_texts(s, language_)) rows.push_back({{name, Ink::faint}, {text, Ink::value}});
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
                      {numbers_of(trace_, s).text(), Ink::faint},
                      {tensor_text(s.value), Ink::value}});
    }
    writer_.table(rows, "r");
    if (left_out) writer_.line("  " + text_of(Word::more_steps, language_, left_out));
  }

  void loss() {
    title(2, Word::loss, Word::loss_about);
    writer_.line(fmt::format("  {} = {}", loss_name(), writer_.inked(number_text(step(trace_.result).value.item()), Ink::value)));
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
    std::vector<Word> notes = notes_of(trace_);
    if (has_vjp_) notes.insert(notes.begin(), Word::vjp_note);
    for (const Word note : notes) writer_.line("  " + writer_.inked(word(note), Ink::faint));
  }

  std::vector<Cell> back_row(const Step& above, std::size_t i, const Step& below, const Arrival& arrival, bool whole) {
    const Link& link = above.inputs[i];
    const Formula local = local_formula(trace_, above, i);
    std::string derivative, numbers;
    const bool single = link.local.defined() && link.local.numel() == 1, again = below.arrivals.size() > 1;
    const std::string formula = local.text();
    if (single) {
      const std::string value = number_text(link.local.item());
      derivative = formula == value || !is_elementwise(above) ? value : fmt::format("{} = {}", formula, value);
      numbers = fmt::format("{} = {}", Formula::call("mul", {Formula(above.grad.item()), Formula(link.local.item())}).text(), number_text(link.product.item()));
    } else {
      derivative = link.local.defined() && formula != "1" ? fmt::format("{} = {}", formula, tensor_text(link.local, 6, most_numbers)) : formula;
      const std::optional<Formula> put_in = local_numbers(trace_, above, i);
      if (put_in) numbers = put_in->text();
      if (again) numbers += fmt::format("{}{}", numbers.empty() ? "" : " = ", tensor_text(link.product, 6, most_numbers));
    }
    if (derivative.find("vjp(") != std::string::npos) has_vjp_ = true;
    std::vector<Cell> row{{fmt::format("{}", number_), Ink::faint},
                          {slope(below.symbol)},
                          {fmt::format("{}{} * d{}/d{}", again && &arrival != &below.arrivals[0] ? "+ " : "", slope(above.symbol), above.symbol, below.symbol), Ink::faint},
                          {derivative},
                          {numbers, Ink::faint},
                          {tensor_text(arrival.sum, 6, most_numbers), Ink::gradient}};
    if (!whole) return row;
    row.push_back({difference_text(below), Ink::faint});
    row.push_back(verdict(below));
    return row;
  }

  // What the check found, in a word that a note below the table explains.
  Cell verdict(const Step& s) const {
    switch (s.check) {
      case Check::none: return {};
      case Check::agrees: return {fmt::format("{:.0e} \u2713{}", s.error, comparison_text(s, language_)), Ink::good};
      case Check::differs: return {fmt::format("{:.0e} \u2717{}", s.error, comparison_text(s, language_)), Ink::bad};
      case Check::kink: return {word(Word::kink), Ink::plain};
      case Check::edge: return {word(Word::edge), Ink::plain};
    }
    return {};
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

  void layers() {
    const std::vector<std::string> lines = matrices_text(trace_, language_);
    if (lines.empty()) return;
    writer_.line();
    writer_.line(writer_.inked(word(Word::matrices), Ink::title) + "  " + writer_.inked(word(Word::matrices_about), Ink::faint));
    for (const std::string& line : lines) writer_.line(line.empty() ? "" : "  " + line);
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
  bool has_vjp_ = false;
};

}  // namespace

std::string explanation_text(const Explanation& e, const TextOptions& options) {
  std::string out = Text(e, options).take();
  out.pop_back();
  return out;
}

}  // namespace gradus::inspect
