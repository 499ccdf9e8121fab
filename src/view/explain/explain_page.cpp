// The explanation as a page.
#include <algorithm>

#include "describe.hpp"
#include "view/page/html.hpp"
#include "matrices.hpp"
#include "sample.hpp"
#include "view/draw/picture.hpp"

namespace gradus::inspect {
namespace {

constexpr std::size_t most_steps = 600;   // on a page
constexpr std::size_t most_paths = 24;
constexpr std::ptrdiff_t most_given = 24;  // without a click

std::string equals() { return "<mo>=</mo>"; }

class Page {
 public:
  Page(const Explanation& e, Language language) : e_(e), trace_(e.trace), language_(language) {}

  std::string text() {
    std::string body = head();
    body += "<main>\n<div class=\"split\">\n" + picture() + "<div>\n";
    body += forward();  // these count the steps, so one after the other
    body += loss();
    body += backward();
    body += update() + "</div>\n</div>\n" + paths() + matrices_of(trace_, language_) + "</main>\n";
    body += fmt::format("<footer>Gradus \u00b7 {}</footer>\n", escaped_text(word(Word::keys_hint)));
    return page_of(text_of(Word::page_title, language_, e_.title), language_, body, true);
  }

 private:
  std::string word(Word w) const { return std::string(text_of(w, language_)); }
  const Step& step(std::size_t at) const { return trace_.steps[at]; }
  const Step& result() const { return step(trace_.result); }
  std::string name(const Step& s) const { return name_ml(s.symbol); }
  std::string slope(const Step& s) const { return partial_ml(name(result()), name(s)); }

  std::string title(int n, Word w, Word about) const {
    return fmt::format("<h2 id=\"stage{0}\"><span class=\"n\">{0}</span>{1}</h2>\n<p class=\"about\">{2}</p>\n", n, word(w), word(about));
  }

  // A single number as a formula, or a tensor as a small table; of a large one nothing.
  std::string value_ml(const Tensor& x, const char* kind) const {
    if (x.numel() == 1) return coloured(number_ml(x.item()), kind);
    if (x.rank() <= 2 && x.numel() <= 36 && (x.rank() < 2 || x.size(1) <= 8)) return coloured(matrix_ml(x, 6), kind);
    return {};
  }
  // The last part of a chain: a large tensor in words, which go on in the next line where they must.
  void push_value(std::vector<std::string>& line, const Tensor& x, const char* kind) const {
    const std::string small = value_ml(x, kind);
    line.push_back(small.empty() ? fmt::format("<span class=\"large {}\">= {}</span>", kind, escaped_text(tensor_text(x, 6, 1))) : equals() + small);
  }

  std::string head() const {
    std::string out = "<header>\n";
    std::string heading = escaped_text(e_.title);
    if (!e_.sample) {
      try {
        heading = Formula::parse(e_.title).mathml();
      } catch (const Error&) {
      }
    }
    out += fmt::format("<h1 aria-label=\"{}\"><span>{}</span></h1>\n", escaped_text(e_.title), heading);
    if (e_.sample) out += sample_html(*e_.sample, language_);
    const auto given = std::ranges::count_if(trace_.steps, [](const Step& s) { return s.is_leaf() && !s.literal; });
    const bool many = given > most_given;
    if (many) out += fmt::format("<details class=\"all\"><summary>{}: {}</summary>\n", word(Word::given_numbers), given);
    out += fmt::format("<ul class=\"given\" aria-label=\"{}\">\n", word(Word::given_numbers));
    for (const Step& s : trace_.steps) {
      if (!s.is_leaf() || s.literal) continue;
      static constexpr Word kinds[] = {Word::input, Word::parameter, Word::constant};
      static constexpr const char* classes[] = {"input", "parameter", "constant"};
      const int kind = static_cast<int>(s.kind);
      const bool small = s.value.numel() <= 4;
      out += fmt::format("<li class=\"{}\">{} <span class=\"v\">{}</span><small>{}</small></li>\n", classes[kind], math(name(s) + equals()), escaped_text(small ? tensor_text(s.value) : to_string(s.value.shape())), word(kinds[kind]));
    }
    out += many ? "</ul>\n</details>\n" : "</ul>\n";
    if (const auto fault = first_not_finite(trace_)) out += fmt::format("<p class=\"bad\">{}</p>\n", escaped_text(fault_text(trace_, *fault, language_)));
    out += "<ul class=\"result\">\n";
    for (const Step& s : trace_.steps) {
      if (!s.is_leaf() || !s.grad.defined() || s.grad.numel() != 1) continue;
      out += fmt::format("<li>{} <span class=\"g\">{}</span>{}</li>\n", math(slope(s) + equals()), number_text(s.grad.item()), tick(s));
    }
    return out + "</ul>\n</header>\n";
  }

