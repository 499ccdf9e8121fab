#include <cmath>
#include <gradus/data/csv.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;

Table parse(const std::string& text, const CsvOptions& options = {}) { return Table::parse(text, "t.csv", options); }
// Every cell of the file, rows in brackets.
std::string cells(const std::string& text, CsvOptions options = {}) {
  options.header = false;
  const Table t = parse(text, options);
  std::string out;
  for (std::int64_t r = 0; r < t.rows(); ++r) {
    out += "[";
    for (std::int64_t c = 0; c < t.columns(); ++c) out += (c ? "|" : "") + std::string(t.cell(r, c));
    out += "]";
  }
  return out;
}

TEST(Csv, CellsAsInRfc4180) {
  EXPECT_EQ(cells("a,b\nc,d\n"), "[a|b][c|d]");
  EXPECT_EQ(cells("a,b\r\nc,d"), "[a|b][c|d]");
  EXPECT_EQ(cells("a,b\r\nc,d\r\n\r\n"), "[a|b][c|d]");
  EXPECT_EQ(cells("\xEF\xBB\xBF"
                  "a,b\n"),
            "[a|b]");
  EXPECT_EQ(cells("a,\n,b\n,"), "[a|][|b][|]");
  EXPECT_EQ(cells("\"a,b\",\"c\"\"d\"\n\"\",\"\"\"\"\n"), "[a,b|c\"d][|\"]");
  EXPECT_EQ(cells("\"a\nb\",c\r\n"), "[a\nb|c]");
  EXPECT_EQ(cells("\"a\r\nb\",\"c\""), "[a\r\nb|c]");
  EXPECT_EQ(cells("a , b\t,\" c \" \n"), "[a|b| c ]");
  EXPECT_EQ(cells("\n\na,b\n  \nc,d\n\n"), "[a|b][c|d]");
  EXPECT_EQ(cells("a\tb c\t\td\n", {.separator = '\t'}), "[a|b c||d]");
  EXPECT_EQ(cells("a;1,5\n", {.separator = ';'}), "[a|1,5]");
  EXPECT_EQ(cells("\xC3\xA9,\xE4\xB8\xAD,\xF0\x9F\x98\x80\n"), "[\xC3\xA9|\xE4\xB8\xAD|\xF0\x9F\x98\x80]");
}

