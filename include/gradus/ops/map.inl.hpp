// The elementwise operations: one struct each, and nothing else anywhere (but the word in list.hpp).
// No include guard: this text is compiled in gradus::ops, and again inside every SIMD target.
//
//   f        the value, from lanes of any kind: Scalar, Pack, Expr, Probe, Tensor
//   df       for one input: the derivative times t, given the input x, the result y and t (linear in t)
//   da db dc for several: the same with respect to the first, second, third input
//   domain   where generated tests sample (domains: one range per input)
//   kink     zero where the derivative jumps: tests keep away from there
//   floating integers are computed as floats; boolean: the result is a truth value
// An input without a derivative is a constant for the backward pass.

struct Neg {
  using family = Map<1>;
  static constexpr auto name = "neg", doc = "Negative.", math = "-x";
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return -x; }
  static constexpr auto df(auto, auto, auto t) { return -t; }
};

struct Abs {
  using family = Map<1>;
  static constexpr auto name = "abs", doc = "Absolute value; the derivative at 0 is 0.", math = "abs(x)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x; }
  static constexpr auto f(auto x) { return abs(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * sign(x); }
};

struct Sign {
  using family = Map<1>;
  static constexpr auto name = "sign", doc = "-1, 0 or 1; a constant for derivatives.", math = "sign(x)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x; }
  static constexpr auto f(auto x) { return sign(x); }
};

struct Square {
  using family = Map<1>;
  static constexpr auto name = "square", doc = "Product with itself.", math = "x * x";
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return x * x; }
  static constexpr auto df(auto x, auto, auto t) { return t * (2 * x); }
};

struct Sqrt {
  using family = Map<1>;
  static constexpr auto name = "sqrt", doc = "Square root; NaN below 0.", math = "sqrt(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.1, 8};
  static constexpr auto f(auto x) { return sqrt(x); }
  static constexpr auto df(auto, auto y, auto t) { return t / (2 * y); }
};

struct Exp {
  using family = Map<1>;
  static constexpr auto name = "exp", doc = "Exponential function.", math = "exp(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return exp(x); }
  static constexpr auto df(auto, auto y, auto t) { return t * y; }
};

struct Expm1 {
  using family = Map<1>;
  static constexpr auto name = "expm1", doc = "exp(x) - 1, exact near 0.", math = "exp(x) - 1";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return expm1(x); }
  static constexpr auto df(auto, auto y, auto t) { return t * (y + 1); }
};

struct Log {
  using family = Map<1>;
  static constexpr auto name = "log", doc = "Natural logarithm; -inf at 0, NaN below.", math = "log(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.1, 8};
  static constexpr auto f(auto x) { return log(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / x; }
};

struct Log1p {
  using family = Map<1>;
  static constexpr auto name = "log1p", doc = "log(1 + x), exact near 0.", math = "log(1 + x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-0.8, 8};
  static constexpr auto f(auto x) { return log1p(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / (1 + x); }
};

struct Sin {
  using family = Map<1>;
  static constexpr auto name = "sin", doc = "Sine of an angle in radians.", math = "sin(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-6, 6};
  static constexpr auto f(auto x) { return sin(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * cos(x); }
};

struct Cos {
  using family = Map<1>;
  static constexpr auto name = "cos", doc = "Cosine of an angle in radians.", math = "cos(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-6, 6};
  static constexpr auto f(auto x) { return cos(x); }
  static constexpr auto df(auto x, auto, auto t) { return -(t * sin(x)); }
};

struct Tanh {
  using family = Map<1>;
  static constexpr auto name = "tanh", doc = "Hyperbolic tangent.", math = "tanh(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return tanh(x); }
  static constexpr auto df(auto, auto y, auto t) { return t * (1 - y * y); }
};

struct Floor {
  using family = Map<1>;
  static constexpr auto name = "floor", doc = "The largest integer not above x; a constant for derivatives.", math = "floor(x)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x - rint(x); }
  static constexpr auto f(auto x) { return floor(x); }
};

struct Ceil {
  using family = Map<1>;
  static constexpr auto name = "ceil", doc = "The smallest integer not below x; a constant for derivatives.",
                        math = "-floor(-x)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x - rint(x); }
  static constexpr auto f(auto x) { return -floor(-x); }
};

struct Round {
  using family = Map<1>;
  static constexpr auto name = "round", doc = "The nearest integer, the even one of two; a constant for derivatives.",
                        math = "round(x)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x - 0.5 - rint(x - 0.5); }
  static constexpr auto f(auto x) { return rint(x); }
};

struct Trunc {
  using family = Map<1>;
  static constexpr auto name = "trunc", doc = "x without its fraction; a constant for derivatives.",
                        math = "sign(x) * floor(abs(x))";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x - rint(x); }
  static constexpr auto f(auto x) { return sign(x) * floor(abs(x)); }
};

struct IsNan {
  using family = Map<1>;
  static constexpr auto name = "isnan", doc = "Whether x is NaN.", math = "x != x";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return select(x != x, 1, 0); }
};

struct IsInf {
  using family = Map<1>;
  static constexpr auto name = "isinf", doc = "Whether x is infinite.", math = "(x == x) & (x - x != 0)";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return select((x == x) & (x - x != 0), 1, 0); }
};

