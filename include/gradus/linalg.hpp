// Linear algebra, in the library gradus_linalg (it needs Eigen): matrices are the last two axes, all axes before them are a batch.
// A decomposition is one operation with one packed result; the function for users cuts it into parts. For symmetric matrices
// (cholesky, eigh) only the symmetric part of x counts, so that derivatives are symmetric too. Of the signs of singular and eigenvectors
// that one is taken which makes the largest entry positive (in svd of u).
#pragma once
#include "ops.hpp"

namespace gradus::ops {

struct Cholesky {
  using family = Linalg;
  static constexpr auto name = "cholesky", doc = "L with L T(L) = x for a symmetric positive definite x; with upper its transpose.";
  bool upper = false;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct SolveTriangular {
  using family = Linalg;
  static constexpr auto name = "solve_triangular", doc = "y with a y = b (transposed: T(a) y = b); of a only the upper or lower triangle is read, with unit a diagonal of ones.";
  static constexpr int inputs = 2;
  bool upper = false, unit = false, transposed = false;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Solve {
  using family = Linalg;
  static constexpr auto name = "solve", doc = "y with a y = b, for matrices b; a vector b, or a batch of as many vectors as there are matrices, gives vectors.";
  static constexpr int inputs = 2;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Inv {
  using family = Linalg;
  static constexpr auto name = "inv", doc = "The inverse of square matrices. To solve equations, `solve` is faster and more exact.";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Det {
  using family = Linalg;
  static constexpr auto name = "det", doc = "Determinant.";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Cofactor {
  using family = Linalg;
  static constexpr auto name = "cofactor", doc = "The derivative of det: det(x) T(inv(x)), also of singular matrices; its own derivative is there for the others.";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Slogdet {
  using family = Linalg;
  static constexpr auto name = "slogdet", doc = "Sign of the determinant, and the logarithm of its magnitude: [..., 2].";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Logdet {
  using family = Linalg;
  static constexpr auto name = "logdet", doc = "Logarithm of the determinant; NaN where it is negative.";
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Qr {
  using family = Linalg;
  static constexpr auto name = "qr", doc = "x = q r with orthonormal columns in q and an upper triangular r: q over T(r), [m + n, k]. mode: reduced, or complete (k = m).";
  std::string mode = "reduced";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Svd {
  using family = Linalg;
  static constexpr auto name = "svd", doc = "x = u diag(s) T(v), thin, s descending: u over s over v, [m + 1 + n, k].";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Eigh {
  using family = Linalg;
  static constexpr auto name = "eigh", doc = "x = v diag(w) T(v) for a symmetric x, w ascending: w and v side by side, [n, 1 + n].";
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_LINALG_OPS(X) \
  X(Cholesky) X(SolveTriangular) X(Solve) X(Inv) X(Det) X(Cofactor) X(Slogdet) X(Logdet) X(Qr) X(Svd) X(Eigh)
GRADUS_LINALG_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// Integers are computed in f32. A ValueError names the first matrix of the batch that is singular, not positive definite, or
// not finite where that matters.
Tensor cholesky(const Tensor& x, bool upper = false);        // [..., n, n]
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool unit = false, bool transposed = false);  // [..., n, n], [..., n, k] -> [..., n, k]
Tensor solve(const Tensor& a, const Tensor& b);              // [..., n, n], [..., n, k] -> [..., n, k]; b may be a vector
Tensor inv(const Tensor& x);                                 // [..., n, n]
Tensor det(const Tensor& x);                                 // [..., n, n] -> [...]
Tensor logdet(const Tensor& x);                              // [..., n, n] -> [...]
Tensor svdvals(const Tensor& x);                             // [..., m, n] -> [..., min(m, n)]
Tensor eigvalsh(const Tensor& x);                            // [..., n, n] -> [..., n]

struct SlogdetParts {
  Tensor sign, logabsdet;
};
struct QrParts {
  Tensor q, r;
};
struct SvdParts {
  Tensor u, s, vh;  // vh is T(v)
};
struct EighParts {
  Tensor values, vectors;  // vectors are columns
};
SlogdetParts slogdet(const Tensor& x);                       // [..., n, n] -> [...], [...]
QrParts qr(const Tensor& x, const std::string& mode = "reduced");  // [..., m, n] -> [..., m, k], [..., k, n]
SvdParts svd(const Tensor& x);                               // [..., m, n] -> [..., m, k], [..., k], [..., k, n]
EighParts eigh(const Tensor& x);                             // [..., n, n] -> [..., n], [..., n, n]

namespace linalg {
void add_to_registry();  // for `find_op` and the generated checks; any number of times
}

}  // namespace gradus
