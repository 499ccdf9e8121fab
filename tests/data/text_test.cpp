// Text as symbols: vocabularies, windows, lists of words, and where their files are looked for.
#include <set>

#include <gradus/data.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;
using test::Folder;
using test::Variable;

std::vector<std::int64_t> integers(const Tensor& x) {
  std::vector<std::int64_t> out;
  for (const double v : x.to_vector()) out.push_back(static_cast<std::int64_t>(v));
  return out;
}

std::string decoded(const Dataset& d, const Tensor& x) {
  std::string out;
  for (const std::int64_t i : integers(x)) out += d.classes[static_cast<std::size_t>(i)];
  return out;
}

TEST(Text, CharactersAreThoseOfUtf8) {
  EXPECT_EQ(characters("aé€😀b"), (std::vector<std::string_view>{"a", "é", "€", "😀", "b"}));
  EXPECT_TRUE(characters("").empty());
  expect_error<DataError>([] { characters("ab\xff", "my.txt"); }, {"my.txt", "UTF-8", "byte 2"});
  const Vocabulary v = Vocabulary::learn("zebra é a");
  EXPECT_EQ(v.symbols, (std::vector<std::string>{" ", "a", "b", "e", "r", "z", "é"}));
  EXPECT_EQ(v.find("é"), 6);
  EXPECT_EQ(v.find("x"), -1);
}

TEST(Text, WindowsFollowEachOtherAndTargetsAreOneLater) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>('a' + i % 26);
  const Split s = load({.set = "tinyshakespeare", .path = folder.write("input.txt", text), .context = 4});
  EXPECT_EQ(s.train.classes.size(), 26U);
  EXPECT_EQ(s.train.x.dtype(), Dtype::i64);
  EXPECT_TRUE(s.train.is_text() && s.train.is_windows());
  EXPECT_EQ(s.train.x.shape(), (Shape{22, 4}));  // of 90 characters; the last one has none after it
  EXPECT_EQ(s.test.x.shape(), (Shape{2, 4}));    // of 10
  EXPECT_EQ(decoded(s.train, s.train.x), text.substr(0, 88));
  EXPECT_EQ(decoded(s.train, s.train.y), text.substr(1, 88));
  EXPECT_EQ(decoded(s.test, s.test.x), text.substr(90, 8));
  EXPECT_EQ(decoded(s.test, s.test.y), text.substr(91, 8));
  EXPECT_EQ(s.validation.size(), 0);
  EXPECT_EQ(load({.set = "tinyshakespeare", .path = folder.write("long.txt", std::string(2000, 'a'))}).train.x.shape(), (Shape{28, 64}));
}

TEST(Text, CharactersThatTrainingHasNotSeenAreLeftOutAndSaid) {
  const Folder folder;
  const Split s = load({.set = "tinyshakespeare", .path = folder.write("a.txt", std::string(90, 'a') + "aaéaaéaaZa"), .context = 2});
  EXPECT_EQ(s.train.classes, (std::vector<std::string>{"a"}));
  EXPECT_EQ(s.test.x.numel(), 6);
  ASSERT_EQ(s.train.notes.size(), 1U);
  EXPECT_EQ(s.train.notes[0], "3 characters of the test part did not occur in training and are left out: 'é', 'Z'");
  // A trained network's symbols are taken as they are.
  const std::vector<std::string> known{"Z", "a"};
  const Split again = load({.set = "tinyshakespeare", .path = folder.path("a.txt"), .context = 2, .symbols = &known});
  EXPECT_EQ(again.train.classes, known);
  EXPECT_EQ(again.train.x[0].to_vector(), (std::vector<double>{1, 1}));
}

TEST(Text, TheFileMayBeNamedInThreeWays) {
  const Folder folder;
  const std::string file = folder.write("sets/tinyshakespeare/input.txt", std::string(200, 'x') + "y");
  for (const std::string& path : {file, folder.path("sets/tinyshakespeare"), folder.path("sets")}) {
    EXPECT_EQ(load({.set = "tinyshakespeare", .path = path, .context = 8}).train.x.shape(), (Shape{22, 8})) << path;
  }
  const Variable where("GRADUS_DATA", folder.path("sets"));
  EXPECT_EQ(load({.set = "tinyshakespeare", .context = 8}).train.size(), 22);
  for (const Listing& item : list()) {
    if (item.name == "tinyshakespeare") {
      EXPECT_TRUE(item.here);
      EXPECT_EQ(item.where, file);
    }
    if (item.name == "names") {
      EXPECT_FALSE(item.here);
      EXPECT_NE(item.hint, "");
    }
  }
}

