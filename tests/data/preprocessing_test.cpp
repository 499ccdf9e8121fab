#include <cmath>
#include <gradus/data/preprocessing.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;
using Options = Preprocessing::Options;
using Kind = Column::Kind;

Table parse(const std::string& text, const CsvOptions& csv = {}) { return Table::parse(text, "t.csv", csv); }
Preprocessing learn(const std::string& text, const Options& options = {}, const CsvOptions& csv = {}, bool all_rows = true) {
  return Preprocessing::learn(parse(text, csv), options, csv, all_rows);
}

// Statistics over all rows instead of the training rows; n - 1 for n; a median without its middle pair.
TEST(Preprocessing, LearnsFromTrainingRowsOnly) {
  const std::string text = "1,a\n2,a\n?,b\n9,b\n1000,a\n4,b\n";  // row 4 is a test row
  const Preprocessing p = learn(text, {}, {}, false);
  ASSERT_EQ(p.columns[0].kind, Kind::number);
  EXPECT_DOUBLE_EQ(p.columns[0].mean, 4);
  EXPECT_DOUBLE_EQ(p.columns[0].deviation, std::sqrt((9 + 4 + 25 + 0) / 4.0));
  EXPECT_DOUBLE_EQ(p.columns[0].median, 3);
  EXPECT_EQ(p.classes, (std::vector<std::string>{"a", "b"}));
  const Encoded e = p.encode(parse(text));
  const float s = static_cast<float>(p.columns[0].deviation);
  EXPECT_FLOAT_EQ(e.x.values<float>()[0], -3 / s);
  EXPECT_FLOAT_EQ(e.x.values<float>()[2], -1 / s);  // the median in place of the missing value
  EXPECT_FLOAT_EQ(e.x.values<float>()[4], 996 / s);
  EXPECT_EQ(e.y.to_vector(), (std::vector<double>{0, 0, 1, 1, 0, 1}));
  ASSERT_EQ(e.notes.size(), 1u);
  EXPECT_NE(e.notes[0].find("1 missing value "), std::string::npos) << e.notes[0];
}

// A target of hundreds of thousands, and weights that start near 0.
TEST(Preprocessing, TheTargetIsScaledByTrainingRows) {
  const std::string text = "1,100.5\n2,200.5\n3,300.5\n4,400.5\n5,9000\n";  // row 4 is a test row
  const Preprocessing p = learn(text, {.scale_target = true}, {}, false);
  ASSERT_NE(p.target(), nullptr);
  EXPECT_DOUBLE_EQ(p.target()->mean, 250.5);
  EXPECT_DOUBLE_EQ(p.target()->deviation, std::sqrt((150 * 150 + 50 * 50) / 2.0));
  const Preprocessing q = Preprocessing::from(p.stored());
  const float d = static_cast<float>(p.target()->deviation);
  EXPECT_FLOAT_EQ(static_cast<float>(q.encode(parse(text)).y.to_vector()[0]), -150 / d);
  EXPECT_EQ(learn(text).encode(parse(text)).y.to_vector()[0], 100.5);
  EXPECT_EQ(learn("1,a\n2,b\n", {.scale_target = true}).stored().tensors.count("data.target"), 0u);
  auto stored = p.stored();
  stored.tensors.at("data.target") = Tensor({1, 0}, Dtype::f64);
  expect_error<DataError>([&] { Preprocessing::from(stored); }, {"data.target is not usable"});
}

TEST(Preprocessing, TargetsThatAreNoClasses) {
  expect_error<DataError>([] { learn("1,a\n2,a\n"); }, {"t.csv", "column 1", "only one class", "'a'"});
  std::string real;
  for (int i = 0; i < 30; ++i) real += std::to_string(i) + "," + std::to_string(i) + ".5\n";
  expect_error<DataError>([&] { learn(real, {.task = Task::classification}); }, {"real numbers", "30 different", "data.task = \"regression\""});
}

TEST(Preprocessing, AConstantColumnIsZero) {
  const Preprocessing p = learn("0.1,1\n0.1,2.5\n0.1,3\n");
  EXPECT_EQ(p.columns[0].deviation, 1);
  EXPECT_EQ(p.encode(parse("0.1,0\n")).x.item(), 0);
}

