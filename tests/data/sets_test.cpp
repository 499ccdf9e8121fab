#include <cmath>
#include <gradus/data/source.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;
using test::Folder;
using test::idx;
using test::Variable;

std::vector<std::int64_t> counts(const Dataset& d) {
  std::vector<std::int64_t> n(d.classes.size());
  for (const std::int64_t y : d.y.values<std::int64_t>()) ++n[static_cast<std::size_t>(y)];
  return n;
}

// The file that is embedded, its order, its scale and the row rule.
TEST(Digits, AreBuiltIn) {
  const Split s = load({.set = "digits"});
  EXPECT_EQ(to_string(s.train.x.shape()), "[1438, 1, 8, 8]");
  EXPECT_EQ(to_string(s.test.x.shape()), "[359, 1, 8, 8]");
  std::vector<std::int64_t> all = counts(s.train);
  const auto test = counts(s.test);
  for (std::size_t c = 0; c < 10; ++c) all[c] += test[c];
  EXPECT_EQ(all, (std::vector<std::int64_t>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}));
  // The first rows are 0 1 2 3 4: row 4 is the first of the test.
  EXPECT_EQ(s.test.y[0].item(), 4);
  EXPECT_EQ(s.train.y[3].item(), 3);
  EXPECT_EQ(s.train.x[0][0][0].to_vector(), (std::vector<double>{0, 0, 5 / 16.0, 13 / 16.0, 9 / 16.0, 1 / 16.0, 0, 0}));
  double largest = 0;
  for (const float v : s.train.x.values<float>()) largest = std::max(largest, static_cast<double>(v));
  EXPECT_EQ(largest, 1);
}

TEST(Digits, TakeNewRowsFromATable) {
  const Preprocessing p = Preprocessing::from(load({.set = "digits"}).preprocessing.stored());
  std::string row;
  for (int i = 0; i < 64; ++i) row += (i ? "," : "") + std::to_string(i % 17);
  const Encoded e = p.encode(Table::parse(row + "\n", "new.csv"));
  EXPECT_EQ(to_string(e.x.shape()), "[1, 1, 8, 8]");
  EXPECT_EQ(e.x.to_vector()[16], 1);
  EXPECT_FALSE(e.y.defined());
}

// A small MNIST: image i is filled with 10 * i.
void write_set(const Folder& folder, const std::string& at, const std::string& end = "") {
  const auto pack = [&](const std::string& bytes) { return end.empty() ? bytes : test::gzip(bytes); };
  folder.write(at + "train-images-idx3-ubyte" + end,
               pack(idx(8, {3, 2, 2}, std::string(4, 0) + std::string(4, 10) + std::string(4, 20))));
  folder.write(at + "train-labels-idx1-ubyte" + end, pack(idx(8, {3}, "\1\2\3")));
  folder.write(at + "t10k-images-idx3-ubyte" + end, pack(idx(8, {1, 2, 2}, std::string(4, '\xff'))));
  folder.write(at + "t10k-labels-idx1-ubyte" + end, pack(idx(8, {1}, "\11")));
}

TEST(IdxSets, AreFoundInTheirFolderAndBelow) {
  const Folder folder;
  write_set(folder, "own/");
  write_set(folder, "all/fashion_mnist/", ".gz");
  write_set(folder, "other/MNIST/raw/");
  EXPECT_EQ(load({.set = "mnist", .path = folder.path("own")}).train.size(), 3);
  EXPECT_EQ(load({.set = "mnist", .path = folder.path("own/")}).train.size(), 3);
  EXPECT_EQ(load({.set = "fashion_mnist", .path = folder.path("own")}).train.size(), 3);  // any folder with the four files
  EXPECT_EQ(load({.set = "fashion-mnist", .path = folder.path("all")}).test.y.item(), 9);
  EXPECT_EQ(load({.set = "fashion_mnist", .path = folder.path("all/fashion_mnist")}).train.classes[9], "Ankle boot");
  EXPECT_EQ(load({.set = "mnist", .path = folder.path("other")}).train.x[2][0][1][1].item(), static_cast<double>(20 / 255.0f));
  // A folder that is named is the only one.
  const Variable variable("GRADUS_DATA", folder.path("other"));
  EXPECT_THROW(load({.set = "mnist", .path = folder.path("all")}), DataError);
  EXPECT_EQ(load({.set = "mnist"}).train.size(), 3);
}

