// What every page has: one file, no request, light and dark, from 360 px on.
#pragma once
#include <string>
#include <vector>

#include "view/words/catalogue.hpp"
#include "view/explain/formula.hpp"

namespace gradus::inspect {

// A whole page around `body` (a header, main, a footer), with the shared style; `script`: with the shared script too.
std::string page_of(const std::string& title, Language language, const std::string& body, bool script);
// The same with a style and a script of its own instead: charts of a report, for example.
std::string page_with(const std::string& title, Language language, const std::string& body, std::string_view style, std::string_view script);

// A part of a formula in the colour of values or of gradients.
std::string math(const std::string& inside);
// A chain of equations: its parts stand in one line where there is room, and below each other on a phone. A part that begins with "<span" is
// no formula.
std::string chain(const std::vector<std::string>& parts);
std::string coloured(const std::string& inside, const char* kind);  // "v" or "g", within <math>

}  // namespace gradus::inspect
