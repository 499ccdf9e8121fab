// Lessons, which `gradus explain --lesson` runs.
#pragma once
#include <string>

#include <gradus/view/words.hpp>

#include "command.hpp"

namespace gradus::cli {

// Prints the lesson, or writes its page; with --json its numbers.
int run_lesson(const std::string& name, const std::string& html, inspect::Language language, const Common& common);

std::string lesson_names();     // "vanishing, cost, minima"
std::string lesson_examples();  // lines for --help

}  // namespace gradus::cli