// With the variable on MNIST's own folder, fashion must not be read from it.
TEST(IdxSets, TheVariableNamesAFolderOfSets) {
  const Folder folder;
  write_set(folder, "mnist/");
  {
    const Variable variable("GRADUS_DATA", folder.path("mnist"));
    EXPECT_EQ(load({.set = "mnist"}).train.size(), 3);
    try {
      EXPECT_NE(load({.set = "fashion_mnist"}).train.size(), 3);
    } catch (const DataError& e) {
      EXPECT_NE(std::string(e.what()).find("apt install dataset-fashion-mnist"), std::string::npos) << e.what();
    }
  }
  const Variable variable("GRADUS_DATA", folder.path());
  EXPECT_EQ(load({.set = "mnist"}).train.size(), 3);
}

TEST(IdxSets, FaultsAreNamed) {
  const Folder folder;
  write_set(folder, "");
  expect_error<DataError>([&] { load({.set = "mnist", .path = folder.path("absent")}); },
                          {folder.path("absent"), "does not exist"});
  expect_error<DataError>([&] { load({.set = "mnist", .path = folder.path("t10k-labels-idx1-ubyte")}); }, {"not a folder"});
  expect_error<UsageError>([&] { load({.set = "mnist", .path = folder.path(), .task = Task::regression}); },
                           {"data.task", "mnist"});
  folder.write("train-labels-idx1-ubyte", idx(8, {2}, "\1\2"));
  expect_error<DataError>([&] { load({.set = "mnist", .path = folder.path()}); }, {"2 labels", "3 images", "train-labels"});
  folder.write("train-labels-idx1-ubyte", idx(8, {3}, "\1\2\12"));
  expect_error<DataError>([&] { load({.set = "mnist", .path = folder.path()}); },
                          {"train-labels-idx1-ubyte", "row 2 has label 10"});
  write_set(folder, "");
  folder.write("t10k-images-idx3-ubyte", idx(8, {1, 2, 3}, "abcdef"));
  expect_error<DataError>([&] { load({.set = "mnist", .path = folder.path()}); }, {"[1, 2, 2]", "[1, 2, 3]"});
  std::filesystem::remove(folder.path("t10k-images-idx3-ubyte"));
  expect_error<DataError>([&] { load({.set = "mnist", .path = folder.path()}); },
                          {folder.path(), "no file t10k-images-idx3-ubyte"});
  const Folder empty;
  expect_error<DataError>([&] { load({.set = "fashion_mnist", .path = empty.path()}); },
                          {"fashion_mnist", empty.path(), "apt install dataset-fashion-mnist"});
}

TEST(Sets, UnknownNamesGetTheNearest) {
  expect_error<UsageError>([] { load({.set = "mnits"}); }, {"'mnits'", "did you mean 'mnist'"});
  expect_error<UsageError>([] { load({.set = "qqqqqqq"}); }, {"'qqqqqqq'", "known: digits, xor"});
  expect_error<UsageError>([] { load({.set = "iris.csv"}); }, {"'iris.csv'", "data.file"});
  expect_error<UsageError>([] { load({}); }, {"no data set is named"});
  EXPECT_EQ(load({.set = "XOR"}).train.size(), 4);
}

std::string small_table() {
  std::string text;
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + "," + (i % 2 ? "b" : "a") + "\n";
  return text;
}

