#include "sets.hpp"

#include <algorithm>
#include <gradus/base/text.hpp>

namespace gradus::data {
namespace {

std::vector<std::string> digits() { return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; }

SetInfo table(std::string name, std::string about, std::string size, std::string licence, Source source) {
  const std::string hint = "point --data or GRADUS_DATA to the folder that holds " + source.file;
  return {SetKind::table,   std::move(name), {}, std::move(about), std::move(size), std::move(licence), hint, {},
          std::move(source)};
}

SetInfo text(SetKind kind, std::string name, std::string about, std::string size, std::string licence, std::string file) {
  const std::string hint = "point --data or GRADUS_DATA to a folder that holds " + file + ", or --data to a text file of your own";
  return {kind, std::move(name), {}, std::move(about), std::move(size), std::move(licence), hint, {}, {.file = std::move(file)}};
}

std::vector<SetInfo> make() {
  const char* uci = "CC BY 4.0 (UCI)";
  const CsvOptions bare{.header = false};
  return {
      {SetKind::built_in, "digits", {}, "handwritten digits", "1,438 + 359 of 8x8", "CC BY 4.0 (UCI: Alpaydin and Kaynak)"},
      {SetKind::generated, "xor", {}, "exclusive or", "4", ""},
      {SetKind::generated, "parity", {}, "is the number of set bits odd", "16 of 4 bits (size)", ""},
      {SetKind::generated, "symmetry", {}, "do the bits read the same from both ends", "64 of 6 bits (size)", ""},
      {SetKind::generated, "encoder", {}, "one unit of n to itself", "8 of 8 units (size)", ""},
      {SetKind::generated, "moons", {}, "two half circles that interlock", "1,000 + 1,000 points (size)", ""},
      {SetKind::generated, "circles", {}, "a circle within a circle", "1,000 + 1,000 points (size)", ""},
      {SetKind::generated, "spirals", {}, "two or more arms", "1,000 + 1,000 points (size)", ""},
      {SetKind::idx,
       "mnist",
       {"mnist", "MNIST", "MNIST/raw"},
       "handwritten digits",
       "60,000 + 10,000 of 28x28",
       "LeCun, Cortes, Burges (CC BY-SA 3.0)",
       "put its four files (train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
       "t10k-labels-idx1-ubyte.gz) "
       "into a folder, and name it with --data",
       digits()},
      {SetKind::idx,
       "fashion_mnist",
       {"fashion_mnist", "fashion-mnist", "FashionMNIST", "FashionMNIST/raw"},
       "pictures of clothes",
       "60,000 + 10,000 of 28x28",
       "MIT",
       "apt install dataset-fashion-mnist",
       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}},
      text(SetKind::text, "tinyshakespeare", "a million characters of Shakespeare", "1,003,854 + 111,540 characters, 65 symbols", "public domain", "tinyshakespeare/input.txt"),
      text(SetKind::words, "names", "first names, letter by letter", "25,626 + 3,203 + 3,204 names, 27 symbols", "MIT (names: US SSA, public domain)", "names/names.txt"),
      table("iris", "kinds of iris by their measures", "150 x 4, 3 classes", uci, {.file = "tabular/iris.csv", .csv = bare}),
      table("wine", "growers of wine by its chemistry", "178 x 13, 3 classes", uci, {.file = "tabular/wine.csv", .csv = bare}),
      table("wine_quality", "grades of red wine", "1,599 x 11, 6 grades", uci,
            {.file = "tabular/winequality-red.csv", .csv = bare}),
      table("breast_cancer", "benign or malignant, by nine grades", "699 x 9, 2 classes", uci,
            {.file = "tabular/breast-cancer-wisconsin.data", .csv = bare, .ignore = {"0"}}),
      table("wdbc", "benign or malignant, by the shapes of cell nuclei", "569 x 30, 2 classes", uci,
            {.file = "tabular/wdbc.csv", .target = "diagnosis", .csv = {.header = true}, .ignore = {"id"}}),
      table(
          "optdigits", "handwritten digits of 8x8, other writers in the test part", "3,823 + 1,797 x 64, 10 classes", uci,
          {.file = "tabular/optdigits.tra", .test_file = "tabular/optdigits.tes", .csv = {.header = true}, .standardize = false}),
      table(
          "titanic", "who survived", "891 x 7, 2 classes", "public",
          {.file = "tabular/titanic.csv", .target = "survived", .csv = {.header = true}, .ignore = {"name", "ticket", "cabin"}}),
      table("california_housing", "prices of houses by district", "20,640 x 9", "StatLib, public",
            {.file = "tabular/california_housing.csv", .target = "median_house_value", .csv = {.header = true}}),
      table("auto_mpg", "miles per gallon of cars", "398 x 7", uci,
            {.file = "tabular/auto_mpg.csv", .target = "mpg", .csv = {.header = true}, .ignore = {"name"}}),
      table("concrete", "strength of concrete by its mix", "1,030 x 8", uci,
            {.file = "tabular/concrete.csv", .csv = {.header = true}}),
      table("abalone", "rings (age) of abalone", "4,177 x 8", uci,
            {.file = "tabular/abalone.csv", .task = Task::regression, .csv = bare}),
  };
}

std::string plain(std::string name) {
  for (char& c : name) {
    if (c == '-')
      c = '_';
    else if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

}  // namespace

const std::vector<SetInfo>& known_sets() {
  static const std::vector<SetInfo> sets = make();
  return sets;
}

const SetInfo& find_set(const std::string& name) {
  std::vector<std::string> names;
  for (const SetInfo& set : known_sets()) {
    if (set.name == plain(name)) return set;
    names.push_back(set.name);
  }
  const bool file = name.find('.') != std::string::npos || name.find('/') != std::string::npos;
  fail<UsageError>("data", "there is no data set " + quoted(name),
                   file ? "a table's file goes into data.file" : did_you_mean(plain(name), names));
}

}  // namespace gradus::data
