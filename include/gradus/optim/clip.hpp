// Gradient clipping (Pascanu et al. 2013).
#pragma once
#include "../autodiff.hpp"

namespace gradus::optim {

namespace detail {
Tensor clip_by_norm(const std::vector<Param*>& grads, double max_norm);
}

// Scales all gradients so that their common L2 norm is at most `max_norm`, and returns the norm from before, f64 []. As in PyTorch the
// factor is max_norm / (norm + 1e-6). A norm that is not finite is returned and nothing is scaled: the caller decides.
// Gradients of tied parameters count once. The sum has a fixed order, whatever the number of threads.
template <class Net>
Tensor clip_by_norm(Net& grads, double max_norm) {
  std::vector<Param*> all;
  walk(grads, [&](const std::string&, Param& p) { all.push_back(&p); });
  return detail::clip_by_norm(all, max_norm);
}

}  // namespace gradus::optim