TEST(Tables, AreFoundByFileOrFolder) {
  const Folder folder;
  const std::string file = folder.write("tabular/small.csv", small_table());
  EXPECT_EQ(load({.path = file}).train.size(), 8);
  EXPECT_EQ(load({.file = file}).train.name, "small.csv");
  EXPECT_EQ(load({.file = "tabular/small.csv", .path = folder.path()}).test.size(), 2);
  EXPECT_EQ(load({.file = "tabular/small.csv", .path = folder.path("tabular")}).test.size(), 2);
  EXPECT_EQ(load({.file = "other.csv", .path = file}).test.size(), 2);  // --data is the file itself
  {
    const Variable variable("GRADUS_DATA", folder.path());
    EXPECT_EQ(load({.file = "tabular/small.csv"}).test.y.to_vector(), (std::vector<double>{0, 1}));
  }
  expect_error<DataError>([&] { load({.path = folder.path()}); }, {folder.path(), "data.file"});
  expect_error<DataError>([&] { load({.path = folder.path("absent.csv")}); }, {"absent.csv", "does not exist"});
  expect_error<DataError>([&] { load({.file = "absent.csv", .path = folder.path()}); }, {"absent.csv", folder.path()});
  expect_error<DataError>([&] { load({.path = folder.write("few.csv", "1,a\n2,b\n3,a\n4,b\n")}); }, {"few.csv", "4 rows"});
}

TEST(Tables, SeparatorHeaderAndMissingAsAsked) {
  const Folder folder;
  std::string numbers = "size;kind\n", texts = "colour,kind\n";
  for (int i = 0; i < 10; ++i) {
    numbers += (i == 3 ? "NA" : std::to_string(i)) + (i % 2 ? ";b\n" : ";a\n");
    texts += std::string(i % 3 ? "red" : "blue") + (i % 2 ? ",b\n" : ",a\n");
  }
  const std::string file = folder.write("numbers.csv", numbers);
  const Split s = load({.path = file, .csv = {.separator = std::nullopt}});
  EXPECT_EQ(s.train.classes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Preprocessing::from(s.preprocessing.stored()).csv.separator, ';');  // for new rows
  EXPECT_EQ(s.preprocessing.encode(Table::parse("size;kind\n?;a\n5;b\n", "new.csv", s.preprocessing.csv)).notes.size(), 1u);
  expect_error<DataError>([&] { load({.path = file, .csv = {.separator = ';', .missing = {""}}}); }, {"numbers.csv:5", "'NA'"});
  const std::string all_texts = folder.write("texts.csv", texts);
  expect_error<UsageError>([&] { load({.path = all_texts}); }, {"data.header", "texts.csv"});
  EXPECT_EQ(load({.path = all_texts, .csv = {.header = true}}).train.classes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(load({.path = all_texts, .csv = {.header = false}}).train.classes.size(), 3u);
}

TEST(Tables, AnOfficialTestPart) {
  const Folder folder;
  folder.write("a.csv", small_table());
  folder.write("b.csv", "100,b\n");
  const Split s = load({.file = "a.csv", .path = folder.path(), .test_file = "b.csv", .standardize = false});
  EXPECT_EQ(s.train.size(), 10);
  EXPECT_EQ(s.test.x.item(), 100);
  EXPECT_EQ(s.test.y.item(), 1);
  EXPECT_EQ(load({.path = folder.path("a.csv"), .test_file = "b.csv"}).test.size(), 1);
}

TEST(Sets, TheListSaysWhatIsHere) {
  const Folder folder;
  write_set(folder, "mnist/");
  folder.write("tabular/iris.csv", small_table());
  int here = 0;
  for (const Listing& item : list(folder.path())) {
    const bool expected = item.kind != "files" || item.name == "mnist" || item.name == "iris";
    EXPECT_EQ(item.here, expected) << item.name;
    EXPECT_EQ(item.hint.empty(), item.here) << item.name;
    const std::string where = item.name == "mnist"  ? folder.path("mnist")
                              : item.name == "iris" ? folder.path("tabular/iris.csv")
                                                    : "";
    EXPECT_EQ(item.where, where);
    here += item.here;
  }
  EXPECT_EQ(here, 10);
  EXPECT_THROW(list(folder.path("absent")), DataError);
  EXPECT_FALSE(list().empty());
}

}  // namespace
}  // namespace gradus::data
