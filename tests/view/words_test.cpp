// Every text takes the same arguments in both languages: a page in one must not fail where the other does not.
#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "view/words/catalogue.hpp"

namespace gradus::inspect {
namespace {

// The numbers of the arguments that a text takes; `mixed`: counted ones and named ones, which {fmt} refuses.
std::set<int> arguments(std::string_view text, bool& mixed) {
  std::set<int> out;
  int counted = 0, named = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') continue;
    if (i + 1 < text.size() && text[i + 1] == '{') {
      ++i;
      continue;
    }
    if (std::isdigit(static_cast<unsigned char>(text[i + 1]))) out.insert(text[i + 1] - '0'), ++named;
    else out.insert(counted++);
  }
  mixed = counted > 0 && named > 0;
  return out;
}

TEST(Words, take_the_same_arguments_in_both_languages) {
  int count = 0;
#define GRADUS_TEXT(name, english, chinese)                                                                   \
  {                                                                                                           \
    bool mixed_english = false, mixed_chinese = false;                                                        \
    EXPECT_EQ(arguments(english, mixed_english), arguments(chinese, mixed_chinese)) << english << "\n" << chinese; \
    EXPECT_FALSE(mixed_english) << english;                                                                   \
    EXPECT_FALSE(mixed_chinese) << chinese;                                                                   \
    ++count;                                                                                                  \
  }
  GRADUS_WORDS(GRADUS_TEXT)
  GRADUS_REPORT_WORDS(GRADUS_TEXT)
  GRADUS_LESSON_WORDS(GRADUS_TEXT)
#undef GRADUS_TEXT
  EXPECT_GT(count, 200);
}

}  // namespace
}  // namespace gradus::inspect
