// Losses: one number that training makes small. Prediction and target have equal shapes: [n] against [n, 1] is a ShapeError
// and never broadcasts to [n, n].
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "../autodiff.hpp"
#include "../base/options.hpp"

namespace gradus::nn {

enum class Reduction { mean, sum };  // over all elements

Tensor mse(const Tensor& prediction, const Tensor& target, Reduction reduction = Reduction::mean);  // (p - t)^2

// The textbooks' loss: 1/2 sum over features of (p - t)^2, mean over the samples. The first axis counts the samples; a 0-d
// tensor is one sample. Its gradient is (p - t) / n.
Tensor half_squared_error(const Tensor& prediction, const Tensor& target);

// Binary cross-entropy -(t log p + (1 - t) log(1 - p)). `probability` is in 0..1; as in PyTorch the logarithms end at -100, so
// the loss is finite (and its slope is 0) where a probability is exactly 0 or 1 and wrong. NaN outside 0..1.
Tensor bce(const Tensor& probability, const Tensor& target, Reduction reduction = Reduction::mean);
// The same from x with probability = sigmoid(x), without overflow and exact where bce runs out of digits. Gradient: sigmoid(x) - t.
Tensor bce_with_logits(const Tensor& logits, const Tensor& target, Reduction reduction = Reduction::mean);

struct CrossEntropyOptions {
  double label_smoothing = 0;  // this much of the target is spread over all classes (Szegedy et al. 2016)
  Reduction reduction = Reduction::mean;
  Tensor weight = {};          // [classes]: how much each counts, also in the mean
  std::optional<std::int64_t> ignore_index = {};  // targets of this number do not count (PyTorch: -100)
};
// logits [..., classes], target [...] of class numbers (i64 or u8): -log softmax(logits)[target].
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options = {});

// For recipes: "mse", "half_squared_error", "bce", "bce_with_logits", "cross_entropy" (label_smoothing=0.1).
// UsageError names the nearest known one.
using Loss = std::function<Tensor(const Tensor& prediction, const Tensor& target)>;
Loss loss_by_name(const std::string& name, const Options& options = {});
std::vector<std::string> loss_names();

}  // namespace gradus::nn
