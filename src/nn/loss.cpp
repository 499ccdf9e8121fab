#include <fmt/format.h>

#include <gradus/ops.hpp>
#include <gradus/nn/loss.hpp>

namespace gradus::nn {
namespace {

// Broadcasting a target of [n] against a prediction of [n, 1] would compare everything with everything.
void check_shapes(const char* op, const Tensor& prediction, const Tensor& target) {
  const Shape p = prediction.shape(), t = target.shape();
  if (p == t) return;
  std::string hint = "the two must have one shape";
  if (prediction.numel() == target.numel()) {
    hint = p.size() > t.size() ? "the same numbers in another shape: reshape(target, prediction.shape()), or squeeze the prediction"
                               : "the same numbers in another shape: reshape(target, prediction.shape())";
  } else if (!p.empty() && t.size() + 1 == p.size() && Dims(t).size() > 0 && t[0] == p[0]) {
    hint = "are these class numbers? Then use cross_entropy, or one_hot(target, classes)";
  }
  fail<ShapeError>(op, fmt::format("the prediction is {}, the target is {}", to_string(p), to_string(t)), hint);
}

Tensor reduced(const Tensor& losses, Reduction reduction) { return reduction == Reduction::mean ? mean(losses) : sum(losses); }

}  // namespace

Tensor mse(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check_shapes("mse", prediction, target);
  return reduced(mse_loss(prediction, target), reduction);
}

Tensor half_squared_error(const Tensor& prediction, const Tensor& target) {
  check_shapes("half_squared_error", prediction, target);
  const double samples = prediction.rank() == 0 ? 1 : static_cast<double>(prediction.size(0));
  return sum(mse_loss(prediction, target)) * (0.5 / samples);
}

Tensor bce(const Tensor& probability, const Tensor& target, Reduction reduction) {
  check_shapes("bce", probability, target);
  return reduced(binary_cross_entropy(probability, target), reduction);
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& target, Reduction reduction) {
  check_shapes("bce_with_logits", logits, target);
  return reduced(binary_cross_entropy_with_logits(logits, target), reduction);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options) {
  if (!options.weight.defined() && !options.ignore_index) return reduced(gradus::cross_entropy(logits, target, options.label_smoothing), options.reduction);
  ClassLossOptions how{.weight = options.weight, .label_smoothing = options.label_smoothing};
  if (options.ignore_index) how.ignore_index = *options.ignore_index;
  const Tensor total = sum(cross_entropy_loss(logits, target, how));
  return options.reduction == Reduction::sum ? total : total / sum(target_weight(target, how, total.dtype()));
}

namespace {

struct Named {
  const char* name;
  Tensor (*loss)(const Tensor&, const Tensor&);
};
constexpr Named table[] = {
    {"mse", [](const Tensor& p, const Tensor& t) { return mse(p, t); }},
    {"half_squared_error", half_squared_error},
    {"bce", [](const Tensor& p, const Tensor& t) { return bce(p, t); }},
    {"bce_with_logits", [](const Tensor& p, const Tensor& t) { return bce_with_logits(p, t); }},
};

}  // namespace

std::vector<std::string> loss_names() {
  std::vector<std::string> out = {"cross_entropy"};
  for (const Named& entry : table) out.emplace_back(entry.name);
  return out;
}

Loss loss_by_name(const std::string& name, const Options& options) {
  if (name == "cross_entropy") {
    check_keys("cross_entropy", options, {"label_smoothing"});
    CrossEntropyOptions chosen;
    if (const auto found = options.find("label_smoothing"); found != options.end()) {
      chosen.label_smoothing = to_number("cross_entropy", found->first, found->second);
      if (!(chosen.label_smoothing >= 0 && chosen.label_smoothing <= 1)) fail<UsageError>("cross_entropy", "label_smoothing " + found->second + " is outside 0..1");
    }
    return [chosen](const Tensor& logits, const Tensor& target) { return cross_entropy(logits, target, chosen); };
  }
  for (const Named& entry : table) {
    if (name != entry.name) continue;
    if (!options.empty()) fail<UsageError>(name, "takes no option '" + options.begin()->first + "'");
    return entry.loss;
  }
  fail_unknown("loss", "loss", name, loss_names());
}

}  // namespace gradus::nn
