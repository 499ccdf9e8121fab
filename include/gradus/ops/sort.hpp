// Order: sorting, the k largest, different values, search in sorted values, counts. NaN is larger than every number, equal
// elements keep their order. Also Index: see index.hpp.
#pragma once
#include <utility>

#include "define.hpp"

namespace gradus::ops {

struct Argsort {
  using family = Index;
  static constexpr auto name = "argsort", doc = "The places of the elements along one axis in rising (or falling) order; equal ones keep their order.";
  std::int64_t axis = -1;
  bool descending = false;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Argtopk {
  using family = Index;
  static constexpr auto name = "argtopk", doc = "The places of the k largest (or smallest) elements along one axis, the most extreme first.";
  std::int64_t k, axis = -1;
  bool largest = true;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Sort {
  using family = Index;
  static constexpr auto name = "sort", doc = "The elements along one axis in rising (or falling) order.";
  std::int64_t axis = -1;
  bool descending = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Topk {
  using family = Index;
  static constexpr auto name = "topk", doc = "The k largest (or smallest) elements along one axis, the most extreme first.";
  std::int64_t k, axis = -1;
  bool largest = true;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Unique {
  using family = Index;
  static constexpr auto name = "unique", doc = "The different elements in rising order; every NaN is different.";
  static constexpr bool sized_by_data = true;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct UniqueInverse {
  using family = Index;
  static constexpr auto name = "unique_inverse", doc = "For each element its place among the different elements in rising order.";
  static constexpr bool constant = true;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct UniqueCounts {
  using family = Index;
  static constexpr auto name = "unique_counts", doc = "How often each of the different elements occurs, in their rising order.";
  static constexpr bool sized_by_data = true, constant = true;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Searchsorted {
  using family = Index;
  static constexpr auto name = "searchsorted", doc = "Where each value would be put into a sorted last axis: before those equal to it, or (right) after them.";
  static constexpr int inputs = 2;
  bool right = false;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Bincount {
  using family = Index;
  static constexpr auto name = "bincount", doc = "How often each of 0, 1, ... occurs in a vector of integers, or the sum of the weights of its occurrences; at least `minlength` of them.";
  static constexpr int inputs = -1;
  static constexpr bool sized_by_data = true;
  std::int64_t minlength = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_SORT_OPS(X) \
  X(Argsort) X(Argtopk) X(Sort) X(Topk) X(Unique) X(UniqueInverse) X(UniqueCounts) X(Searchsorted) X(Bincount)
GRADUS_SORT_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor argsort(const Tensor& x, std::int64_t axis = -1, bool descending = false);  // i64
// The second of a pair is the places: values are gather(x, places, axis).
std::pair<Tensor, Tensor> sort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
std::pair<Tensor, Tensor> topk(const Tensor& x, std::int64_t k, std::int64_t axis = -1, bool largest = true);
struct UniqueElements {
  Tensor values;   // the different elements of the flattened tensor in rising order
  Tensor inverse;  // in the shape of x: values[inverse] is x
  Tensor counts;   // how often each occurs
  Tensor first;    // where each occurs first, in the flattened tensor
};
UniqueElements unique(const Tensor& x);
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right = false);  // i64; sorted: [n], or the axes of values but the last, and n
Tensor bincount(const Tensor& x, std::int64_t minlength = 0);                         // i64
Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minlength = 0);

}  // namespace gradus
