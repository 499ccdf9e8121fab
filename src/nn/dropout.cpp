#include <fmt/format.h>

#include <gradus/nn/dropout.hpp>
#include <gradus/ops.hpp>

namespace gradus::nn {

Dropout::Dropout(double p) : p_(p) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>("dropout", fmt::format("the probability {} is outside 0..1", p));
}
Tensor Dropout::operator()(const Tensor& x) const { return Mode::training() && p_ > 0 ? dropout(x, p_) : x; }
std::string Dropout::text() const { return fmt::format("dropout {}", p_); }

}  // namespace gradus::nn
