// Activation functions, written like those of map.inl.hpp.
// No include guard: compiled in gradus::ops, and again inside every SIMD target, after map.inl.hpp.

// 1 / (1 + exp(-x)). Lanes have a function of their own, which is right where exp(-x) overflows.
constexpr auto sigmoid_of(auto x) {
  if constexpr (requires { logistic(x); }) return logistic(x);
  else return 1 / (1 + exp(-x));
}

struct Sigmoid {
  using family = Map<1>;
  static constexpr auto name = "sigmoid", doc = "Logistic function; does not overflow.", math = "1 / (1 + exp(-x))";
  static constexpr bool floating = true;
  static constexpr Range domain{-8, 8};
  static constexpr auto f(auto x) { return sigmoid_of(x); }
  static constexpr auto df(auto, auto y, auto t) { return t * (y * (1 - y)); }
};

struct Softplus {
  using family = Map<1>;
  static constexpr auto name = "softplus", doc = "Smooth relu; does not overflow.", math = "log(1 + exp(x))";
  static constexpr bool floating = true;
  static constexpr Range domain{-8, 8};
  static constexpr auto f(auto x) { return select(x < 0, 0, x) + log1p(exp(-abs(x))); }
  // sigmoid(x), written with y: smooth at 0 also when it is differentiated again
  static constexpr auto df(auto, auto y, auto t) { return -(t * expm1(-y)); }
};

struct Relu {
  using family = Map<1>;
  static constexpr auto name = "relu", doc = "x where it is positive, else 0; the derivative at 0 is 0.", math = "max(x, 0)";
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x; }
  static constexpr auto f(auto x) { return select(x < 0, 0, x); }  // in this order NaN stays NaN
  static constexpr auto df(auto, auto y, auto t) { return select(y > 0, t, 0); }
};

struct LogSigmoid {
  using family = Map<1>;
  static constexpr auto name = "log_sigmoid", doc = "log(sigmoid(x)); does not overflow.", math = "-log(1 + exp(-x))";
  static constexpr bool floating = true;
  static constexpr Range domain{-8, 8};
  static constexpr auto f(auto x) { return select(x < 0, x, 0) - log1p(exp(-abs(x))); }
  static constexpr auto df(auto, auto y, auto t) { return -(t * expm1(y)); }  // sigmoid(-x)
};

struct Softsign {
  using family = Map<1>;
  static constexpr auto name = "softsign", doc = "x / (1 + |x|).", math = "x / (1 + abs(x))";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return x / (1 + abs(x)); }
  static constexpr auto df(auto x, auto, auto t) { return t / square(1 + abs(x)); }
};

struct Silu {
  using family = Map<1>;
  static constexpr auto name = "silu", doc = "x sigmoid(x), also called swish (Elfwing et al. 2017).",
                        math = "x / (1 + exp(-x))";
  static constexpr bool floating = true;
  static constexpr Range domain{-8, 8};
  static constexpr auto f(auto x) { return x * sigmoid_of(x); }
  static constexpr auto df(auto x, auto y, auto t) {
    auto s = sigmoid_of(x);
    return t * (s + y * (1 - s));
  }
};

// The normal distribution function. Float lanes have one of their own.
constexpr auto normal_below(auto x) {
  if constexpr (requires { ndtr(x); }) return ndtr(x);
  else return 0.5 * (1 + erf(x * 0.7071067811865476));
}

struct Gelu {
  using family = Map<1>;
  static constexpr auto name = "gelu", doc = "x times the normal distribution function (Hendrycks and Gimpel 2016).",
                        math = "x * (1 + erf(x / sqrt(2))) / 2";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return x * normal_below(x); }
  static constexpr auto df(auto x, auto, auto t) {
    return t * (normal_below(x) + x * (0.3989422804014327 * exp(-0.5 * (x * x))));  // 1 / sqrt(2 pi)
  }
};

struct GeluTanh {
  using family = Map<1>;
  static constexpr auto name = "gelu_tanh", doc = "gelu by a tanh (Hendrycks and Gimpel 2016, section 2).",
                        math = "x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))) / 2";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto f(auto x) { return x * (0.5 * (1 + tanh(0.7978845608028654 * (x + 0.044715 * (x * x * x))))); }
  static constexpr auto df(auto x, auto, auto t) {
    auto h = tanh(0.7978845608028654 * (x + 0.044715 * (x * x * x)));
    return t * (0.5 * (1 + h) + 0.5 * x * ((1 - h * h) * (0.7978845608028654 * (1 + 0.134145 * (x * x)))));
  }
};

struct Mish {
  using family = Map<1>;
  static constexpr auto name = "mish", doc = "x tanh(softplus(x)) (Misra 2019).", math = "x * tanh(log(1 + exp(x)))";
  static constexpr bool floating = true;
  static constexpr Range domain{-8, 8};
  static constexpr auto f(auto x) {
    auto e = exp(select(x < 20, x, 20)), n = e * (e + 2);
    return x * (n / (n + 2));
  }
  static constexpr auto df(auto x, auto, auto t) {
    auto e = exp(select(x < 20, x, 20)), n = e * (e + 2), h = n / (n + 2);
    return t * (h + x * ((1 - h * h) * (e / (1 + e))));
  }
};

