// Dropout (Srivastava et al. 2014): in training (Mode) entries become 0 with probability p and the others are divided by 1 - p;
// otherwise nothing happens. Which ones is decided by this thread's generator, see manual_seed.
#pragma once
#include <string>

#include "../autodiff.hpp"

namespace gradus::nn {

class Dropout {
 public:
  explicit Dropout(double p = 0.5);  // ValueError outside 0..1
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "dropout 0.5"
  static constexpr auto fields() { return fields_of<>{}; }

 private:
  double p_;
};

}  // namespace gradus::nn
