// ShapeError: a layer that was made for another input
#include <gradus/gradus.hpp>
using namespace gradus;

struct Net {
  nn::Linear hidden{784, 32}, out{32, 10};
  Tensor operator()(const Tensor& x) const { return out(relu(hidden(x))); }
};

int main() {
  const Net net;
  const Tensor images = Tensor::ones({2, 1, 28, 28});
  try {
    value_and_grad(net, [&](const Net& n) { return mean(n(images)); });
  } catch (const ShapeError& error) {
    print("{}", error.what());
  }
  print("{}", net(flatten(images, 1)).shape());
}