struct Elu {
  using family = Map<2>;
  static constexpr auto name = "elu", doc = "a where it is positive, else b (exp(a) - 1) (Clevert et al. 2015).",
                        math = "select(a > 0, a, b * (exp(a) - 1))";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{-4, 4}, {0.3, 2}};
  static constexpr auto kink(auto a, auto) { return a; }
  static constexpr auto f(auto a, auto b) { return select(a > 0, a, b * expm1(select(a > 0, 0, a))); }
  static constexpr auto da(auto a, auto b, auto y, auto t) { return select(a > 0, t, t * (y + b)); }
  static constexpr auto db(auto a, auto, auto, auto t) { return t * expm1(select(a > 0, 0, a)); }
};

struct Celu {
  using family = Map<2>;
  static constexpr auto name = "celu", doc = "elu with a continuous derivative for every b (Barron 2017).",
                        math = "max(a, 0) + min(0, b * (exp(a / b) - 1))";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{-4, 4}, {0.3, 2}};
  static constexpr auto kink(auto a, auto) { return a; }
  static constexpr auto f(auto a, auto b) { return select(a > 0, a, b * expm1(select(a > 0, 0, a) / b)); }
  static constexpr auto da(auto a, auto b, auto, auto t) { return t * exp(select(a > 0, 0, a) / b); }
  static constexpr auto db(auto a, auto b, auto, auto t) {
    auto q = select(a > 0, 0, a) / b, e = expm1(q);
    return t * (e - q * (e + 1));
  }
};

struct Prelu {
  using family = Map<2>;
  static constexpr auto name = "prelu", doc = "a where it is positive, else b a (He et al. 2015).", math = "select(a > 0, a, b * a)";
  static constexpr bool floating = true;
  static constexpr Range domains[] = {{-4, 4}, {-0.5, 0.7}};
  static constexpr auto kink(auto a, auto) { return a; }
  static constexpr auto f(auto a, auto b) { return select(a > 0, a, b * a); }
  static constexpr auto da(auto a, auto b, auto, auto t) { return select(a > 0, t, t * b); }
  static constexpr auto db(auto a, auto, auto, auto t) { return select(a > 0, 0, t * a); }
};

struct Selu {
  using family = Map<1>;
  static constexpr auto name = "selu", doc = "Self-normalising elu (Klambauer et al. 2017).",
                        math = "1.0507009873554805 * select(x > 0, x, 1.6732632423543772 * (exp(x) - 1))";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x; }
  static constexpr auto f(auto x) {
    return 1.0507009873554805 * select(x > 0, x, 1.6732632423543772 * expm1(select(x > 0, 0, x)));
  }
  static constexpr auto df(auto x, auto y, auto t) { return select(x > 0, t * 1.0507009873554805, t * (y + 1.7580993408473766)); }
};

struct Relu6 {
  using family = Map<1>;
  static constexpr auto name = "relu6", doc = "x cut to 0..6.", math = "min(max(x, 0), 6)";
  static constexpr Range domain{-4, 10};
  static constexpr auto kink(auto x) { return x * (x - 6); }
  static constexpr auto f(auto x) { return select(x < 0, 0, select(x > 6, 6, x)); }
  static constexpr auto df(auto, auto y, auto t) { return select(y > 0, select(y < 6, t, 0), 0); }
};

struct HardTanh {
  using family = Map<1>;
  static constexpr auto name = "hard_tanh", doc = "x cut to -1..1.", math = "min(max(x, -1), 1)";
  static constexpr bool floating = true;
  static constexpr Range domain{-4, 4};
  static constexpr auto kink(auto x) { return (x - 1) * (x + 1); }
  static constexpr auto f(auto x) { return select(x < -1, -1, select(x > 1, 1, x)); }
  static constexpr auto df(auto, auto y, auto t) { return select(y > -1, select(y < 1, t, 0), 0); }
};

struct HardSigmoid {
  using family = Map<1>;
  static constexpr auto name = "hard_sigmoid", doc = "x / 6 + 1 / 2 cut to 0..1.", math = "min(max(x / 6 + 0.5, 0), 1)";
  static constexpr bool floating = true;
  static constexpr Range domain{-5, 5};
  static constexpr auto kink(auto x) { return (x - 3) * (x + 3); }
  static constexpr auto f(auto x) { return select(x < -3, 0, select(x > 3, 1, x / 6 + 0.5)); }
  static constexpr auto df(auto x, auto, auto t) { return select(x > -3, select(x < 3, t / 6, 0), 0); }
};

struct HardSwish {
  using family = Map<1>;
  static constexpr auto name = "hard_swish", doc = "x hard_sigmoid(x) (Howard et al. 2019).",
                        math = "x * min(max(x / 6 + 0.5, 0), 1)";
  static constexpr bool floating = true;
  static constexpr Range domain{-5, 5};
  static constexpr auto kink(auto x) { return (x - 3) * (x + 3); }
  static constexpr auto f(auto x) { return select(x < -3, 0, select(x > 3, x, x * (x / 6 + 0.5))); }
  static constexpr auto df(auto x, auto, auto t) { return select(x > -3, select(x < 3, t * (x / 3 + 0.5), t), 0); }
};
