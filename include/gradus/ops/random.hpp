// Random tensors by the Philox generator: pure functions of (seed, stream, position). Each function draws from the generator that it is
// given, or from a fresh stream of this thread's default one (manual_seed). The numbers are constants: they have no derivative, and
// under vmap all examples get the same ones unless the shape has an axis for them.
#pragma once
#include "../base/random.hpp"
#include "define.hpp"

namespace gradus::ops {

// Input: a key, i64 [2]: a seed and a stream. The result depends on nothing but the key and the position of each element, so it is the
// same for every number of threads and every instruction set.

// 16 random bits for each element: p is rounded to a multiple of 1/65536; 0 and 1 are exact.
struct Bernoulli {
  using family = Draw;
  static constexpr auto name = "bernoulli", doc = "True with probability p, rounded to 1/65536.";
  double p = 0.5;
  Shape shape_of_result = {};
  Spec shape(Inputs x) const;
  static std::vector<Case> cases();
};

struct Uniform {
  using family = Draw;
  static constexpr auto name = "uniform", doc = "Uniform in low..high, high excluded; f32 (24 random bits) or f64 (52).";
  double low = 0, high = 1;
  Shape shape_of_result = {};
  Dtype dtype = Dtype::f32;
  Spec shape(Inputs x) const;
  static std::vector<Case> cases();
};

struct Normal {
  using family = Draw;
  static constexpr auto name = "normal", doc = "Normal with this mean and deviation, by Box and Muller; f32 or f64.";
  double mean = 0, deviation = 1;
  Shape shape_of_result = {};
  Dtype dtype = Dtype::f32;
  Spec shape(Inputs x) const;
  static std::vector<Case> cases();
};

struct RandInt {
  using family = Draw;
  static constexpr auto name = "randint", doc = "Integers low..high - 1, each as likely as the others; i64.";
  std::int64_t low = 0, high = 1;
  Shape shape_of_result = {};
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  static std::vector<Case> cases();
};

struct TruncatedNormal {
  using family = Draw;
  static constexpr auto name = "truncated_normal", doc = "Normal, cut to low..high, by rejection (Robert 1995); f32 or f64.";
  double mean = 0, deviation = 1, low = -2, high = 2;
  Shape shape_of_result = {};
  Dtype dtype = Dtype::f32;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_RANDOM_OPS(X) X(Bernoulli) X(Uniform) X(Normal) X(RandInt) X(TruncatedNormal)
GRADUS_RANDOM_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor random_key();  // (seed, stream) of a fresh stream of this thread's default generator, for the operations above

Tensor uniform(const Shape& shape, double low = 0, double high = 1, Dtype dtype = Dtype::f32);  // [low, high)
Tensor uniform(Random& random, const Shape& shape, double low = 0, double high = 1, Dtype dtype = Dtype::f32);
Tensor normal(const Shape& shape, double mean = 0, double deviation = 1, Dtype dtype = Dtype::f32);
Tensor normal(Random& random, const Shape& shape, double mean = 0, double deviation = 1, Dtype dtype = Dtype::f32);
// A normal distribution cut to low..high, both absolute as in PyTorch's trunc_normal_; by rejection, also far out.
Tensor truncated_normal(const Shape& shape, double mean = 0, double deviation = 1, double low = -2, double high = 2, Dtype dtype = Dtype::f32);
Tensor truncated_normal(Random& random, const Shape& shape, double mean = 0, double deviation = 1, double low = -2, double high = 2, Dtype dtype = Dtype::f32);
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, Dtype dtype = Dtype::i64);  // low..high - 1, without bias
Tensor randint(Random& random, const Shape& shape, std::int64_t low, std::int64_t high, Dtype dtype = Dtype::i64);
// 1 with probability p, else 0; p in 0..1, one for all of `shape`, or a tensor of them (whose numbers a compiled function cannot check).
Tensor bernoulli(double p, const Shape& shape, Dtype dtype = Dtype::f32);
Tensor bernoulli(Random& random, double p, const Shape& shape, Dtype dtype = Dtype::f32);
Tensor bernoulli(const Tensor& p);  // of p's shape and dtype
Tensor bernoulli(Random& random, const Tensor& p);
// Class numbers (i64) [..., count] drawn with replacement: from rows [..., classes] of logits, or of probabilities, which need not
// sum to 1 but be at least 0.
Tensor categorical(const Tensor& logits, std::int64_t count);
Tensor categorical(Random& random, const Tensor& logits, std::int64_t count);
Tensor multinomial(const Tensor& probabilities, std::int64_t count);
Tensor multinomial(Random& random, const Tensor& probabilities, std::int64_t count);
// 0..n - 1 in random order, i64. Like the two above it draws one number after the other, which a compiled function cannot do: TraceError.
Tensor permutation(std::int64_t n);
Tensor permutation(Random& random, std::int64_t n);

// x with entries set to 0 with probability p and the others divided by 1 - p. feature_dropout does so with whole channels of
// [N, C, ...]; alpha_dropout keeps mean and deviation of what selu gives (Klambauer et al. 2017).
Tensor dropout(const Tensor& x, double p = 0.5);
Tensor dropout(Random& random, const Tensor& x, double p = 0.5);
Tensor feature_dropout(const Tensor& x, double p = 0.5);
Tensor feature_dropout(Random& random, const Tensor& x, double p = 0.5);
Tensor alpha_dropout(const Tensor& x, double p = 0.5);
Tensor alpha_dropout(Random& random, const Tensor& x, double p = 0.5);

}  // namespace gradus
