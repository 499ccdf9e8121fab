#include "inputs.hpp"

#include <fmt/format.h>

namespace gradus::ops {

void check_inputs(std::string_view op, Inputs x, std::size_t least, std::size_t most, std::string_view what) {
  if (x.size() < least || x.size() > most) {
    fail<ValueError>(std::string(op), fmt::format("takes {} to {} tensors, got {}", least, most, x.size()), std::string(what));
  }
}

void check_integers(std::string_view op, const Tensor& x, const char* what) {
  if (is_float(x.dtype()) || x.dtype() == Dtype::boolean) {
    fail<DtypeError>(std::string(op), fmt::format("{} is {}; it must hold integers", what, name(x.dtype())), "cast(x, Dtype::i64)");
  }
}

}  // namespace gradus::ops
