// NaN: steps that are too long, shorter ones, and clipped ones
#include <cmath>
#include <gradus/gradus.hpp>
using namespace gradus;

struct Line {
  nn::Linear layer{1, 1};
  Tensor operator()(const Tensor& x) const { return layer(x); }
};

double train(double lr, double max_norm) {
  manual_seed(0);
  const Tensor x{{0}, {10}, {20}}, y{{1}, {21}, {41}};
  Line net;
  optim::SGD opt{net, {.lr = lr}};
  Tensor loss;
  for (int i = 0; i < 300; ++i) {
    auto [value, g] = value_and_grad(net, [&](const Line& n) { return nn::mse(n(x), y); });
    optim::clip_by_norm(g, max_norm);
    opt.update(net, g);
    loss = value;
  }
  return loss.item();
}

int main() {
  const double none = std::numeric_limits<double>::infinity();
  print("lr 0.1: loss {}", std::isfinite(train(0.1, none)) ? "finite" : "not finite");
  print("lr 0.001: loss {:.2f}", train(0.001, none));
  print("lr 0.1, gradients clipped to 1: loss {:.2f}", train(0.1, 1));
}