TEST(Preprocessing, CategoriesBecomeOneHot) {
  const std::string text = "colour,size,y\nred,1,0.5\nblue,2,0.25\n,3,1\nred,4,0\ngreen,5,0\n";
  const Preprocessing p = learn(text, {.standardize = false}, {}, false);
  EXPECT_EQ(p.feature_names(), (std::vector<std::string>{"colour=blue", "colour=red", "size"}));  // green is only in the test row
  EXPECT_EQ(p.target_name(), "y");
  const Encoded e = p.encode(parse(text));
  EXPECT_EQ(e.x.to_vector(), (std::vector<double>{0, 1, 1, 1, 0, 2, 0, 0, 3, 0, 1, 4, 0, 0, 5}));
  EXPECT_EQ(to_string(e.y.shape()), "[5, 1]");
  ASSERT_EQ(e.notes.size(), 2u);
  EXPECT_NE(e.notes[1].find("'green' at t.csv:6"), std::string::npos) << e.notes[1];
}

TEST(Preprocessing, TheTaskIsSeen) {
  const auto classes = [](const std::string& column, Task task = Task::automatic) {
    std::string text;
    std::size_t at = 0;
    while (at < column.size()) {
      const std::size_t end = column.find(' ', at);
      text += "1," + column.substr(at, end - at) + "\n";
      at = end == std::string::npos ? column.size() : end + 1;
    }
    std::string out;
    for (const std::string& name : learn(text, {.task = task}).classes) out += name + " ";
    return out;
  };
  EXPECT_EQ(classes("b a b"), "a b ");
  EXPECT_EQ(classes("10 2 2 10"), "2 10 ");  // sorted as numbers
  EXPECT_EQ(classes("07 7 1 1"), "1 7 ");    // one class
  EXPECT_EQ(classes("-1 1 1 -1"), "-1 1 ");
  EXPECT_EQ(classes("1 2 3 4"), "");      // each value once: a number
  EXPECT_EQ(classes("1.5 2 1.5 2"), "");  // not integers
  EXPECT_EQ(classes("1.5 2 1.5 2", Task::classification), "1.5 2 ");
  EXPECT_EQ(classes("1 2 1 2", Task::regression), "");
  std::string twenty, more;
  for (int i = 0; i < 42; ++i) {
    twenty += (i ? " " : "") + std::to_string(i % 20);
    more += (i ? " " : "") + std::to_string(i % 21);
  }
  EXPECT_NE(classes(twenty), "");
  EXPECT_EQ(classes(more), "");
}

TEST(Preprocessing, BadCellsAreNamed) {
  const std::string good = "age,y\n1,a\n2,b\n3,a\n4,b\n";
  expect_error<DataError>([&] { learn(good + "old,a\n"); }, {"t.csv:6", "column 'age'", "'old'", "number"});
  expect_error<DataError>([&] { learn(good + "old,a\n", {}, {}, false); }, {"t.csv:6", "'old'"});  // a test row, too
  expect_error<DataError>([&] { learn(good + "nan,a\n"); }, {"t.csv:6", "column 'age'", "'nan'", "finite"});
  expect_error<DataError>([&] { learn(good + "1e400,a\n"); }, {"t.csv:6", "'1e400'", "finite"});
  expect_error<DataError>([&] { learn(good + "\"1,5\",a\n"); }, {"t.csv:6", "'1,5'", "decimal point"});
  expect_error<DataError>([&] { learn(good + "0x10,a\n"); }, {"t.csv:6", "'0x10'"});
  expect_error<DataError>([&] { learn(good + "5,\n"); }, {"t.csv:6", "column 'y'", "no value"});
  expect_error<DataError>([&] { learn(good + "5,1.5\n", {.task = Task::regression}).encode(parse(good)); }, {"t.csv:2", "'a'"});
  expect_error<DataError>([&] { learn("1,2.5\n2,3.5\n3,oops\n4,5.5\n"); }, {"t.csv:3", "column 1", "'oops'", "classification"});
  expect_error<DataError>([&] { learn("1,2.5\n2,3.5\n3,inf\n4,5.5\n").encode(parse("1,inf\n")); }, {"t.csv:1", "'inf'"});
  expect_error<DataError>([&] { learn("?,a\n,b\n"); }, {"column 0", "no value in any training row"});
  expect_error<DataError>([&] { learn("a\nb\n"); }, {"no column is left"});
  EXPECT_NO_THROW(learn(good + "nan,a\n", {}, {.missing = {"", "nan"}}));
}