struct IsFinite {
  using family = Map<1>;
  static constexpr auto name = "isfinite", doc = "Whether x is neither infinite nor NaN.", math = "x - x == 0";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return select(x - x == 0, 1, 0); }
};

struct LogicalNot {
  using family = Map<1>;
  static constexpr auto name = "logical_not", doc = "Whether x is zero.", math = "x == 0";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x; }
  static constexpr auto f(auto x) { return select(x == 0, 1, 0); }
};

struct Reciprocal {
  using family = Map<1>;
  static constexpr auto name = "reciprocal", doc = "1 / x.", math = "1 / x";
  static constexpr bool floating = true;
  static constexpr Range domain{0.3, 4};
  static constexpr auto f(auto x) { return 1 / x; }
  static constexpr auto df(auto, auto y, auto t) { return -(t * (y * y)); }
};

struct Rsqrt {
  using family = Map<1>;
  static constexpr auto name = "rsqrt", doc = "1 / sqrt(x); infinite at 0, NaN below.", math = "1 / sqrt(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.2, 8};
  static constexpr auto f(auto x) { return 1 / sqrt(x); }
  static constexpr auto df(auto x, auto y, auto t) { return -(t * (y / (2 * x))); }
};

struct Tan {
  using family = Map<1>;
  static constexpr auto name = "tan", doc = "Tangent of an angle in radians.", math = "sin(x) / cos(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-1.2, 1.2};
  static constexpr auto f(auto x) { return tan(x); }
  static constexpr auto df(auto, auto y, auto t) { return t * (1 + y * y); }
};

struct Sinh {
  using family = Map<1>;
  static constexpr auto name = "sinh", doc = "Hyperbolic sine.", math = "(exp(x) - exp(-x)) / 2";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return sinh(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * cosh(x); }
};

struct Cosh {
  using family = Map<1>;
  static constexpr auto name = "cosh", doc = "Hyperbolic cosine.", math = "(exp(x) + exp(-x)) / 2";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return cosh(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * sinh(x); }
};

struct Asinh {
  using family = Map<1>;
  static constexpr auto name = "asinh", doc = "Inverse of sinh.", math = "log(x + sqrt(x * x + 1))";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return asinh(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / sqrt(1 + x * x); }
};

struct Acosh {
  using family = Map<1>;
  static constexpr auto name = "acosh", doc = "Inverse of cosh, not negative; NaN below 1.", math = "log(x + sqrt(x * x - 1))";
  static constexpr bool floating = true;
  static constexpr Range domain{1.1, 8};
  static constexpr auto f(auto x) { return acosh(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / (sqrt(x - 1) * sqrt(x + 1)); }
};

struct Atanh {
  using family = Map<1>;
  static constexpr auto name = "atanh", doc = "Inverse of tanh; infinite at -1 and 1, NaN outside.",
                        math = "log((1 + x) / (1 - x)) / 2";
  static constexpr bool floating = true;
  static constexpr Range domain{-0.8, 0.8};
  static constexpr auto f(auto x) { return atanh(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / ((1 - x) * (1 + x)); }
};

struct Erf {
  using family = Map<1>;
  static constexpr auto name = "erf", doc = "Error function.", math = "erf(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return erf(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * (1.1283791670955126 * exp(-(x * x))); }  // 2 / sqrt(pi)
};

struct Add {
  using family = Map<2>;
  static constexpr auto name = "add", doc = "Sum of two.", math = "a + b";
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto a, auto b) { return a + b; }
  static constexpr auto da(auto, auto, auto, auto t) { return t; }
  static constexpr auto db(auto, auto, auto, auto t) { return t; }
};

struct Sub {
  using family = Map<2>;
  static constexpr auto name = "sub", doc = "Difference.", math = "a - b";
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto a, auto b) { return a - b; }
  static constexpr auto da(auto, auto, auto, auto t) { return t; }
  static constexpr auto db(auto, auto, auto, auto t) { return -t; }
};

struct Mul {
  using family = Map<2>;
  static constexpr auto name = "mul", doc = "Product, element by element.", math = "a * b";
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto a, auto b) { return a * b; }
  static constexpr auto da(auto, auto b, auto, auto t) { return t * b; }
  static constexpr auto db(auto a, auto, auto, auto t) { return t * a; }
};

struct Div {
  using family = Map<2>;
  static constexpr auto name = "div", doc = "Quotient; integers are divided as floats.", math = "a / b";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{-4, 4}, {0.3, 4}};
  static constexpr auto f(auto a, auto b) { return a / b; }
  static constexpr auto da(auto, auto b, auto, auto t) { return t / b; }
  static constexpr auto db(auto, auto b, auto y, auto t) { return -(t * y / b); }
};

