#include <fmt/format.h>

#include <gradus/nn/residual.hpp>
#include <gradus/ops.hpp>

namespace gradus::nn {

Tensor Residual::operator()(const Tensor& x) const {
  const Tensor y = body(x), around = shortcut(x);
  if (!(y.shape() == around.shape())) {
    fail<ShapeError>("residual", fmt::format("the body gives {}, and {} {}", to_string(y.shape()), shortcut.empty() ? "x is" : "the shortcut gives", to_string(around.shape())),
                     shortcut.empty() ? "a shortcut with that shape, such as a 1x1 convolution" : "the two are added, so they must have one shape");
  }
  return y + around;
}

std::string Residual::text() const { return fmt::format("residual of {}{}", body.size(), shortcut.empty() ? "" : ", with a shortcut"); }

}  // namespace gradus::nn
