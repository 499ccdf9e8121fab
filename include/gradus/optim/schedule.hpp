// Learning rates over time, as pure functions of the step.
//   optim::Schedule s{.lr = 0.1, .decay = optim::Decay::cosine, .warm_up = 100, .total = 5000};
//   opt.set_lr(s.rate(step));
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::optim {

enum class Decay { constant, linear, cosine };  // cosine: Loshchilov & Hutter 2017

struct Schedule {
  double lr = 1e-3;              // the highest rate
  Decay decay = Decay::constant;
  std::int64_t warm_up = 0;      // this many steps rise in equal parts: lr / warm_up, 2 lr / warm_up, ..., lr
  std::int64_t total = 0;        // steps in all; from there on the rate is `last`. Not used when constant
  double last = 0;

  double rate(std::int64_t step) const;  // steps count from 0
};

// "constant", "linear", "cosine"; UsageError names the nearest.
Decay decay_by_name(const std::string& name);
std::vector<std::string> decay_names();

}  // namespace gradus::optim
