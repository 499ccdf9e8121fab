// NaN: a step on a bad batch is left out
#include <gradus/gradus.hpp>
using namespace gradus;

struct Line {
  nn::Linear layer{1, 1};
  Tensor operator()(const Tensor& x) const { return layer(x); }
};

int main() {
  const Tensor y{{1}, {3}}, good{{0}, {1}}, bad{{0}, {std::numeric_limits<float>::quiet_NaN()}};
  for (const bool guarded : {false, true}) {
    manual_seed(0);
    Line net;
    optim::Adam opt{net, {.lr = 0.1}};
    auto step = compile([&](const Tensor& x) {
      auto [loss, g] = value_and_grad(net, [&](const Line& n) { return nn::mse(n(x), y); });
      if (guarded) opt.update(net, g, isfinite(loss));
      else opt.update(net, g);
      return loss;
    });
    step(good), step(bad);
    const double loss = step(good).item();
    print("guarded {}: {} steps, loss afterwards {:.4f}", guarded, opt.steps(), loss);
  }
}
