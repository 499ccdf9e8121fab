// Scans: running sums, products, extremes along one axis. Sums and products are one linear recurrence, whose derivatives are
// linear recurrences again. Also Reduce: see reduce.hpp.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct LinearScan {
  using family = Reduce;
  static constexpr auto name = "linear_scan", doc = "h[i] = a[i] * h[i - 1] + b[i] along one axis, from h[-1] = 0; in reverse from the last entry down. f32 is carried in f64.";
  static constexpr int inputs = 2;
  std::int64_t axis = -1;
  bool reverse = false;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Cumsum {
  using family = Reduce;
  static constexpr auto name = "cumsum", doc = "Running sum along one axis; integers and bools are summed as i64.";
  std::int64_t axis = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Cumprod {
  using family = Reduce;
  static constexpr auto name = "cumprod", doc = "Running product along one axis; integers and bools are multiplied as i64. Its derivatives are right where elements are zero.";
  std::int64_t axis = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Cumargmax {
  using family = Reduce;
  static constexpr auto name = "cumargmax", doc = "Place of the largest element so far along one axis, the last of equals; a NaN counts as largest.";
  std::int64_t axis = -1;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Cumargmin {
  using family = Reduce;
  static constexpr auto name = "cumargmin", doc = "Place of the smallest element so far along one axis, the last of equals; a NaN counts as smallest.";
  std::int64_t axis = -1;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Cummax {
  using family = Reduce;
  static constexpr auto name = "cummax", doc = "Largest element so far along one axis; NaN from the first NaN on.";
  std::int64_t axis = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Cummin {
  using family = Reduce;
  static constexpr auto name = "cummin", doc = "Smallest element so far along one axis; NaN from the first NaN on.";
  std::int64_t axis = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_SCAN_OPS(X) X(LinearScan) X(Cumsum) X(Cumprod) X(Cumargmax) X(Cumargmin) X(Cummax) X(Cummin)
GRADUS_SCAN_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor linear_scan(const Tensor& a, const Tensor& b, std::int64_t axis = -1, bool reverse = false);  // a and b broadcast
Tensor cumsum(const Tensor& x, std::int64_t axis = -1);
Tensor cumprod(const Tensor& x, std::int64_t axis = -1);
Tensor cummax(const Tensor& x, std::int64_t axis = -1);
Tensor cummin(const Tensor& x, std::int64_t axis = -1);
Tensor cumargmax(const Tensor& x, std::int64_t axis = -1);  // i64: cummax(x) is gather(x, cumargmax(x))
Tensor cumargmin(const Tensor& x, std::int64_t axis = -1);

}  // namespace gradus