TEST(Csv, FaultsAreNamedWithTheirLine) {
  expect_error<DataError>([] { parse("a,b\nc\n"); }, {"t.csv:2", "1 cell,", "first row has 2"});
  expect_error<DataError>([] { parse("a,b\n\n\"x\ny\",2\n1,2,3\n"); }, {"t.csv:5", "3 cells", "first row has 2"});
  expect_error<DataError>([] { parse("a,b\n1,\"open\n\n"); }, {"t.csv:2", "never closed"});
  expect_error<DataError>([] { parse("a,\""); }, {"t.csv:1", "never closed"});
  expect_error<DataError>([] { parse("a,\"b\"c\n"); }, {"t.csv:1", "after a closing quote", "'c"});
  expect_error<DataError>([] { parse("a,b\nc,d\"e\n"); }, {"t.csv:2", "quote within a cell"});
  expect_error<DataError>([] { parse("a,b\rc,d\n"); }, {"t.csv:1", "carriage return"});
  expect_error<DataError>([] { parse(std::string("a,b\nc,\0\n", 8)); }, {"t.csv:2", "NUL", "offset 6"});
  expect_error<DataError>([] { parse("a\nb\xE9z\n"); }, {"t.csv:2", "not UTF-8", "offset 3"});
  expect_error<DataError>(
      [] {
        parse(
            std::string("\xFF\xFE"
                        "a\0",
                        4));
      },
      {"UTF-16"});
  for (const char* empty : {"", "\n", "  \r\n\n", "\xEF\xBB\xBF"}) {
    expect_error<DataError>([&] { parse(empty); }, {"t.csv:1:", "no rows"});
  }
  // Overlong, surrogate, beyond U+10FFFF, cut, lone continuation.
  for (const char* bad :
       {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE4\xB8", "\x80", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_THROW(parse(bad), DataError) << bad;
  }
  EXPECT_THROW(parse("a", {.separator = '"'}), UsageError);
}

TEST(Csv, LongCellsAndRowsAreBounded) {
  const std::size_t limit = 1 << 20;
  EXPECT_NO_THROW(parse(std::string(limit, 'x')));
  expect_error<DataError>([&] { parse(std::string(limit + 1, 'x')); }, {"t.csv:1", "longer than 1048576"});
  expect_error<DataError>([&] { parse("a\n\"" + std::string(limit + 1, 'x')); }, {"t.csv:2", "longer than 1048576"});
  EXPECT_NO_THROW(parse(std::string(limit - 1, ',')));
  expect_error<DataError>([&] { parse(std::string(limit, ',')); }, {"t.csv:1", "more than 1048576 cells"});
}

TEST(Csv, TheHeaderIsSeen) {
  EXPECT_TRUE(parse("a,b\n1,x\n").has_header());
  EXPECT_FALSE(parse("1,b\n1,x\n").has_header());      // a number in the first row
  EXPECT_FALSE(parse("a,b\nc,d\n").has_header());      // no column of numbers below
  EXPECT_FALSE(parse("a,?\n1,2\n").has_header());      // a missing value in the first row
  EXPECT_TRUE(parse("a,b\n?,x\n2,y\n").has_header());  // missing values say nothing
  EXPECT_FALSE(parse("a,b\n", {}).has_header());
  EXPECT_TRUE(parse("a,b\nc,d\n", {.header = true}).has_header());
  EXPECT_FALSE(parse("a,b\n1,2\n", {.header = false}).has_header());
  expect_error<DataError>([] { parse("a,b\n", {.header = true}); }, {"no rows below the header"});
  expect_error<DataError>([] { parse("a,b,a\n1,2,3\n"); }, {"t.csv:1", "two columns are called 'a'"});

  const Table t = parse("a,,c\n\n1,2,3\n", {.header = true});
  EXPECT_EQ(t.rows(), 1);
  EXPECT_EQ(t.cell(0, 2), "3");
  EXPECT_EQ(t.where(0), "t.csv:3");
  EXPECT_EQ(t.column_name(1), "1");
}

// A row taken for a header is lost, and a header taken for a row becomes a class of its own: texts alone do not tell which it is.
TEST(Csv, AHeaderAmongTextsIsUnclear) {
  EXPECT_TRUE(parse("colour,kind\nred,u\nblue,v\n").header_is_unclear());
  EXPECT_FALSE(parse("red,u\nblue,v\nred,v\n").header_is_unclear());  // what comes again is a value
  EXPECT_FALSE(parse("colour,size\nred,1\n").header_is_unclear());
  EXPECT_FALSE(parse("colour,kind\nred,u\n", {.header = true}).header_is_unclear());
}

TEST(Csv, TheSeparatorIsSeen) {
  const auto seen = [](const std::string& text) { return parse(text, {.separator = std::nullopt}).separator(); };
  EXPECT_EQ(seen("a,b\n1,2\n"), ',');
  EXPECT_EQ(seen("a;b\r\n1,5;2,5\r\n"), ';');  // decimal commas
  EXPECT_EQ(seen("a\tb\n1\t2\n"), '\t');
  EXPECT_EQ(seen("a|b\n1|2"), '|');
  EXPECT_EQ(seen("1\n2\n"), ',');
  EXPECT_EQ(seen("\"x;y\",1\n\"x\n;y\",2\n"), ',');  // within quotes it is text
  EXPECT_EQ(seen("\n\na;b\n\n1;2\n"), ';');
  expect_error<DataError>([&] { seen("a;b\n1;2\n3\n"); }, {"t.csv:3", "1 cell,"});  // measured by the first row
  expect_error<UsageError>([&] { seen("1,5;2,5\n3,5;4,5\n"); }, {"t.csv", "data.separator", "','", "';'"});
}

TEST(Csv, ColumnsAreFoundByNameOrNumber) {
  const Table named = parse("age,height,7\n1,2,3\n", {.header = true});
  EXPECT_EQ(named.find("height", "data.target"), 1);
  EXPECT_EQ(named.find("-1", "data.target"), 2);
  EXPECT_EQ(named.find("0", "data.target"), 0);
  EXPECT_EQ(named.find("7", "data.target"), 2);  // the name goes before the number
  expect_error<UsageError>([&] { named.find("hieght", "data.target"); }, {"data.target", "'hieght'", "did you mean 'height'"});
  expect_error<UsageError>([&] { named.find("3", "data.target"); }, {"'3'", "3 columns"});
  const Table plain = parse("1,2,3\n");
  EXPECT_EQ(plain.find("-3", "k"), 0);
  expect_error<UsageError>([&] { plain.find("-4", "k"); }, {"'-4'", "3 columns"});
  expect_error<UsageError>([&] { plain.find("age", "k"); }, {"'age'", "numbered from 0"});
  EXPECT_THROW(plain.find("", "k"), UsageError);
}

TEST(Csv, Numbers) {
  const auto read = [](const char* text) {
    double value = -99;
    return read_number(text, value) == CellKind::number ? value : -99;
  };
  EXPECT_EQ(read("1e3"), 1000);
  EXPECT_EQ(read("+.5"), 0.5);
  EXPECT_EQ(read("-2."), -2);
  EXPECT_EQ(read("1e-400"), 0);
  EXPECT_EQ(read(("0." + std::string(400, '0') + "1").c_str()), 0);
  const auto kind = [](const std::string& text) {
    double value;
    return read_number(text, value);
  };
  for (const char* text : {"1,5", "0x10", "1 000", "", "+", "-", "+-1", "--1", "1e", "abc", "12a", " 1", "1_0", "\xEF\xBC\x91"})
    EXPECT_EQ(kind(text), CellKind::text) << text;
  for (const std::string text : {"nan", "NaN", "inf", "-inf", "Infinity", "nan(1)", "1e400", "-1e400", "1e39", "+inf"}) {
    EXPECT_EQ(kind(text), CellKind::not_finite) << text;
  }
  // Far out by digits, not by the sign of the exponent: this is 1e497.
  EXPECT_EQ(kind("1" + std::string(500, '0') + "e-3"), CellKind::not_finite);
  EXPECT_EQ(kind("0." + std::string(400, '0') + "1e+3"), CellKind::number);
}

TEST(Csv, PackedTextIsRead) {
  const test::Folder folder;
  EXPECT_EQ(Table::read(folder.write("a.csv.gz", test::gzip("1,2\n3,4\n"))).rows(), 2);
  expect_error<DataError>([&] { Table::read(folder.write("b.csv", "1,2\n3\n")); }, {folder.path("b.csv") + ":2"});
}

}  // namespace
}  // namespace gradus::data