struct Pow {
  using family = Map<2>;
  static constexpr auto name = "pow", doc = "a to the power b; pow(0, 0) is 1.", math = "pow(a, b)";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{0.2, 3}, {-3, 3}};
  static constexpr auto f(auto a, auto b) { return pow(a, b); }
  // The bases are guarded, not the results: 0 * inf would be NaN.
  static constexpr auto da(auto a, auto b, auto, auto t) { return t * b * pow(select(b == 0, 1, a), b - 1); }
  static constexpr auto db(auto a, auto b, auto y, auto t) { return t * y * log(select(a == 0, select(b < 0, a, 1), a)); }
};

struct Maximum {
  using family = Map<2>;
  static constexpr auto name = "maximum", doc = "The larger of two; NaN if one is. A tie shares the derivative.", math = "max(a, b)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return max(a, b); }
  static constexpr auto da(auto a, auto b, auto, auto t) { return select(a == b, t * 0.5, select(a > b, t, 0)); }
  static constexpr auto db(auto a, auto b, auto, auto t) { return select(a == b, t * 0.5, select(b > a, t, 0)); }
};

struct Minimum {
  using family = Map<2>;
  static constexpr auto name = "minimum", doc = "The smaller of two; NaN if one is. A tie shares the derivative.", math = "min(a, b)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return min(a, b); }
  static constexpr auto da(auto a, auto b, auto, auto t) { return select(a == b, t * 0.5, select(a < b, t, 0)); }
  static constexpr auto db(auto a, auto b, auto, auto t) { return select(a == b, t * 0.5, select(b < a, t, 0)); }
};

struct Equal {
  using family = Map<2>;
  static constexpr auto name = "equal", doc = "Whether two are equal.", math = "a == b";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return select(a == b, 1, 0); }
};

struct NotEqual {
  using family = Map<2>;
  static constexpr auto name = "not_equal", doc = "Whether two differ.", math = "a != b";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return select(a != b, 1, 0); }
};

struct Less {
  using family = Map<2>;
  static constexpr auto name = "less", doc = "Whether the first is smaller.", math = "a < b";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return select(a < b, 1, 0); }
};

struct LessEqual {
  using family = Map<2>;
  static constexpr auto name = "less_equal", doc = "Whether the first is not larger.", math = "a <= b";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return select(a <= b, 1, 0); }
};

struct Greater {
  using family = Map<2>;
  static constexpr auto name = "greater", doc = "Whether the first is larger.", math = "a > b";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return select(a > b, 1, 0); }
};

struct GreaterEqual {
  using family = Map<2>;
  static constexpr auto name = "greater_equal", doc = "Whether the first is not smaller.", math = "a >= b";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a - b; }
  static constexpr auto f(auto a, auto b) { return select(a >= b, 1, 0); }
};

struct LogicalAnd {
  using family = Map<2>;
  static constexpr auto name = "logical_and", doc = "Whether both are not zero.", math = "(a != 0) & (b != 0)";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a * b; }
  static constexpr auto f(auto a, auto b) { return select((a != 0) & (b != 0), 1, 0); }
};

struct LogicalOr {
  using family = Map<2>;
  static constexpr auto name = "logical_or", doc = "Whether one of two is not zero.", math = "(a != 0) | (b != 0)";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a * b; }
  static constexpr auto f(auto a, auto b) { return select((a != 0) | (b != 0), 1, 0); }
};

struct LogicalXor {
  using family = Map<2>;
  static constexpr auto name = "logical_xor", doc = "Whether exactly one of two is not zero.", math = "select(a != 0, b == 0, b != 0)";
  static constexpr bool boolean = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto b) { return a * b; }
  static constexpr auto f(auto a, auto b) { return select(a != 0, select(b == 0, 1, 0), select(b == 0, 0, 1)); }
};

struct Lerp {
  using family = Map<3>;
  static constexpr auto name = "lerp", doc = "From a to b by the share c: a at 0, b at 1.", math = "a + c * (b - a)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto a, auto b, auto c) { return a + c * (b - a); }
  static constexpr auto da(auto, auto, auto c, auto, auto t) { return t * (1 - c); }
  static constexpr auto db(auto, auto, auto c, auto, auto t) { return t * c; }
  static constexpr auto dc(auto a, auto b, auto, auto, auto t) { return t * (b - a); }
};

struct Where {
  using family = Map<3>;
  static constexpr auto name = "where", doc = "The second where the first is true (not zero), else the third.",
                        math = "select(a != 0, b, c)";
  static constexpr bool chooses = true;  // the first input is a condition: it does not decide the dtype
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto a, auto, auto) { return a; }
  static constexpr auto f(auto a, auto b, auto c) { return select(a != 0, b, c); }
  static constexpr auto db(auto a, auto, auto, auto, auto t) { return select(a != 0, t, 0); }
  static constexpr auto dc(auto a, auto, auto, auto, auto t) { return select(a != 0, 0, t); }
};
