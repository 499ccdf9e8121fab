// gradus explain --lesson NAME
#include "lesson.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/view/lesson.hpp>
#include <unistd.h>

#include "output.hpp"
#include "progress.hpp"

namespace gradus::cli {

int run_lesson(const std::string& name, const std::string& html, inspect::Language language, const Common& common) {
  Bar bar("lesson " + name);
  const inspect::Lesson lesson = inspect::lesson(name, {.language = language,
                                                        .colour = isatty(STDOUT_FILENO) != 0 && !std::getenv("NO_COLOR"),
                                                        .seed = static_cast<std::uint64_t>(common.seed.value_or(0)),
                                                        .on_progress = [&](double done) { bar.at(done); }});
  bar.end();
  if (!html.empty()) write_file_atomically(html, lesson.page);
  if (common.json) say(lesson.json);
  else if (html.empty()) say(lesson.text);
  if (!html.empty()) note(fmt::format("written: {}", html));
  return fine;
}

std::string lesson_names() {
  std::string out;
  for (const inspect::LessonInfo& lesson : inspect::lessons()) out += (out.empty() ? "" : ", ") + std::string(lesson.name);
  return out;
}

std::string lesson_examples() {
  std::string out;
  for (const inspect::LessonInfo& lesson : inspect::lessons()) out += fmt::format("  gradus explain --lesson {:<17} {}\n", lesson.name, lesson.about);
  return out;
}

}  // namespace gradus::cli
