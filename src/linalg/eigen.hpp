// The door to Eigen: loops over the matrices of a batch, in f32 or f64.
#pragma once
#include <Eigen/Core>
#include <gradus/tensor/node.hpp>

#include "linalg/parts.hpp"

namespace gradus::ops {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using MatrixView = Eigen::Map<Matrix<T>>;
template <class T>
using ConstMatrixView = Eigen::Map<const Matrix<T>>;

// x, expanded to the batch, without gaps, as numbers of the dtype of y.
inline Tensor plain(const Tensor& x, const Shape& batch, Dtype dtype) {
  const Recording off(false);
  Shape shape = batch;
  for (const std::int64_t axis : {-2, -1}) shape.push_back(x.size(axis));
  return contiguous(cast(gradus::expand(x, shape), dtype));
}

// Matrix i of a tensor that is without gaps.
template <class T>
ConstMatrixView<T> matrix(const Tensor& x, std::int64_t i) {
  const std::int64_t m = x.size(-2), n = x.size(-1);
  return {static_cast<const T*>(x.array().data()) + i * m * n, m, n};
}
// Part i of y, as a matrix of these sizes.
template <class T>
MatrixView<T> result(Array& y, std::int64_t i, std::int64_t m, std::int64_t n) {
  return {static_cast<T*>(y.data()) + i * m * n, m, n};
}

// Vectors are unique up to their sign. Ours have their largest entry positive, whatever algorithm and dtype found them.
template <class M>
auto signs(const M& vectors) {
  Eigen::Array<typename M::Scalar, 1, Eigen::Dynamic> out(vectors.cols());
  for (Eigen::Index i = 0; i < vectors.cols(); ++i) {
    Eigen::Index largest = 0;
    vectors.col(i).cwiseAbs().maxCoeff(&largest);
    out[i] = vectors(largest, i) < 0 ? -1 : 1;
  }
  return out;
}

// Calls body(zero, i) for every matrix of the batch with zero a T; false: there is something wrong with that matrix.
template <class F>
void each_matrix(std::string_view op, const Array& y, const Shape& batch, std::int64_t size, const char* wrong, const char* hint, F&& body) {
  each_example(op, batch, size, wrong, hint, [&](std::int64_t i) { return y.dtype() == Dtype::f32 ? body(float{}, i) : body(double{}, i); });
}

using Factors = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
// a = u diag(s) T(v), with as few columns as will do.
void decompose(const Factors& a, Factors& u, Eigen::VectorXd& s, Factors& v);  // svd.cpp

}  // namespace gradus::ops
