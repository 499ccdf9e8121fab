// The lessons by name, and what they say as text for the terminal.
#include "lesson.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <gradus/base/options.hpp>
#include <gradus/base/threads.hpp>

#include "view/explain/formula.hpp"

namespace gradus::inspect {
namespace {

struct Known {
  LessonInfo info;
  Word title;
  void (*teach)(LessonScript&);
};
constexpr std::array<Known, 3> known{{{{"vanishing", "why gradients vanish in deep networks, and what keeps them"}, Word::vanishing_title, teach_vanishing},
                                      {{"cost", "what a gradient costs beside the value, and beside finite differences"}, Word::cost_title, teach_cost},
                                      {{"minima", "starts of XOR that get stuck, why, and what gets them out"}, Word::minima_title, teach_minima}}};

constexpr std::size_t line_length = 100, cells = 40;

// Everything here is small work, which is faster on one thread, and then its numbers are the same for every number of threads.
struct OneThread {
  int before = threads();
  OneThread() { set_threads(1); }
  ~OneThread() { set_threads(before); }
};

// The characters of UTF-8, each with its width on a terminal.
struct Glyph {
  std::string_view text;
  std::size_t width;
};
std::vector<Glyph> glyphs(std::string_view text) {
  std::vector<Glyph> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    out.push_back({text.substr(at, bytes), bytes == 3 && ((c >= 0xe3 && c <= 0xed) || c == 0xef) ? 2U : 1U});
    at += bytes;
  }
  return out;
}
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Glyph& g : glyphs(text)) width += g.width;
  return width;
}

// Lines end at blanks, and in Chinese after any character.
std::string wrapped(std::string_view text) {
  std::string out, piece;
  std::size_t column = 0, width = 0;
  const auto put = [&] {
    if (column > 0 && column + width > line_length) {
      out += "\n", column = 0;
      if (piece.starts_with(' ')) piece.erase(0, 1), --width;
    }
    out += piece, column += width;
    piece.clear(), width = 0;
  };
  for (const Glyph& g : glyphs(text)) {
    if (g.text == " " || (g.width == 2 && g.text != "，" && g.text != "。" && g.text != "；")) put();
    piece += g.text, width += g.width;
  }
  put();
  return out;
}

// A curve as one line of blocks, from the lowest number of all curves to the highest.
std::string spark(const Series& series, double low, double high, bool logarithmic) {
  static constexpr std::array<const char*, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string out;
  const std::size_t count = std::min(series.y.size(), cells);
  for (std::size_t i = 0; i < count; ++i) {
    const double value = series.y[count > 1 ? i * (series.y.size() - 1) / (count - 1) : 0];
    const double share = high > low ? ((logarithmic ? std::log10(value) : value) - low) / (high - low) : 0;
    out += std::isfinite(share) ? blocks[static_cast<std::size_t>(std::clamp(share * 8, 0.0, 7.0))] : " ";
  }
  return out;
}

class Text {
 public:
  explicit Text(const LessonScript& script) : script_(script) {
    out_ = inked(script.title, "1") + "\n";
    for (const LessonPart& part : script.parts) {
      switch (part.kind) {
        case LessonPart::Kind::heading: out_ += "\n" + inked(part.text, "1") + "\n"; break;
        case LessonPart::Kind::paragraph: out_ += "\n" + wrapped(part.text) + "\n"; break;
        case LessonPart::Kind::table: table(part); break;
        case LessonPart::Kind::curves: curves(part); break;
        case LessonPart::Kind::drawing: break;  // for pages
      }
    }
  }
  std::string take() {
    out_.pop_back();
    return std::move(out_);
  }

 private:
  std::string inked(const std::string& text, const char* code) const { return script_.options.colour && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text; }

  void table(const LessonPart& part) {
    out_ += part.text.empty() ? "\n" : "\n  " + inked(part.text, "2") + "\n";
    std::vector<std::size_t> widths(part.rows[0].size());
    for (const auto& row : part.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    for (const auto& row : part.rows) {
      std::string line = " ";
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string blank(widths[i] - width_of(row[i]), ' ');
        line += i < part.words ? " " + row[i] + blank + " " : "  " + blank + row[i];
      }
      while (line.ends_with(' ')) line.pop_back();
      out_ += (&row == &part.rows[0] ? inked(line, "2") : line) + "\n";
    }
  }

  void curves(const LessonPart& part) {
    out_ += "\n  " + inked(part.text, "2") + "\n";
    double low = INFINITY, high = -INFINITY;
    std::size_t width = 0;
    for (const Series& series : part.series) {
      width = std::max(width, width_of(series.name));
      for (const double y : series.y) {
        const double value = part.logarithmic ? std::log10(y) : y;
        if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
      }
    }
    for (const Series& series : part.series) {
      out_ += fmt::format("  {}{}  {}  {} → {}\n", series.name, std::string(width - width_of(series.name), ' '), inked(spark(series, low, high, part.logarithmic), "34"),
                          number_text(series.y.front(), 3), number_text(series.y.back(), 3));
    }
  }

  const LessonScript& script_;
  std::string out_;
};

}  // namespace

std::span<const LessonInfo> lessons() {
  static const std::array<LessonInfo, known.size()> infos = [] {
    std::array<LessonInfo, known.size()> out;
    for (std::size_t i = 0; i < known.size(); ++i) out[i] = known[i].info;
    return out;
  }();
  return infos;
}

std::string lesson_text(const LessonScript& script) { return Text(script).take(); }

Lesson lesson(const std::string& name, const LessonOptions& options) {
  const auto found = std::ranges::find(known, name, [](const Known& k) { return k.info.name; });
  if (found == known.end()) {
    std::vector<std::string> names;
    for (const Known& k : known) names.emplace_back(k.info.name);
    fail_unknown("--lesson", "lesson", name, names);
  }
  const OneThread one;
  LessonScript script(options, found->title);
  found->teach(script);
  return {.text = lesson_text(script), .page = lesson_page(script), .json = script.json.dump()};
}

}  // namespace gradus::inspect
