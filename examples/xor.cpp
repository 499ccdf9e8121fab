// XOR: the smallest task that a network without a hidden layer cannot learn.
#include <gradus/gradus.hpp>
using namespace gradus;

struct Mlp {  // a module is a plain struct: nothing to inherit or register
  nn::Linear hidden{2, 8}, out{8, 1};
  Tensor operator()(Tensor x) const { return out(tanh(hidden(x))); }
};

int main() {
  const Tensor x{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y{{0}, {1}, {1}, {0}};
  manual_seed(0);
  Mlp net;
  optim::Adam opt{net, {.lr = 0.05}};
  for (int i = 0; i <= 200; ++i) {
    const auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
    opt.update(net, g);
    if (i % 40 == 0) print("{:4} {:.5f}", i, loss.item());
  }
  const Tensor p = net(x);
  for (int i = 0; i < 4; ++i) print("{:.0f} xor {:.0f} = {:.3f}", x[i][0].item(), x[i][1].item(), p[i].item());
  return nn::mse(p, y).item() < 0.01 ? 0 : 1;
}
