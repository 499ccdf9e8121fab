#include <algorithm>
#include <cmath>
#include <gradus/optim/clip.hpp>

namespace gradus::optim {

Tensor detail::clip_by_norm(const std::vector<Param*>& grads, double max_norm) {
  if (!(max_norm > 0)) fail<ValueError>("clip_by_norm", "a largest norm of " + std::to_string(max_norm) + " is not possible", "it must be above 0");
  // value_and_grad gives tied parameters one and the same array.
  std::vector<Tensor> distinct, scaled;
  std::vector<std::size_t> place;
  for (const Param* p : grads) {
    const Tensor grad(p->value().array_ref());
    const auto known = std::ranges::find(distinct, grad.array_ref(), &Tensor::array_ref);
    place.push_back(static_cast<std::size_t>(known - distinct.begin()));
    if (known == distinct.end()) distinct.push_back(grad);
  }
  Tensor total = Tensor::zeros({}, Dtype::f64);
  for (const Tensor& grad : distinct) total = total + sum(square(cast(grad, Dtype::f64)));  // squares of f32 may overflow
  const Tensor norm = sqrt(total), factor = max_norm / (norm + 1e-6);
  if (!norm.is_abstract() && !(std::isfinite(norm.item()) && factor.item() < 1)) return norm;
  const Tensor applied = where(logical_and(isfinite(norm), factor < 1), factor, 1.0);
  for (const Tensor& grad : distinct) scaled.push_back(grad * cast(applied, grad.dtype()));
  for (std::size_t i = 0; i < grads.size(); ++i) grads[i]->set(scaled[place[i]]);
  return norm;
}

}  // namespace gradus::optim
