// What lessons are made of: headings, paragraphs, tables and curves, which come out as text and as a page.
#pragma once
#include <gradus/view/lesson.hpp>
#include <nlohmann/json.hpp>

#include "view/words/catalogue.hpp"
#include "view/page/chart.hpp"

namespace gradus::inspect {

using Rows = std::vector<std::vector<std::string>>;

struct LessonPart {
  enum class Kind { heading, paragraph, table, curves, drawing };
  Kind kind;
  std::string text = {};         // what it says; of a table, curves or a drawing: what they show
  Rows rows = {};                // the first one names the columns
  std::size_t words = 1;         // so many columns, from the first on, are no numbers
  bool only_text = false;        // a page has these numbers with its curves
  std::string x_label = {};
  std::vector<Series> series = {};
  bool logarithmic = false;      // y
  std::string svg = {};          // of a drawing
};

class LessonScript {
 public:
  LessonScript(const LessonOptions& wanted, Word heading) : options(wanted), title(text_of(heading, wanted.language)) {}
  const LessonOptions& options;
  std::string title;
  std::vector<LessonPart> parts;
  nlohmann::ordered_json json;

  template <class... X>
  std::string word(Word w, const X&... x) const {
    return std::string(text_of(w, options.language, x...));
  }
  void heading(Word w) { parts.push_back({LessonPart::Kind::heading, word(w)}); }
  template <class... X>
  void say(Word w, const X&... x) {
    parts.push_back({LessonPart::Kind::paragraph, word(w, x...)});
  }
  void table(const std::string& text, Rows rows, std::size_t words = 1, bool only_text = false) {
    parts.push_back({.kind = LessonPart::Kind::table, .text = text, .rows = std::move(rows), .words = words, .only_text = only_text});
  }
  void curves(const std::string& text, const std::string& x_label, std::vector<Series> series, bool logarithmic) {
    parts.push_back({.kind = LessonPart::Kind::curves, .text = text, .x_label = x_label, .series = std::move(series), .logarithmic = logarithmic});
  }
  void drawing(const std::string& text, std::string svg) { parts.push_back({.kind = LessonPart::Kind::drawing, .text = text, .svg = std::move(svg)}); }

  // Tells how far the lesson is.
  void done(double share) const {
    if (options.on_progress) options.on_progress(share);
  }
  // `full` of something, or less for a short lesson.
  int count(int full, int least) const { return std::max(least, static_cast<int>(full * options.length)); }
};

std::string lesson_text(const LessonScript& script);
std::string lesson_page(const LessonScript& script);

void teach_vanishing(LessonScript& script);
void teach_cost(LessonScript& script);
void teach_minima(LessonScript& script);

}  // namespace gradus::inspect
