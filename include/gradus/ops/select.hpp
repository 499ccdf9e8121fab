// Entries taken and put by index: whole rows at once, single places, places found by a mask. Also Index: see index.hpp.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct IndexSelect {
  using family = Index;
  static constexpr auto name = "index_select", doc = "The entries of one axis that the index names; the axis becomes the axes of the index.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  std::int64_t axis = 0;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct IndexAdd {
  using family = Index;
  static constexpr auto name = "index_add", doc = "Adds the entries of x into zeros of `size` along one axis, where the index says: the adjoint of index_select.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  std::int64_t axis, size;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Scatter {
  using family = Index;
  static constexpr auto name = "scatter", doc = "x with the entries of src at the places that the index names along one axis; of those for one place the last stays.";
  static constexpr int inputs = 3;
  std::int64_t axis;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct ScatterReduce {
  using family = Index;
  static constexpr auto name = "scatter_reduce",
                        doc = "Each element of x combined with the entries of src for its place along one axis; mode sum, mean, prod, amax or amin. All but sum need memory for every pair of a place and an entry.";
  static constexpr int inputs = 3;
  std::int64_t axis;
  std::string mode = "sum";
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Take {
  using family = Index;
  static constexpr auto name = "take", doc = "Elements by their place in the flattened tensor, in the shape of the index.";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Embedding {
  using family = Index;
  static constexpr auto name = "embedding", doc = "Rows of a weight [rows, width] for an index of any shape: [...] to [..., width].";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Nonzero {
  using family = Index;
  static constexpr auto name = "nonzero", doc = "The places of the elements that are not zero, one row of coordinates each, in row-major order.";
  static constexpr bool sized_by_data = true;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct MaskedSelect {
  using family = Index;
  static constexpr auto name = "masked_select", doc = "The elements of x where the mask is true, in row-major order; the two broadcast.";
  static constexpr int inputs = 2;
  static constexpr bool sized_by_data = true;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct RavelIndex {
  using family = Index;
  static constexpr auto name = "ravel_index", doc = "Coordinates along the last axis to places in a flattened tensor of the given sizes.";
  Shape sizes;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct GatherNd {
  using family = Index;
  static constexpr auto name = "gather_nd", doc = "Entries of x at the coordinates along the last axis of the index, which name the first axes after `batch` common ones.";
  static constexpr int inputs = 2;
  std::int64_t batch = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct ScatterNd {
  using family = Index;
  static constexpr auto name = "scatter_nd", doc = "x with the entries of src at the coordinates along the last axis of the index; of those for one place the last stays.";
  static constexpr int inputs = 3;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_SELECT_OPS(X)                                                                                    \
  X(IndexSelect) X(IndexAdd) X(Scatter) X(ScatterReduce) X(Take) X(Embedding) X(Nonzero) X(MaskedSelect)           \
  X(RavelIndex) X(GatherNd) X(ScatterNd)
GRADUS_SELECT_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor index_select(const Tensor& x, const Tensor& index, std::int64_t axis = 0);                       // [a, b], [k] -> [k, b]
Tensor index_add(const Tensor& x, const Tensor& index, std::int64_t axis, std::int64_t size);           // [k, b], [k] -> [size, b]
Tensor scatter(const Tensor& x, const Tensor& index, const Tensor& src, std::int64_t axis = -1);        // src: of the index's shape or larger, or a number
Tensor scatter_reduce(const Tensor& x, const Tensor& index, const Tensor& src, std::int64_t axis, const std::string& mode);
Tensor take(const Tensor& x, const Tensor& index);
Tensor embedding(const Tensor& weight, const Tensor& index);
Tensor nonzero(const Tensor& x);                                                                        // i64 [n, rank]
Tensor masked_select(const Tensor& x, const Tensor& mask);
Tensor ravel_index(const Tensor& index, const Shape& sizes);                                            // [..., m] -> [...]
Tensor gather_nd(const Tensor& x, const Tensor& index, std::int64_t batch = 0);
Tensor scatter_nd(const Tensor& x, const Tensor& index, const Tensor& src);

}  // namespace gradus
