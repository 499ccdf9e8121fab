// 4. A network of any depth with any activations: backpropagation as one loop.
//
//   a_0 = x,   z_l = W_l a_(l-1) + b_l,   a_l = phi_l(z_l)      for l = 1, ..., L; the N samples are columns
//   C = 1/(2N) sum (a_L - T)^2
//
// Let delta_l = dC/dz_l, of the shape of z_l.
//   delta_L = (a_L - T) / N * phi_L'(z_L)
//   delta_l = (W_(l+1)^T delta_(l+1)) * phi_l'(z_l)             for l = L - 1, ..., 1: from the last layer to the first
//   dW_l = delta_l a_(l-1)^T,   db_l = delta_l, summed over the batch
// Note whose slope it is: layer l has its own activation, taken at its own z_l.
#include "textbook.hpp"

namespace textbook {
namespace {

struct Activation {
  const char* name;
  Tensor (*phi)(const Tensor& z);
  Tensor (*slope)(const Tensor& z);  // phi'(z), worked out by hand
};

const Activation logistic{"sigmoid", [](const Tensor& z) { return sigmoid(z); }, [](const Tensor& z) { return sigmoid(z) * (1 - sigmoid(z)); }};
const Activation hyperbolic{"tanh", [](const Tensor& z) { return tanh(z); }, [](const Tensor& z) { return 1 - square(tanh(z)); }};
const Activation rectifier{"relu", [](const Tensor& z) { return relu(z); }, [](const Tensor& z) { return where(z > 0, Tensor::ones(z.shape(), f64), 0); }};
const Activation soft{"softplus", [](const Tensor& z) { return softplus(z); }, [](const Tensor& z) { return sigmoid(z); }};
const Activation sine{"sin", [](const Tensor& z) { return sin(z); }, [](const Tensor& z) { return cos(z); }};
const Activation identity{"identity", [](const Tensor& z) { return z; }, [](const Tensor& z) { return Tensor::ones(z.shape(), f64); }};

bool network(const std::vector<std::int64_t>& widths, const std::vector<Activation>& activations, std::int64_t samples) {
  const std::size_t L = activations.size();
  std::string name = text("{}", widths[0]);
  for (std::size_t l = 0; l < L; ++l) name += text(" -> {} {}", widths[l + 1], activations[l].name);
  print("4. {} layers, {} samples: {}", L, samples, name);

  Tensors W(L + 1), b(L + 1), z(L + 1), a(L + 1), parameters;  // counted from 1, as above
  for (std::size_t l = 1; l <= L; ++l) {
    W[l] = Tensor::randn({widths[l], widths[l - 1]}, f64) * 0.7;
    b[l] = Tensor::randn({widths[l], 1}, f64) * 0.3;
    parameters.push_back(W[l]);
    parameters.push_back(b[l]);
  }
  a[0] = Tensor::randn({widths[0], samples}, f64);
  const Tensor target = Tensor::rand({widths[L], samples}, f64);
  const double N = static_cast<double>(samples);

  // forward
  for (std::size_t l = 1; l <= L; ++l) {
    z[l] = matmul(W[l], a[l - 1]) + b[l];
    a[l] = activations[l - 1].phi(z[l]);
  }
  // backward
  Tensors delta(L + 1), dW(L + 1), db(L + 1);
  for (std::size_t l = L; l >= 1; --l) {
    const Tensor error = l == L ? (a[L] - target) / N : matmul(T(W[l + 1]), delta[l + 1]);  // dC/da_l
    delta[l] = error * activations[l - 1].slope(z[l]);
    dW[l] = matmul(delta[l], T(a[l - 1]));
    db[l] = sum(delta[l], 1, true);
  }

  const auto machine = [&](Inputs p) {
    Tensor out = a[0];
    for (std::size_t l = 0; l < L; ++l) out = activations[l].phi(matmul(p[2 * l], out) + p[2 * l + 1]);
    return sum(square(out - target)) / (2 * N);
  };
  Table table(machine, parameters);
  for (std::size_t l = L; l >= 1; --l) {
    table.summary(text("dW_{} = delta_{} a_{}^T", l, l, l - 1), 2 * (l - 1), dW[l]);
    table.summary(text("db_{} = sum of delta_{}", l, l), 2 * (l - 1) + 1, db[l]);
  }
  print("   (for each tensor: the largest of its numbers)");
  return table.agrees();
}

}  // namespace

bool any_network() {
  manual_seed(0);
  const bool small = network({2, 3, 1}, {logistic, logistic}, 4);
  const bool deep = network({3, 6, 5, 4, 4, 3, 2}, {hyperbolic, rectifier, soft, sine, logistic, identity}, 7);
  return small && deep;
}

}  // namespace textbook
