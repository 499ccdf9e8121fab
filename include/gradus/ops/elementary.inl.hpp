// Elementary and special functions, rests and bits, written like the operations of map.inl.hpp.
// No include guard: compiled in gradus::ops, and again inside every SIMD target, after map.inl.hpp.
//   integral  takes integers only; logical: and bools, which stay bools

struct Exp2 {
  using family = Map<1>;
  static constexpr auto name = "exp2", doc = "2 to the power x.", math = "2^x";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return exp2(x); }
  static constexpr auto df(auto, auto y, auto t) { return t * (y * 0.6931471805599453); }  // log(2)
};

struct Log2 {
  using family = Map<1>;
  static constexpr auto name = "log2", doc = "Logarithm to the base 2; -inf at 0, NaN below.", math = "log(x) / log(2)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.1, 8};
  static constexpr auto f(auto x) { return log2(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / (x * 0.6931471805599453); }
};

struct Log10 {
  using family = Map<1>;
  static constexpr auto name = "log10", doc = "Logarithm to the base 10; -inf at 0, NaN below.", math = "log(x) / log(10)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.1, 8};
  static constexpr auto f(auto x) { return log10(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / (x * 2.302585092994046); }
};

struct Cbrt {
  using family = Map<1>;
  static constexpr auto name = "cbrt", doc = "Cube root, also of negative numbers.", math = "sign(x) * abs(x)^(1 / 3)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.3, 8};
  static constexpr auto f(auto x) { return cbrt(x); }
  static constexpr auto df(auto, auto y, auto t) { return t / (3 * (y * y)); }
};

struct Asin {
  using family = Map<1>;
  static constexpr auto name = "asin", doc = "Inverse of sin, in -pi/2..pi/2; NaN outside -1..1.", math = "atan2(x, sqrt(1 - x * x))";
  static constexpr bool floating = true;
  static constexpr Range domain{-0.8, 0.8};
  static constexpr auto f(auto x) { return asin(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / sqrt((1 - x) * (1 + x)); }
};

struct Acos {
  using family = Map<1>;
  static constexpr auto name = "acos", doc = "Inverse of cos, in 0..pi; NaN outside -1..1.", math = "atan2(sqrt(1 - x * x), x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-0.8, 0.8};
  static constexpr auto f(auto x) { return acos(x); }
  static constexpr auto df(auto x, auto, auto t) { return -(t / sqrt((1 - x) * (1 + x))); }
};

struct Atan {
  using family = Map<1>;
  static constexpr auto name = "atan", doc = "Inverse of tan, in -pi/2..pi/2.", math = "atan2(x, 1)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return atan(x); }
  static constexpr auto df(auto x, auto, auto t) { return t / (1 + x * x); }
};

struct Erfc {
  using family = Map<1>;
  static constexpr auto name = "erfc", doc = "1 - erf(x), exact where that is small.", math = "1 - erf(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return erfc(x); }
  static constexpr auto df(auto x, auto, auto t) { return -(t * (1.1283791670955126 * exp(-(x * x)))); }  // 2 / sqrt(pi)
};

struct Lgamma {
  using family = Map<1>;
  static constexpr auto name = "lgamma", doc = "Logarithm of the absolute value of the gamma function; infinite at 0, -1, -2, ...",
                        math = "lgamma(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.3, 8};
  static constexpr auto f(auto x) { return lgamma(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * digamma(x); }
};

struct Digamma {
  using family = Map<1>;
  static constexpr auto name = "digamma", doc = "Derivative of lgamma; NaN at -1, -2, ...", math = "digamma(x)";
  static constexpr bool floating = true;
  static constexpr Range domain{0.5, 8};
  static constexpr auto f(auto x) { return digamma(x); }
  static constexpr auto df(auto x, auto, auto t) { return t * polygamma(1, x); }
};

struct Polygamma {
  using family = Map<2>;
  static constexpr auto name = "polygamma", doc = "Derivative number a of digamma at b; NaN if a is not 0, 1, 2, ...",
                        math = "polygamma(a, b)";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{0, 4, true}, {0.7, 6}};
  static constexpr auto f(auto a, auto b) { return polygamma(a, b); }
  static constexpr auto db(auto a, auto b, auto, auto t) { return t * polygamma(a + 1, b); }
};

struct Atan2 {
  using family = Map<2>;
  static constexpr auto name = "atan2", doc = "Angle of the point (b, a) from the first axis, in -pi..pi.", math = "atan2(a, b)";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{-4, 4}, {0.3, 4}};
  static constexpr auto f(auto a, auto b) { return atan2(a, b); }
  static constexpr auto da(auto a, auto b, auto, auto t) { return t * (b / (a * a + b * b)); }
  static constexpr auto db(auto a, auto b, auto, auto t) { return -(t * (a / (a * a + b * b))); }
};

struct Fmod {
  using family = Map<2>;
  static constexpr auto name = "fmod", doc = "Rest of the division with the sign of a; exact. Of integers by 0 an error.",
                        math = "a - b * trunc(a / b)";
  static constexpr Range domains[] = {{-4, 4}, {1.3, 3.7}};
  static constexpr auto kink(auto a, auto b) { return a / b - rint(a / b); }
  static constexpr auto f(auto a, auto b) { return fmod(a, b); }
  static constexpr auto da(auto, auto, auto, auto t) { return t; }
  static constexpr auto db(auto a, auto b, auto y, auto t) { return -(t * rint((a - y) / b)); }  // a / b, once rounded, may be the next integer
};

struct Remainder {
  using family = Map<2>;
  static constexpr auto name = "remainder", doc = "Rest of the division with the sign of b; exact but for one sum. Of integers by 0 an error.",
                        math = "a - b * floor(a / b)";
  static constexpr Range domains[] = {{-4, 4}, {1.3, 3.7}};
  static constexpr auto kink(auto a, auto b) { return a / b - rint(a / b); }
  static constexpr auto f(auto a, auto b) { return remainder(a, b); }
  static constexpr auto da(auto, auto, auto, auto t) { return t; }
  static constexpr auto db(auto a, auto b, auto y, auto t) { return -(t * rint((a - y) / b)); }  // a / b, once rounded, may be the next integer
};

struct Clip {
  using family = Map<3>;
  static constexpr auto name = "clip", doc = "a cut to b..c; c where b > c. The derivative inside counts at the ends too.",
                        math = "min(max(a, b), c)";
  static constexpr Range domains[] = {{-4, 4}, {-2, -0.5}, {0.5, 2}};
  static constexpr auto kink(auto a, auto b, auto c) { return (a - b) * (a - c); }
  static constexpr auto f(auto a, auto b, auto c) { return min(max(a, b), c); }
  static constexpr auto da(auto a, auto b, auto c, auto, auto t) { return select(a >= b, select(a <= c, t, 0), 0); }
  static constexpr auto db(auto a, auto b, auto c, auto, auto t) { return select(a < b, select(b < c, t, 0), 0); }
  static constexpr auto dc(auto a, auto b, auto c, auto, auto t) { return select(a > c, t, select(b > c, t, 0)); }
};

struct BitwiseAnd {
  using family = Map<2>;
  static constexpr auto name = "bitwise_and", doc = "Bits that are set in both; of bools whether both are true.",
                        math = "bitwise_and(a, b)";
  static constexpr bool integral = true, logical = true;
  static constexpr Range domain{-50, 50, true};
  static constexpr auto f(auto a, auto b) { return bitwise_and(a, b); }
};

struct BitwiseOr {
  using family = Map<2>;
  static constexpr auto name = "bitwise_or", doc = "Bits that are set in one of two; of bools whether one is true.",
                        math = "bitwise_or(a, b)";
  static constexpr bool integral = true, logical = true;
  static constexpr Range domain{-50, 50, true};
  static constexpr auto f(auto a, auto b) { return bitwise_or(a, b); }
};

struct BitwiseXor {
  using family = Map<2>;
  static constexpr auto name = "bitwise_xor", doc = "Bits that differ; of bools whether they differ.", math = "bitwise_xor(a, b)";
  static constexpr bool integral = true, logical = true;
  static constexpr Range domain{-50, 50, true};
  static constexpr auto f(auto a, auto b) { return bitwise_xor(a, b); }
};

struct LeftShift {
  using family = Map<2>;
  static constexpr auto name = "left_shift", doc = "a with its bits b places higher; 0 if there are no such places.", math = "a * 2^b";
  static constexpr bool integral = true;
  static constexpr Range domains[] = {{-50, 50, true}, {0, 20, true}};
  static constexpr auto f(auto a, auto b) { return left_shift(a, b); }
};

struct RightShift {
  using family = Map<2>;
  static constexpr auto name = "right_shift", doc = "a with its bits b places lower, rounded down; its sign if there are no such places.",
                        math = "floor(a / 2^b)";
  static constexpr bool integral = true;
  static constexpr Range domains[] = {{-50, 50, true}, {0, 20, true}};
  static constexpr auto f(auto a, auto b) { return right_shift(a, b); }
};
