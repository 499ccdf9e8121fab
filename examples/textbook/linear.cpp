// 2. A linear layer on a batch. The samples are the columns.
//
//   Z = W A + b          W [m, n], A [n, N], b [m, 1], Z [m, N]; b is added to each column
//
// Write dX for dL/dX, which has the shape of X. One element is Z_ik = sum_j W_ij A_jk + b_i, therefore
//   dW_ij = sum_k dZ_ik A_jk     W_ij acts on row i of Z, through row j of A
//   dA_jk = sum_i W_ij dZ_ik     A_jk acts on column k of Z, through column j of W
//   db_i  = sum_k dZ_ik          b_i acts on all of row i
// and as matrices
//   dW = dZ A^T,   dA = W^T dZ,   db = the row sums of dZ.
// Check the shapes: [m, N] [N, n] = [m, n],  [n, m] [m, N] = [n, N],  [m, 1]. There is only one way to make them fit.
//
// As a loss we take L = 1/2 sum (Z - T)^2, so that dZ = Z - T.
#include "textbook.hpp"

namespace textbook {

bool linear_layer() {
  const Tensor W({{0.5, -1.0, 0.2}, {0.3, 0.8, -0.6}}, f64), b({{0.1}, {-0.2}}, f64);
  const Tensor A({{1, 2, -1, 0}, {0.5, -0.5, 1, 2}, {-1, 1, 0, 0.5}}, f64);
  const Tensor target({{1, 0, 0, -1}, {0, 1, -1, 1}}, f64);

  // forward
  const Tensor Z = matmul(W, A) + b;
  // backward
  const Tensor dZ = Z - target;
  const Tensor dA = matmul(T(W), dZ);
  const Tensor dW = matmul(dZ, T(A));
  const Tensor db = sum(dZ, 1, true);

  print("2. A linear layer: Z = W A + b, L = 1/2 sum (Z - T)^2, four samples as columns");
  const auto machine = [&](Inputs p) { return 0.5 * sum(square(matmul(p[0], p[1]) + p[2] - target)); };
  Table table(machine, {W, A, b});
  table.row("dW = dZ A^T", 0, dW);
  table.row("dA = W^T dZ", 1, dA);
  table.row("db = row sums of dZ", 2, db);
  return table.agrees();
}

}  // namespace textbook
