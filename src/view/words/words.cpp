#include <cstdlib>

#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>

#include "catalogue.hpp"

namespace gradus::inspect {

Language language_by_name(const std::string& name) {
  if (name == "en") return Language::english;
  if (name == "zh") return Language::chinese;
  if (name != "auto") fail<UsageError>("--lang", "there is no language " + quoted(name), "en or zh; without it the locale decides");
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value && *value) return std::string_view(value).starts_with("zh") ? Language::chinese : Language::english;
  }
  return Language::english;
}

std::string_view text_of(Word word, Language language) {
  struct Texts {
    std::string_view english, chinese;
  };
  static constexpr Texts texts[] = {
#define GRADUS_TEXT(name, english, chinese) {english, chinese},
      GRADUS_WORDS(GRADUS_TEXT)
      GRADUS_REPORT_WORDS(GRADUS_TEXT)
      GRADUS_LESSON_WORDS(GRADUS_TEXT)
#undef GRADUS_TEXT
  };
  const Texts& found = texts[static_cast<int>(word)];
  return language == Language::chinese ? found.chinese : found.english;
}

}  // namespace gradus::inspect
