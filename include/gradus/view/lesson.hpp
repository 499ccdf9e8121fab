// Lessons: small experiments on built-in data that show one thing about backpropagation. Whatever number is shown is computed when
// the lesson runs.
//   const inspect::Lesson l = inspect::lesson("vanishing", {.language = inspect::Language::chinese});
//   puts(l.text.c_str());                 // l.page: the same as a page, l.json: its numbers
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "words.hpp"

namespace gradus::inspect {

struct LessonInfo {
  std::string_view name, about;
};
std::span<const LessonInfo> lessons();

struct LessonOptions {
  Language language = Language::english;
  bool colour = false;  // of the text
  std::uint64_t seed = 0;
  double length = 1;  // the share that is done of all steps, starts and sizes; below 1 for tests
  std::function<void(double done)> on_progress = {};  // 0 to 1
};

struct Lesson {
  std::string text, page, json;
};
// UsageError for a name that is not among lessons().
Lesson lesson(const std::string& name, const LessonOptions& options = {});

}  // namespace gradus::inspect
