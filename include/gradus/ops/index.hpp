// Index: places given by integers. Gather and scatter are each other's gradients. An index outside its axis is a ValueError.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Gather {
  using family = Index;
  static constexpr auto name = "gather", doc = "Along one axis takes the entry that the index names: y[i][j] = x[index[i][j]][j] for axis 0.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  std::int64_t axis;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct ScatterAdd {
  using family = Index;
  static constexpr auto name = "scatter_add", doc = "Adds each entry of x into zeros of `size` along one axis, at the place that the index names.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  std::int64_t axis, size;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct OneHot {
  using family = Index;
  static constexpr auto name = "one_hot", doc = "A new last axis of `classes` entries: 1 at the index, else 0 (f32 unless said otherwise).";
  std::int64_t classes;
  Dtype dtype = Dtype::f32;
  Spec shape(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

void check_index(std::string_view op, const Tensor& index);  // DtypeError unless it holds integers
std::vector<std::int64_t> checked_index(std::string_view op, const Tensor& index, std::int64_t size);  // ValueError unless all lie in 0..size-1

#define GRADUS_INDEX_OPS(X) X(Gather) X(ScatterAdd) X(OneHot)
GRADUS_INDEX_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis = -1);
Tensor scatter_add(const Tensor& x, const Tensor& index, std::int64_t axis, std::int64_t size);
Tensor one_hot(const Tensor& index, std::int64_t classes, Dtype dtype = Dtype::f32);  // [...] -> [..., classes]

}  // namespace gradus