  std::string tick(const Step& s) const {
    if (s.check == Check::kink) return fmt::format(" <span class=\"note\">{}</span>", word(Word::kink));
    if (s.check != Check::agrees && s.check != Check::differs) return {};
    const bool good = s.check == Check::agrees;
    return fmt::format(" <span class=\"{}\" role=\"img\" aria-label=\"{}\">{}</span>", good ? "good" : "bad", word(good ? Word::checked : Word::not_checked), good ? "\u2713" : "\u2717");
  }

  std::string picture() const {
    const bool folded = folds(e_);
    const Picture drawn = picture_of(e_, folded, language_);
    const std::string svg = svg_of(drawn, word(Word::graph) + ": " + e_.title, language_, false);
    std::string out = fmt::format("<section class=\"picture\" aria-labelledby=\"graph\">\n<h2 id=\"graph\">{}</h2>\n<p class=\"key\"><span>{}</span> <span class=\"v\">\u25a0 {}</span> <span class=\"g\">\u25a0 {}</span>{}{}</p>\n",
                                  word(Word::graph), word(Word::graph_about), word(Word::value), word(Word::gradient), has_derivatives(drawn) ? " <span class=\"g\">\u00d7 " + word(Word::local) + "</span>" : "", svg.find("\u2016") == std::string::npos ? "" : " <span>\u2016\u00b7\u2016 " + word(Word::norm) + "</span>");
    out += fmt::format("<div class=\"controls\"><button id=\"previous\">\u25c0 {}</button><button id=\"next\">{} \u25b6</button><button id=\"play\" data-play=\"{}\" data-pause=\"{}\">{}</button><button id=\"all\" aria-pressed=\"true\">{}</button><output aria-live=\"polite\" data-steps=\"{}\" data-of=\"{}\"></output></div>\n",
                       word(Word::previous), word(Word::next), word(Word::play), word(Word::pause), word(Word::play), word(Word::all), word(Word::steps), word(Word::of));
    return out + fmt::format("<div class=\"view\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">\n{}</div>\n<p class=\"note controls\">{}</p>\n</section>\n", word(Word::graph), svg, word(Word::graph_hint));
  }

  std::string item(const std::string& attributes, const std::string& inside) {
    ++number_;
    if (number_ > most_steps) return {};
    return fmt::format("<li {}><span class=\"no\">{}</span><div>{}</div></li>\n", attributes, number_, inside);
  }
  std::string left_out(std::size_t before) const {
    const std::size_t first = std::max(before, most_steps);
    return number_ > first ? fmt::format("<p class=\"note\">{}</p>\n", text_of(Word::more_steps, language_, number_ - first)) : "";
  }

  std::string forward() {
    std::string out = "<section>\n" + title(1, Word::forward, Word::forward_about) + "<ol class=\"steps\">\n", group;
    for (std::size_t at = 0; at < trace_.steps.size(); ++at) {
      const Step& s = step(at);
      if (s.is_leaf()) continue;
      std::vector<std::string> line{name(s) + equals() + formula_of(trace_, s).ml()};
      if (has_numbers(trace_, s)) line.push_back(equals() + numbers_of(trace_, s).ml());
      push_value(line, s.value, "v");
      std::string badge = fmt::format("<span class=\"op\">{}</span>", escaped_text(s.op->info().name));
      if (s.group != group) {
        group = s.group;
        const auto layer = std::ranges::find(e_.layers, group, &LayerView::group);
        const std::string text = layer != e_.layers.end() ? layer->text : group == "loss" ? word(Word::loss) : group;
        if (number_ < most_steps && !text.empty()) out += fmt::format("</ol>\n<h3>{}</h3>\n<ol class=\"steps\">\n", escaped_text(text));
      }
      out += item(fmt::format("data-at=\"{}\"", at), badge + chain(line));
    }
    return out + "</ol>\n" + left_out(0) + "</section>\n";
  }

  std::string loss() const {
    return "<section>\n" + title(2, Word::loss, Word::loss_about) + fmt::format("<p class=\"answer\">{}</p>\n</section>\n", math(name(result()) + equals() + coloured(number_ml(result().value.item()), "v")));
  }