// Finite in the file, and infinite after scaling.
TEST(Preprocessing, ValuesFarFromTrainingAreNamed) {
  const Preprocessing p = learn("1e-9,a\n2e-9,b\n");
  EXPECT_NO_THROW(p.encode(parse("1e20,a\n")));
  expect_error<DataError>([&] { p.encode(parse("1e-9,a\n1e38,a\n")); }, {"t.csv:2", "'1e38'", "too far"});
}

TEST(Preprocessing, NamesAreNoCategories) {
  std::string text = "id,x,y\n";
  for (int i = 0; i < 300; ++i) text += "n" + std::to_string(i) + ",1," + (i % 2 ? "a" : "b") + "\n";
  expect_error<DataError>([&] { learn(text); }, {"column 'id'", "more than 256", "data.ignore"});
  EXPECT_EQ(learn(text, {.ignore = {"id"}}).feature_names(), (std::vector<std::string>{"x"}));
  expect_error<UsageError>([&] { learn(text, {.ignore = {"idd"}}); }, {"data.ignore", "did you mean 'id'"});
  expect_error<UsageError>([&] { learn(text, {.target = "z"}); }, {"data.target", "'z'"});
}

TEST(Preprocessing, NewRowsAreMatchedByNameOrPlace) {
  const Preprocessing named = learn("a,id,b,y\n1,7,2,u\n3,8,5,v\n", {.ignore = {"id"}, .standardize = false});
  const auto x = [](const Preprocessing& p, const std::string& text, std::optional<bool> header = {}) {
    return p.encode(parse(text, {.header = header})).x.to_vector();
  };
  EXPECT_EQ(x(named, "b,a,extra\n20,10,0\n"), (std::vector<double>{10, 20}));
  EXPECT_FALSE(named.encode(parse("b,a\n20,10\n")).y.defined());
  EXPECT_EQ(named.encode(parse("y,b,a\nv,20,10\n")).y.item(), 1);
  expect_error<DataError>([&] { x(named, "bb,a\n20,10\n"); }, {"there is no column 'b'", "did you mean 'bb'"});
  EXPECT_EQ(x(named, "10,0,20,u\n"), (std::vector<double>{10, 20}));  // the whole table, without names
  EXPECT_EQ(x(named, "10,0,20\n"), (std::vector<double>{10, 20}));    // without its target
  EXPECT_EQ(x(named, "10,20\n"), (std::vector<double>{10, 20}));      // the features alone
  expect_error<DataError>([&] { x(named, "10\n"); }, {"t.csv:1", "1 column;", "3 are needed"});
  expect_error<DataError>([&] { named.encode(parse("a,b,y\n1,2,w\n")); }, {"t.csv:2", "'w'", "no class"});
  EXPECT_FALSE(named.encode(parse("a,b,y\n1,2,?\n3,4,\n")).y.defined());  // targets to be predicted
  expect_error<DataError>([&] { named.encode(parse("a,b,y\n1,2,u\n3,4,\n")); }, {"t.csv:3", "no value"});

  // The target in the middle: without it the columns behind move up.
  const Preprocessing middle = learn("1,u,2\n3,v,5\n", {.target = "1", .standardize = false});
  EXPECT_EQ(x(middle, "10,20\n"), (std::vector<double>{10, 20}));
  EXPECT_EQ(x(middle, "10,u,20\n"), (std::vector<double>{10, 20}));
}