TEST(Text, ErrorsSayWhatIsWrong) {
  const Folder folder;
  const Variable where("GRADUS_DATA", folder.path());
  expect_error<DataError>([] { load({.set = "tinyshakespeare"}); }, {"tinyshakespeare/input.txt", "looked for", "/usr/share/datasets", "--data"});
  expect_error<DataError>([&] { load({.set = "tinyshakespeare", .path = folder.path()}); }, {"tinyshakespeare/input.txt", folder.path()});
  const std::string text = folder.write("short.txt", "to be or not to be");
  expect_error<DataError>([&] { load({.set = "tinyshakespeare", .path = text}); }, {"short.txt", "16 characters", "65", "data.context"});
  expect_error<DataError>([&] { load({.set = "tinyshakespeare", .path = text, .context = 8}); }, {"test part", "2 characters"});
  expect_error<DataError>([&] { load({.set = "tinyshakespeare", .path = folder.write("empty.txt", "")}); }, {"empty.txt", "empty"});
  expect_error<DataError>([&] { load({.set = "tinyshakespeare", .path = folder.write("bad.txt", "ab\xc3")}); }, {"bad.txt", "UTF-8", "byte 2"});
  expect_error<UsageError>([&] { load({.set = "tinyshakespeare", .path = text, .context = -1}); }, {"data.context", "-1"});
  expect_error<UsageError>([] { load({.set = "digits", .context = 3}); }, {"data.context", "digits"});
  expect_error<UsageError>([&] { load({.set = "tinyshakespeare", .path = text, .task = Task::regression}); }, {"regression"});
  expect_error<DataError>([&] { load({.set = "names", .path = folder.write("few.txt", "anna\nbob\n")}); }, {"few.txt", "2 words", "10"});
  expect_error<DataError>([&] { load({.set = "names", .path = folder.write("dots.txt", "anna\nbo.b\n")}); }, {"dots.txt:2", "'bo.b'"});
}

TEST(Text, WordsAreContextsOfWhatCameBefore) {
  const Folder folder;
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += i % 2 ? "ab\r\n" : "ba\n\n";  // empty lines and \r do not count
  const Split s = load({.set = "names", .path = folder.write("names.txt", lines), .context = 3});
  EXPECT_EQ(s.train.classes, (std::vector<std::string>{".", "a", "b"}));
  EXPECT_EQ(s.train.x.shape(), (Shape{16 * 3, 3}));
  EXPECT_EQ(s.validation.size(), 2 * 3);
  EXPECT_EQ(s.test.size(), 2 * 3);
  EXPECT_FALSE(s.train.is_windows());
  for (std::int64_t word = 0; word < 16; ++word) {  // ... -> a, ..a -> b, .ab -> the end
    const std::string first = decoded(s.train, s.train.y[word * 3]), second = first == "a" ? "b" : "a";
    EXPECT_EQ(decoded(s.train, s.train.x[word * 3]), "...");
    EXPECT_EQ(decoded(s.train, s.train.x[word * 3 + 1]), ".." + first);
    EXPECT_EQ(decoded(s.train, s.train.y[word * 3 + 1]), second);
    EXPECT_EQ(decoded(s.train, s.train.x[word * 3 + 2]), "." + first + second);
    EXPECT_EQ(decoded(s.train, s.train.y[word * 3 + 2]), ".");
  }
}

TEST(Text, WordsAreSplitInAnOrderThatIsAlwaysTheSame) {
  const Folder folder;
  std::string lines;
  for (int i = 0; i < 26; ++i) lines += std::string(3, static_cast<char>('a' + i)) + "\n";
  const std::string file = folder.write("names.txt", lines);
  const Split s = load({.set = "names", .path = file, .context = 2, .seed = 1}), again = load({.set = "names", .path = file, .context = 2, .seed = 2});
  EXPECT_EQ(integers(s.train.x), integers(again.train.x));
  EXPECT_EQ(s.train.size(), 20 * 4);
  std::set<std::string> seen(s.train.classes.begin(), s.train.classes.end());
  EXPECT_EQ(seen.size(), 21U);  // the letters of the others are not known
  EXPECT_EQ(s.validation.size() + s.test.size(), 0);
  EXPECT_EQ(s.train.notes.size(), 2U);
  EXPECT_NE(s.train.notes[0].find("3 words have characters that did not occur in training"), std::string::npos) << s.train.notes[0];
  EXPECT_NE(decoded(s.train, s.train.y).substr(0, 8), "aaa.bbb.");  // shuffled
}

TEST(Text, ShiftedWindowsStartElsewhereInEachEpoch) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "abcdefghijklmnopqrstuvwxyz"[i * i % 26];
  const Split s = load({.set = "tinyshakespeare", .path = folder.write("t.txt", text), .context = 16});
  const Batches batches(s.train, {.size = 7, .seed = 3, .transforms = {shifted_windows(s.train)}});
  std::set<std::string> firsts;
  for (std::int64_t epoch = 0; epoch < 6; ++epoch) {
    std::int64_t rows = 0;
    const auto order = batches.order(epoch);
    for (const auto& [x, y] : batches.epoch(epoch)) {
      for (std::int64_t i = 0; i < x.size(0); ++i) {
        const std::string window = decoded(s.train, x[i]), next = decoded(s.train, y[i]);
        EXPECT_EQ(window.substr(1), next.substr(0, 15));
        if (order[static_cast<std::size_t>(rows)] == 5) firsts.insert(window);
        const std::size_t begin = static_cast<std::size_t>(order[static_cast<std::size_t>(rows)]) * 16;
        EXPECT_LT(text.substr(begin, 32).find(window), 16U);  // at most 15 later
        ++rows;
      }
    }
    EXPECT_EQ(rows, s.train.size());
  }
  EXPECT_GT(firsts.size(), 2U);
  const Batches same(s.train, {.size = 7, .seed = 3, .transforms = {shifted_windows(s.train)}});
  EXPECT_EQ(integers(same.epoch(4, 3).begin()->x), integers(batches.epoch(4, 3).begin()->x));
  expect_error<ValueError>([] { shifted_windows(load({.set = "digits"}).train); }, {"[1438, 1, 8, 8]"});
}

}  // namespace
}  // namespace gradus::data