  std::string backward() {
    const std::size_t before = number_;
    std::string out = "<section>\n" + title(3, Word::backward, Word::backward_about) + "<ol class=\"steps\">\n";
    out += item(fmt::format("class=\"back\" data-at=\"{}\"", trace_.result), chain({slope(result()) + equals() + coloured("<mn>1</mn>", "g")}) + fmt::format("<div class=\"check\">{}</div>", word(Word::start)));
    std::vector<std::size_t> arrived(trace_.steps.size(), 0);
    for (const std::size_t at : trace_.back) {
      for (std::size_t i = 0; i < step(at).inputs.size(); ++i) {
        const Link& link = step(at).inputs[i];
        if (!link.carries) continue;
        const std::size_t arrival = arrived[link.from]++;
        out += item(fmt::format("class=\"back\" data-at=\"{}\" data-above=\"{}\" data-input=\"{}\"", link.from, at, i), back_text(at, i, arrival));
      }
    }
    out += "</ol>\n" + left_out(before);
    for (const Word note : notes_of(trace_)) {
      if (note != Word::kink_note && note != Word::edge_note) out += fmt::format("<p class=\"note\">{}</p>\n", word(note));  // those stand in their place
    }
    return out + "</section>\n";
  }

  std::string back_text(std::size_t at, std::size_t input, std::size_t arrival) const {
    const Step& above = step(at);
    const Link& link = above.inputs[input];
    const Step& below = step(link.from);
    const bool meets = below.arrivals.size() > 1, whole = arrival + 1 == below.arrivals.size();
    const bool single = link.local.defined() && link.local.numel() == 1;
    const Formula formula = local_formula(trace_, above, input);
    const std::string local = partial_ml(name(above), name(below));
    // What flows along this edge.
    std::vector<std::string> line{meets ? "" : slope(below) + equals()};
    if (single && !is_elementwise(above)) line[0] += slope(above) + "<mo>\u00b7</mo>" + local;
    else if (is_elementwise(above)) line[0] += slope(above) + (single ? "<mo>\u00b7</mo>" : "<mo>\u2299</mo>") + local;
    else line[0] += formula.ml();
    if (single) line.push_back(equals() + Formula::call("mul", {Formula(above.grad.item()), Formula(link.local.item())}).ml());
    else if (const auto numbers = is_elementwise(above) ? std::nullopt : local_numbers(trace_, above, input)) line.push_back(equals() + numbers->ml());
    push_value(line, link.product, "g");
    std::string out = chain(line);
    if (link.local.defined()) {
      std::vector<std::string> with{local + equals()};
      const bool plain = formula.kind() == Formula::Kind::number;
      if (single && (plain || !is_elementwise(above))) with[0] += number_ml(link.local.item());
      else with[0] += formula.ml();
      if (!plain && is_elementwise(above) && link.local.numel() <= 36) push_value(with, link.local, "g");
      out += fmt::format("<div class=\"note\">{}</div>{}", word(Word::local), chain(with));
    }
    if (meets) {
      const std::string small = value_ml(below.arrivals[arrival].sum, "g"), sign = whole ? "<mo>=</mo>" : "<mo>\u2190</mo>";
      std::vector<std::string> sum{slope(below) + (small.empty() ? "" : sign + small)};
      if (small.empty()) sum.push_back(fmt::format("<span class=\"large g\">{} {}</span>", whole ? "=" : "\u2190", escaped_text(tensor_text(below.arrivals[arrival].sum, 6, 1))));
      out += fmt::format("<div class=\"note\">{}</div>{}", text_of(Word::meets, language_, arrival + 1, below.arrivals.size()),
                         chain(sum));
    }
    return whole ? out + check(below) : out;
  }

  // What central differences say.
  std::string check(const Step& s) const {
    const std::string found = difference_text(s);
    const auto line = [&](const std::string& text) { return fmt::format("<div class=\"check\">{}</div>", text); };
    switch (s.check) {
      case Check::none: return {};
      case Check::agrees:
      case Check::differs: return line(fmt::format("{} {}, {} {:.0e} {}", word(Word::difference), escaped_text(found), word(Word::error), s.error, tick(s) + comparison_text(s, language_)));
      case Check::kink: return line(escaped_text((found.empty() ? "" : found + " ") + word(Word::kink_note)));
      case Check::edge: return line(escaped_text(word(Word::edge_note)));
    }
    return {};
  }

