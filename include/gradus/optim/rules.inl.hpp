// The update rules: one struct each, and nothing else anywhere (but the word in GRADUS_UPDATE_RULES). PyTorch's definitions.
// No include guard: this text is compiled in gradus::optim::rules, and again inside every SIMD target.
//
//   options        plain fields with their defaults; `lr` is the first
//   states         names of what is kept per parameter; kept() says how many of them these options need
//   fault()        what is wrong with the options, or null (that none is negative is checked for all rules)
//   numbers(t, lr) what step t = 1, 2, ... needs, as doubles, so that powers and roots are taken once per step
//   step           the formula: parameter p, gradient g, states s and the numbers c, all of one kind of lane

// g with weight decay; not touched by a p that is infinite when there is none.
template <class V>
constexpr V decayed(const V& g, const V& p, const V& decay) {
  return select(decay == 0, g, g + decay * p);
}

// The moments of Adam, and its step: p - rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps).
template <class V>
constexpr void adam_step(V& p, const V& g, V* s, const V* c) {
  s[0] = s[0] + c[0] * (g - s[0]);
  s[1] = c[1] * s[1] + c[2] * g * g;
  p = p - c[3] * s[0] / (sqrt(s[1]) * c[4] + c[5]);
}

struct SGD {  // momentum: Polyak 1964; nesterov: Sutskever et al. 2013
  double lr = 1e-3, momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;

  static constexpr auto name = "sgd";
  static constexpr const char* states[] = {"momentum"};
  constexpr int kept() const { return momentum == 0 ? 0 : 1; }
  constexpr const char* fault() const { return nesterov && momentum == 0 ? "nesterov needs a momentum above 0" : nullptr; }
  constexpr Numbers numbers(double, double rate) const { return {rate, momentum, nesterov ? 1.0 : 0.0, weight_decay}; }
  template <class V>
  static constexpr void step(V& p, const V& g, V* s, const V* c) {
    const V slope = decayed(g, p, c[3]);
    s[0] = c[1] * s[0] + slope;
    p = p - c[0] * select(c[2] == 0, s[0], slope + c[1] * s[0]);
  }
};

struct Adam {  // Kingma & Ba 2015
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;

  static constexpr auto name = "adam";
  static constexpr const char* states[] = {"mean", "square"};
  constexpr int kept() const { return 2; }
  constexpr const char* fault() const { return beta1 < 1 && beta2 < 1 ? nullptr : "beta1 and beta2 must be below 1"; }
  Numbers numbers(double t, double rate) const { return adam_numbers(t, rate, beta1, beta2, eps, weight_decay); }
  template <class V>
  static constexpr void step(V& p, const V& g, V* s, const V* c) {
    adam_step(p, decayed(g, p, c[6]), s, c);
  }
};

struct AdamW {  // Loshchilov & Hutter 2019: the decay acts on the parameter and not through the moments
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 1e-2;

  static constexpr auto name = "adamw";
  static constexpr const char* states[] = {"mean", "square"};
  constexpr int kept() const { return 2; }
  constexpr const char* fault() const { return beta1 < 1 && beta2 < 1 ? nullptr : "beta1 and beta2 must be below 1"; }
  Numbers numbers(double t, double rate) const { return adam_numbers(t, rate, beta1, beta2, eps, 1 - rate * weight_decay); }
  template <class V>
  static constexpr void step(V& p, const V& g, V* s, const V* c) {
    p = p * c[6];
    adam_step(p, g, s, c);
  }
};
