// A network of any depth: delta_l = (W_(l+1)^T delta_(l+1)) * phi'(z_l), dW_l = delta_l a_(l-1)^T, db_l = delta_l summed over the
// batch; in plain loops, with every activation, against functions of tensors and against a network of layers.
#include "plain.hpp"

namespace gradus::plain {
namespace {

struct Activation {
  const char* name;
  double (*phi)(double);
  double (*slope)(double);
  Tensor (*op)(const Tensor&);
  nn::AnyModule module;
};

std::vector<Activation> activations() {
  return {
      {"sigmoid", logistic, [](double z) { return logistic(z) * (1 - logistic(z)); }, sigmoid, nn::Sigmoid{}},
      {"tanh", std::tanh, [](double z) { return 1 - std::tanh(z) * std::tanh(z); }, tanh, nn::Tanh{}},
      {"relu", [](double z) { return z > 0 ? z : 0.0; }, [](double z) { return z > 0 ? 1.0 : 0.0; }, relu, nn::Relu{}},
      {"softplus", [](double z) { return std::log1p(std::exp(z)); }, logistic, softplus, nn::Softplus{}},
      {"sin", std::sin, std::cos, sin, nn::Sin{}},
      {"exp", std::exp, std::exp, exp, nn::Exp{}},
  };
}

// Layer l = 1, ..., L; matrices row-major; the samples are columns.
struct Network {
  std::vector<std::size_t> widths;
  std::vector<Activation> phi;
  std::vector<Numbers> W, b;
  Numbers x, target;
  std::size_t samples;

  std::size_t depth() const { return phi.size(); }

  struct Way {
    std::vector<Numbers> z, a;
    double loss = 0;  // 1/(2N) sum (a_L - T)^2
  };
  Way forward() const {
    Way way{std::vector<Numbers>(depth() + 1), std::vector<Numbers>(depth() + 1)};
    way.a[0] = x;
    for (std::size_t l = 1; l <= depth(); ++l) {
      for (std::size_t i = 0; i < widths[l]; ++i) {
        for (std::size_t k = 0; k < samples; ++k) {
          double z = b[l][i];
          for (std::size_t j = 0; j < widths[l - 1]; ++j) z += W[l][i * widths[l - 1] + j] * way.a[l - 1][j * samples + k];
          way.z[l].push_back(z);
          way.a[l].push_back(phi[l - 1].phi(z));
        }
      }
    }
    for (std::size_t i = 0; i < target.size(); ++i) way.loss += std::pow(way.a[depth()][i] - target[i], 2);
    way.loss /= 2 * static_cast<double>(samples);
    return way;
  }

  struct Gradient {
    std::vector<Numbers> W, b;
  };
  Gradient backward(const Way& way) const {
    Gradient d{std::vector<Numbers>(depth() + 1), std::vector<Numbers>(depth() + 1)};
    Numbers above;  // delta of the layer above
    for (std::size_t l = depth(); l >= 1; --l) {
      const std::size_t m = widths[l], n = widths[l - 1];
      Numbers delta(m * samples);
      d.W[l].resize(m * n);
      d.b[l].resize(m);
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t k = 0; k < samples; ++k) {
          double error = 0;  // dC/da
          if (l == depth()) error = (way.a[l][i * samples + k] - target[i * samples + k]) / static_cast<double>(samples);
          else for (std::size_t r = 0; r < widths[l + 1]; ++r) error += W[l + 1][r * m + i] * above[r * samples + k];
          delta[i * samples + k] = error * phi[l - 1].slope(way.z[l][i * samples + k]);
          d.b[l][i] += delta[i * samples + k];
          for (std::size_t j = 0; j < n; ++j) d.W[l][i * n + j] += delta[i * samples + k] * way.a[l - 1][j * samples + k];
        }
      }
      above = delta;
    }
    return d;
  }

  Numbers differences(std::vector<Numbers> Network::*part, std::size_t l) const {
    const auto loss = [&](const Numbers& at) {
      Network moved = *this;
      (moved.*part)[l] = at;
      return moved.forward().loss;
    };
    return central(loss, (this->*part)[l]);
  }
};

Network drawn_once(std::vector<std::size_t> widths, std::vector<Activation> phi, std::size_t samples) {
  Network net{std::move(widths), std::move(phi), {}, {}, {}, {}, samples};
  const auto numbers = [](std::size_t count, double scale) {
    Numbers out = draw(static_cast<std::int64_t>(count));
    for (double& v : out) v *= scale;
    return out;
  };
  net.W.resize(1), net.b.resize(1);
  for (std::size_t l = 1; l <= net.depth(); ++l) {
    net.W.push_back(numbers(net.widths[l] * net.widths[l - 1], 0.5));
    net.b.push_back(numbers(net.widths[l], 0.3));
  }
  net.x = numbers(net.widths[0] * samples, 1);
  net.target = numbers(net.widths[net.depth()] * samples, 0.5);
  return net;
}