  std::string paths() const {
    std::string out;
    for (std::size_t at = 0; at < trace_.steps.size(); ++at) {
      const Step& s = step(at);
      if (!s.is_leaf() || !s.grad.defined() || s.value.numel() != 1 || s.arrivals.empty()) continue;
      const Paths all = paths_from(trace_, at, most_paths);
      if (all.listed.empty()) continue;
      out += fmt::format("<details id=\"paths{}\"{}>\n<summary>{} <span class=\"note\">{}</span></summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"><table>\n", at, all.count > 1 && all.count <= 6 ? " open" : "",
                         math(slope(s) + equals() + coloured(number_ml(all.sum.item()), "g")), all.count == 1 ? word(Word::one_way) : text_of(Word::ways, language_, number_text(all.count, 12)), word(Word::paths));
      for (const Path& path : all.listed) {
        std::string way = name(s), product;
        for (const auto& [user, input] : path.links) {
          way += "<mo>\u2192</mo>" + name(step(user));
          const Tensor& local = step(user).inputs[input].local;
          const std::string factor = local.defined() && local.numel() == 1 ? Formula(local.item()).ml() : partial_ml(name(step(user)), name(step(step(user).inputs[input].from)));
          const bool negative = local.defined() && local.numel() == 1 && local.item() < 0;
          product += (product.empty() ? "" : "<mo>\u00b7</mo>") + (negative && !product.empty() ? "<mrow><mo>(</mo>" + factor + "<mo>)</mo></mrow>" : factor);
        }
        out += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"num\">{}</td></tr>\n", math(way), math(product), math(equals() + coloured(number_ml(path.product.item()), "g")));
      }
      const double rest = all.count - static_cast<double>(all.listed.size());
      if (rest > 0) out += fmt::format("<tr><td colspan=\"3\" class=\"note\">{}</td></tr>\n", text_of(Word::paths_more, language_, number_text(rest, 12)));
      out += fmt::format("<tr><th scope=\"row\" colspan=\"2\">{}</th><td class=\"num\">{}</td></tr>\n</table></div>\n</details>\n", word(Word::total), math(equals() + coloured(number_ml(all.sum.item()), "g")));
    }
    if (out.empty()) return out;
    return fmt::format("<section>\n<h2>{}</h2>\n<p class=\"about\">{}</p>\n", word(Word::paths), word(Word::paths_page)) + out + "</section>\n";
  }

  std::string update() const {
    std::vector<std::string> options;
    for (const auto& [key, value] : e_.update.options) {
      if (value != 0) options.push_back(name_ml(key) + equals() + number_ml(value));
    }
    std::string out = "<section>\n" + title(4, Word::update, Word::update_about) + fmt::format("<div class=\"options\"><span>{}</span>{}</div>\n", text_of(Word::update_step, language_, e_.update.step, e_.update.rule), chain(options));
    std::size_t rows = 0;
    for (const ParameterUpdate& p : e_.update.parameters) {
      if (++rows > 80) break;
      out += fmt::format("<h3 aria-label=\"{}\">{}</h3>\n<ul class=\"moved\">\n", escaped_text(p.symbol + p.at), math(name_ml(p.symbol) + (p.at.empty() ? "" : "<mtext>" + p.at + "</mtext>")));
      for (const Moved& m : p.moved) {
        out += fmt::format("<li>{}<div class=\"check\">{} \u2192 <strong class=\"v\">{}</strong></div></li>\n", chain({name_ml(m.symbol + "'") + equals() + ml_of(m.formula), equals() + ml_of(m.numbers), equals() + coloured(number_ml(m.element_after), "v")}),
                           number_text(m.element_before), number_text(m.element_after));
      }
      out += "</ul>\n";
    }
    if (e_.update.parameters.size() > 80) out += fmt::format("<p class=\"note\">{}</p>\n", text_of(Word::more_parameters, language_, e_.update.parameters.size() - 80));
    return out + "</section>\n";
  }

  // A text that we made ourselves; primes are no names for the parser.
  static std::string ml_of(std::string text) {
    std::map<std::string, Formula> names;
    for (std::size_t at = text.find('\''); at != std::string::npos; at = text.find('\'')) {
      std::size_t first = at;
      while (first > 0 && (std::isalnum(static_cast<unsigned char>(text[first - 1])) || text[first - 1] == '_')) --first;
      const std::string name = text.substr(first, at - first);
      names.emplace(name + "_prime", Formula::name(name + "'"));
      text.replace(at, 1, "_prime");
    }
    try {
      return Formula::parse(text).with(names).ml();
    } catch (const Error&) {  // a parameter with a path for a name
      return "<mtext>" + escaped_text(text) + "</mtext>";
    }
  }

  const Explanation& e_;
  const Trace& trace_;
  Language language_;
  std::size_t number_ = 0;
};

}  // namespace

std::string explanation_page(const Explanation& e, Language language) { return Page(e, language).text(); }

}  // namespace gradus::inspect
