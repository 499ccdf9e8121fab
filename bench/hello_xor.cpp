// What bench/sizes compiles, links and starts: XOR learned in as many steps as the first word says, in 200 without one.
#include <gradus/gradus.hpp>

#include <cstdlib>
using namespace gradus;

struct Mlp {
  nn::Linear hidden{2, 8}, out{8, 1};
  Tensor operator()(Tensor x) const { return out(tanh(hidden(x))); }
};

int main(int count, char** words) {
  const int steps = count > 1 ? std::atoi(words[1]) : 200;
  const Tensor x{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y{{0}, {1}, {1}, {0}};
  manual_seed(0);
  Mlp net;
  optim::Adam opt{net, {.lr = 0.05}};
  double last = 0;
  for (int i = 0; i < steps; ++i) {
    const auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
    opt.update(net, g);
    last = loss.item();
  }
  print("{} steps, loss {:.5f}", steps, last);
}
