// NumPy's validation sets of elementary functions: every row through the tensor function, within the bound of the row.
// They lie in numpy_umath of the data folder ($GRADUS_DATA) and are skipped by name where they are not there.
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gradus/ops.hpp>
#include <limits>

namespace gradus {
namespace {

struct Set {
  const char* file;  // as NumPy calls the function
  Tensor (*function)(const Tensor&);
  std::int64_t rows;
  friend void PrintTo(const Set& set, std::ostream* out) { *out << set.file; }
};
const Set sets[] = {{"arccos", acos, 1428}, {"arccosh", acosh, 1428}, {"arcsin", asin, 1428}, {"arcsinh", asinh, 1428},
                    {"arctan", atan, 1428}, {"arctanh", atanh, 1428}, {"cbrt", cbrt, 1428},   {"cos", cos, 1370},
                    {"cosh", cosh, 1428},   {"exp", exp, 367},        {"exp2", exp2, 1428},   {"expm1", expm1, 1428},
                    {"log", log, 260},      {"log10", log10, 1628},   {"log1p", log1p, 1428}, {"log2", log2, 1628},
                    {"sin", sin, 1365},     {"sinh", sinh, 1428},     {"tan", tan, 1428},     {"tanh", tanh, 1428}};

std::filesystem::path folder() {
  const char* data = std::getenv("GRADUS_DATA");
  return std::filesystem::path(data ? data : "") / "numpy_umath";
}

template <class T>
struct Rows {
  std::vector<T> x, want;
  std::vector<double> bound;
};

// How many steps from number to number lead from one to the other; NaN is NaN.
template <class T>
double steps_between(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : std::numeric_limits<double>::infinity();
  using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const auto place = [](T v) {
    constexpr Word sign = Word(1) << (8 * sizeof(T) - 1);
    const auto bits = std::bit_cast<Word>(v);
    return bits & sign ? Word(sign - (bits ^ sign)) : Word(bits + sign);
  };
  const Word p = place(a), q = place(b);
  return static_cast<double>(p > q ? p - q : q - p);
}

struct Outcome {
  std::int64_t rows = 0, wrong = 0;
  double worst = 0;
};

template <class T>
Outcome run(const Set& set, const Rows<T>& rows) {
  Outcome out;
  const std::vector<T> got = [&] {
    const Tensor y = set.function(Tensor::from(rows.x, {static_cast<std::int64_t>(rows.x.size())}));
    const auto values = y.values<T>();
    return std::vector<T>(values.begin(), values.end());
  }();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = steps_between(got[i], rows.want[i]);
    out.worst = std::max(out.worst, error);
    ++out.rows;
    if (error <= rows.bound[i]) continue;
    ++out.wrong;
    if (out.wrong < 4) ADD_FAILURE() << set.file << '(' << rows.x[i] << ") = " << got[i] << ", not " << rows.want[i] << ": " << error << " ULP";
  }
  return out;
}

template <class T, class Word>
void add(Rows<T>& rows, const std::string& x, const std::string& want, double bound) {
  const auto number = [](const std::string& text) {
    Word bits = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    EXPECT_TRUE(error == std::errc() && end == text.data() + text.size()) << text;
    return std::bit_cast<T>(bits);
  };
  rows.x.push_back(number(x)), rows.want.push_back(number(want)), rows.bound.push_back(bound);
}

class Umath : public testing::TestWithParam<Set> {};

TEST_P(Umath, is_within_the_bound_of_every_row) {
  const Set& set = GetParam();
  const auto path = folder() / ("umath-validation-set-" + std::string(set.file) + ".csv");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path.string() << " is not here (GRADUS_DATA)";
  std::ifstream file(path);
  Rows<float> narrow;
  Rows<double> wide;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> cells{""};
    for (const char c : line) {
      if (c == ',') cells.emplace_back();
      else if (c != '\r' && c != ' ') cells.back() += c;
    }
    ASSERT_EQ(cells.size(), 4u) << line;
    const double bound = std::stod(cells[3]);
    if (cells[0] == "np.float32") add<float, std::uint32_t>(narrow, cells[1], cells[2], bound);
    else if (cells[0] == "np.float64") add<double, std::uint64_t>(wide, cells[1], cells[2], bound);
    else ADD_FAILURE() << line;
  }
  const Outcome f32 = run(set, narrow), f64 = run(set, wide);
  std::printf("%-8s f32: %4lld rows, worst %g ULP of %g   f64: %4lld rows, worst %g ULP of %g\n", set.file, static_cast<long long>(f32.rows),
              f32.worst, narrow.bound.at(0), static_cast<long long>(f64.rows), f64.worst, wide.bound.at(0));
  EXPECT_EQ(f32.rows + f64.rows, set.rows);
  EXPECT_EQ(f32.wrong + f64.wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Numpy, Umath, testing::ValuesIn(sets), [](const testing::TestParamInfo<Set>& tested) { return std::string(tested.param.file); });

}  // namespace
}  // namespace gradus