TEST(Preprocessing, FilesWithAndWithoutAHeader) {
  const test::Folder folder;
  // All texts: only the names can tell that the first row is a header.
  const Preprocessing p = learn("colour,kind\nred,u\nblue,v\n", {}, {.header = true});
  EXPECT_EQ(p.read(folder.write("a.csv", "colour\nred\n")).x.to_vector(), (std::vector<double>{0, 1}));
  EXPECT_EQ(p.read(folder.write("b.csv", "red\nblue\n")).x.to_vector(), (std::vector<double>{0, 1, 1, 0}));
  const Preprocessing plain = learn("1,u\n2,v\n", {.standardize = false});
  EXPECT_EQ(plain.read(folder.write("c.csv", "5\n6\n")).x.to_vector(), (std::vector<double>{5, 6}));
}

TEST(Preprocessing, ComesBackFromWhatIsStored) {
  const std::string text = "a,colour,id,b,y\n1,red,x,2.5,u\n3,\"bl\"\"ue\",x,?,v\n";
  const Preprocessing p = learn(text, {.ignore = {"id"}}, {.missing = {"", "?", "-"}});
  const Preprocessing q = Preprocessing::from(p.stored());
  EXPECT_EQ(q.encode(parse(text)).x.to_vector(), p.encode(parse(text)).x.to_vector());
  EXPECT_EQ(q.encode(parse(text)).y.to_vector(), p.encode(parse(text)).y.to_vector());
  EXPECT_EQ(q.feature_names(), p.feature_names());
  EXPECT_EQ(q.csv.missing, p.csv.missing);
  EXPECT_EQ(q.stored().strings, p.stored().strings);
  EXPECT_TRUE(Preprocessing::from({}).empty());
  EXPECT_TRUE(Preprocessing().stored().strings.empty());
}

TEST(Preprocessing, StoredThingsAreChecked) {
  const auto stored = learn("a,c,y\n1,p,u\n3,q,v\n").stored();
  auto changed = [&](const std::string& from, const std::string& to) {
    auto copy = stored;
    std::string& text = copy.strings.at("data.preprocessing");
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " in " << text;
    return text.replace(at, from.size(), to), copy;
  };
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"{", "["},
                                                                                 {"\"columns\"", "\"colums\""},
                                                                                 {"\"number\"", "\"nummer\""},
                                                                                 {"\"number\"", "\"target\""},
                                                                                 {"\"number\"", "\"ignored\""},
                                                                                 {"\"p\",\"q\"", "\"q\",\"p\""},
                                                                                 {"\"p\",\"q\"", "\"p\",\"p\""},
                                                                                 {"\"u\",\"v\"", "\"u\",\"u\""},
                                                                                 {"\"u\",\"v\"", "3"},
                                                                                 {"[3]", "[4611686018427387904,4]"},
                                                                                 {"[3]", "[-3]"},
                                                                                 {"\",\"", "\",,\""}}) {
    EXPECT_ANY_THROW({
      try {
        Preprocessing::from(changed(from, to));
      } catch (const Error&) {
        throw;
      } catch (const std::exception& e) {
        ADD_FAILURE() << from << " -> " << to << ": " << e.what();
        throw;
      }
    }) << from
       << " -> " << to;
  }
  // 4 * (2^62 + 1) is 4 when it wraps, and 4 is right here.
  auto wide = learn("1,2,3,4,u\n5,6,7,8,v\n").stored();
  std::string& text = wide.strings.at("data.preprocessing");
  text.replace(text.find("[4]"), 3, "[4611686018427387905,4]");
  EXPECT_THROW(Preprocessing::from(wide), Error);

  auto copy = stored;
  copy.tensors.at("data.deviation") = Tensor::zeros({1}, Dtype::f64);
  expect_error<DataError>([&] { Preprocessing::from(copy); }, {"data.deviation", "'a'"});
  copy.tensors.at("data.deviation") = Tensor::ones({2}, Dtype::f64);
  expect_error<DataError>([&] { Preprocessing::from(copy); }, {"data.deviation is [2] for 1"});
  copy.tensors.erase("data.deviation");
  expect_error<DataError>([&] { Preprocessing::from(copy); }, {"there is no tensor 'data.deviation'"});
}

}  // namespace
}  // namespace gradus::data
