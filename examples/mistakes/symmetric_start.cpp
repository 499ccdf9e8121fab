// symmetric initialisation: hidden units that start equal stay equal
#include <gradus/gradus.hpp>
using namespace gradus;

struct Net {
  nn::Linear hidden{2, 3, {.dtype = Dtype::f64}}, out{3, 1, {.dtype = Dtype::f64}};
  Tensor operator()(Tensor x) const { return out(tanh(hidden(x))); }
};

int main() {
  const Tensor x({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Dtype::f64), y({{0}, {1}, {1}, {0}}, Dtype::f64);  // XOR
  manual_seed(0);
  Net different, equal;
  walk(equal, [](const std::string&, Param& p) { p = Tensor::full(p.value().shape(), 0.5, Dtype::f64); });

  for (Net* net : {&equal, &different}) {
    optim::SGD opt{*net, {.lr = 0.2}};
    for (int i = 0; i <= 2000; ++i) {
      const auto [loss, g] = value_and_grad(*net, [&](const Net& n) { return nn::mse(n(x), y); });
      opt.update(*net, g);
      if (i % 1000 == 0) print("{} start, step {:4}: {:.6f}", net == &equal ? "equal" : "different", i, loss.item());
    }
    print("hidden.weight = {}", to_string(net->hidden.weight.value()));
  }
}