// Differences across the kink of relu mean nothing: draw again when a number is near it.
Network drawn(const std::vector<std::size_t>& widths, const std::vector<Activation>& phi, std::size_t samples) {
  for (;;) {
    Network net = drawn_once(widths, phi, samples);
    const auto way = net.forward();
    bool near = false;
    for (std::size_t l = 1; l <= net.depth(); ++l) {
      for (double z : way.z[l]) near = near || (net.phi[l - 1].op == &relu && std::abs(z) < 0.02);
    }
    if (!near) return net;
  }
}

std::int64_t size(std::size_t n) { return static_cast<std::int64_t>(n); }

// All parameters as functions of tensors, samples as columns.
void check_tensors(const Network& net) {
  const std::size_t L = net.depth();
  Tensors parameters;
  for (std::size_t l = 1; l <= L; ++l) {
    parameters.push_back(tensor(net.W[l], {size(net.widths[l]), size(net.widths[l - 1])}));
    parameters.push_back(tensor(net.b[l], {size(net.widths[l]), 1}));
  }
  const Tensor x = tensor(net.x, {size(net.widths[0]), size(net.samples)}), target = tensor(net.target, {size(net.widths[L]), size(net.samples)});
  const auto loss = [&](Inputs p) {
    Tensor a = x;
    for (std::size_t l = 0; l < L; ++l) a = net.phi[l].op(matmul(p[2 * l], a) + p[2 * l + 1]);
    return sum(square(a - target)) / (2 * static_cast<double>(net.samples));
  };
  const auto way = net.forward();
  const auto by_hand = net.backward(way);
  EXPECT_NEAR(loss(parameters).item(), way.loss, 1e-12);
  for (std::size_t l = 1; l <= L; ++l) {
    const std::string at = std::to_string(l) + " (" + net.phi[l - 1].name + ")";
    for (std::size_t part = 0; part < 2; ++part) {
      const std::size_t which = 2 * (l - 1) + part;
      const Jacobian found = autodiff_jacobian(loss, parameters, which);
      const Numbers& hand = part ? by_hand.b[l] : by_hand.W[l];
      expect_gradient(hand, tensor(found.values, {found.columns}), net.differences(part ? &Network::b : &Network::W, l), (part ? "db_" : "dW_") + at);
    }
  }
}

// The same network made of layers: samples are rows there, weights are [out, in] in both.
void check_layers(const Network& net) {
  nn::Sequential layers;
  for (std::size_t l = 1; l <= net.depth(); ++l) {
    nn::Linear linear{size(net.widths[l - 1]), size(net.widths[l]), {.dtype = Dtype::f64}};
    linear.weight = tensor(net.W[l], {size(net.widths[l]), size(net.widths[l - 1])});
    linear.bias = tensor(net.b[l], {size(net.widths[l])});
    layers.push_back(linear);
    layers.push_back(net.phi[l - 1].module);
  }
  const Tensor x = T(tensor(net.x, {size(net.widths[0]), size(net.samples)}));
  const Tensor target = T(tensor(net.target, {size(net.widths.back()), size(net.samples)}));
  auto [loss, g] = value_and_grad(layers, [&](const nn::Sequential& n) { return nn::half_squared_error(n(x), target); });
  const auto way = net.forward();
  const auto by_hand = net.backward(way);
  EXPECT_NEAR(loss.item(), way.loss, 1e-12);
  for (std::size_t l = 1; l <= net.depth(); ++l) {
    const auto* linear = g[2 * (l - 1)].as<nn::Linear>();
    ASSERT_NE(linear, nullptr);
    expect_near(by_hand.W[l], linear->weight.value().to_vector(), 1e-12, "weight of layer " + std::to_string(l));
    expect_near(by_hand.b[l], linear->bias.value().to_vector(), 1e-12, "bias of layer " + std::to_string(l));
  }
}

TEST(AnyNetwork, EveryActivation) {
  manual_seed(3);
  for (const Activation& phi : activations()) check_tensors(drawn({3, 4, 2}, {phi, phi}, 5));
}

TEST(AnyNetwork, EveryDepth) {
  manual_seed(4);
  const auto all = activations();
  std::vector<std::size_t> widths = {3};
  std::vector<Activation> phi;
  for (std::size_t depth = 1; depth <= 6; ++depth) {
    widths.push_back(2 + depth % 3);
    phi.push_back(all[depth % 5]);  // without exp, which grows from layer to layer
    check_tensors(drawn(widths, phi, 1));
    check_tensors(drawn(widths, phi, 6));
  }
}

TEST(AnyNetwork, AsLayers) {
  manual_seed(5);
  const auto all = activations();
  check_layers(drawn({2, 3, 1}, {all[0], all[0]}, 4));
  check_layers(drawn({4, 5, 5, 3, 2}, {all[1], all[2], all[3], all[4]}, 7));
}

}  // namespace
}  // namespace gradus::plain
