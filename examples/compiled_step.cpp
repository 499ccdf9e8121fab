// A training step as a plan: forward, gradient, clipping, update and accuracy are traced once, at the first call, and replayed from then
// on. It prints the same with GRADUS_COMPILE=off in the environment, and takes longer.
#include <gradus/gradus.hpp>
using namespace gradus;

struct Mlp {
  nn::Linear hidden{2, 16}, out{16, 2};
  Tensor operator()(Tensor x) const { return out(tanh(hidden(x))); }
};

int main() {
  manual_seed(0);
  const Tensor ring = randint({256}, 0, 2), angle = uniform({256}, 0, 6.2832);  // points on two rings, to be told apart
  const Tensor radius = 1 + ring + 0.2 * normal({256});
  const Tensor points = stack({radius * cos(angle), radius * sin(angle)}, 1);

  Mlp net;
  optim::Adam opt{net, {.lr = 0.02}};
  auto step = compile([&](const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return mean(cross_entropy(n(x), y)); });
    optim::clip_by_norm(g, 1.0);
    opt.update(net, g);
    return std::array{loss, mean(cast(argmax(net(x), 1) == y, Dtype::f32))};
  });

  double right = 0;
  for (int i = 0; i <= 200; ++i) {
    const auto [loss, accuracy] = step(points, ring);
    right = accuracy.item();
    if (i % 40 == 0) print("{:4} loss {:.5f}, {:.1f} % right", i, loss.item(), 100 * right);
  }
  return right > 0.97 ? 0 : 1;
}
