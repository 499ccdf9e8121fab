// 5. The two losses whose gradient is "probability minus target".
//
// Softmax with cross-entropy, for one sample:  p_i = exp(z_i) / sum_k exp(z_k),   L = -sum_i t_i log p_i,   sum_i t_i = 1
//   dp_i/dz_k = p_i ([i = k] - p_k)               each p depends on every z
//   dL/dz_k = -sum_i t_i / p_i dp_i/dz_k
//           = -sum_i t_i ([i = k] - p_k)
//           = -t_k + p_k sum_i t_i
//           = p_k - t_k.
//
// Sigmoid with binary cross-entropy:  p = s(z),   L = -(t log p + (1 - t) log(1 - p))
//   dL/dp = -t / p + (1 - t) / (1 - p) = (p - t) / (p (1 - p))
//   dp/dz = p (1 - p)                             which cancels the denominator
//   dL/dz = p - t.
//
// In both, the slope of the activation has gone. That is no rule for other losses: with the squared error it stays.
#include "textbook.hpp"

namespace textbook {

bool softmax_cross_entropy() {
  const Tensor z({{1.0, -0.5, 2.0}, {0.3, 0.1, -1.2}}, f64);  // two samples as rows, three classes
  const Tensor classes({0, 1}, Dtype::i64);
  const Tensor t({{1, 0, 0}, {0, 1, 0}}, f64);                // the same as one-hot rows

  const Tensor p = exp(z) / sum(exp(z), 1, true);

  print("5. Softmax with cross-entropy: two samples, three classes, L summed over the samples");
  const auto machine = [&](Inputs in) { return nn::cross_entropy(in[0], classes, {.reduction = nn::Reduction::sum}); };
  Table table(machine, {z});
  table.row("dL/dz = p - t", 0, p - t);
  const bool fused = table.agrees();

  print("   The same loss as it is written in books:");
  Table plain([&](Inputs in) { return -sum(t * log(softmax(in[0]))); }, {z});
  plain.row("dL/dz = p - t", 0, p - t);
  return plain.agrees() && fused;
}

bool sigmoid_cross_entropy() {
  const Tensor z({0.7, -1.3, 2.2, 0.0}, f64), t({1, 0, 0, 0.25}, f64);

  const Tensor p = 1 / (1 + exp(-z));

  print("5. Sigmoid with binary cross-entropy: four samples, L summed over the samples");
  Table table([&](Inputs in) { return nn::bce_with_logits(in[0], t, nn::Reduction::sum); }, {z});
  table.row("dL/dz = p - t", 0, p - t);
  const bool fused = table.agrees();

  print("   The same loss as it is written in books:");
  Table plain([&](Inputs in) { return nn::bce(sigmoid(in[0]), t, nn::Reduction::sum); }, {z});
  plain.row("dL/dz = p - t", 0, p - t);
  return plain.agrees() && fused;
}

}  // namespace textbook
