// 3. The 2-3-1 net with sigmoids, at one sample. Every number of the way there and of the way back.
//
//   z1 = W1 x + b1,   a1 = s(z1)           x [2, 1], W1 [3, 2], b1 [3, 1]
//   z2 = W2 a1 + b2,  yhat = s(z2)         W2 [1, 3], b2 [1, 1]
//   L = (y - yhat)^2                       without 1/2, so a factor 2 stays
//
// From the end to the beginning:
//   dL/dyhat = -2 (y - yhat) = 2 (yhat - y)
//   dL/dz2 = dL/dyhat s'(z2) = 2 (yhat - y) yhat (1 - yhat)
//   dL/dW2 = dL/dz2 a1^T,    dL/db2 = dL/dz2           the linear layer of derivation 2
//   dL/da1 = W2^T dL/dz2
//   dL/dz1 = dL/da1 * a1 (1 - a1)                      * is element by element
//   dL/dW1 = dL/dz1 x^T,     dL/db1 = dL/dz1           [3, 1] [1, 2] = [3, 2], like W1
#include "textbook.hpp"

namespace textbook {
namespace {

void show(const std::string& name, const Tensor& x) {
  std::string numbers;
  for (double value : x.to_vector()) numbers += text(" {:>12.8f}", value);
  print("   {:<9}{}", name, numbers);
}

}  // namespace

bool two_three_one() {
  const Tensor x({{1}, {2}}, f64), y({{1}}, f64);
  const Tensor W1({{0.5, -0.2}, {-0.2, 0.4}, {0.3, -0.6}}, f64), b1({{0.1}, {-0.1}, {0.2}}, f64);
  const Tensor W2({{0.6, -0.4, 0.8}}, f64), b2({{0.1}}, f64);

  // forward
  const Tensor z1 = matmul(W1, x) + b1;
  const Tensor a1 = sigmoid(z1);
  const Tensor z2 = matmul(W2, a1) + b2;
  const Tensor yhat = sigmoid(z2);
  const Tensor L = square(y - yhat);
  // backward
  const Tensor dz2 = 2 * (yhat - y) * yhat * (1 - yhat);
  const Tensor dW2 = matmul(dz2, T(a1)), db2 = dz2;
  const Tensor da1 = matmul(T(W2), dz2);
  const Tensor dz1 = da1 * a1 * (1 - a1);
  const Tensor dW1 = matmul(dz1, T(x)), db1 = dz1;

  print("3. The 2-3-1 net with sigmoids: x = [1, 2], y = 1, L = (y - yhat)^2");
  print("   forward");
  show("z1", z1);
  show("a1", a1);
  show("z2", z2);
  show("yhat", yhat);
  show("L", L);
  print("   backward");
  show("dL/dyhat", 2 * (yhat - y));
  show("dL/dz2", dz2);
  show("dL/da1", da1);
  show("dL/dz1", dz1);

  const auto machine = [&](Inputs p) { return square(y - sigmoid(matmul(p[2], sigmoid(matmul(p[0], x) + p[1])) + p[3])); };
  Table table(machine, {W1, b1, W2, b2});
  table.row("dL/db2 = dL/dz2 = 2 (yhat - y) yhat (1 - yhat)", 3, db2);
  table.row("dL/dW2 = dL/dz2 a1^T", 2, dW2);
  table.row("dL/db1 = dL/dz1 = (W2^T dL/dz2) * a1 (1 - a1)", 1, db1);
  table.row("dL/dW1 = dL/dz1 x^T", 0, dW1);
  return table.agrees();
}

}  // namespace textbook
