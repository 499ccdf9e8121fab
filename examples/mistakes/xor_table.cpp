// What the 2-10-1 program for XOR prints: start N(0, 1), rate 10, sigmoid, full batch, mean squared error.
#include <array>
#include <cmath>
#include <gradus/gradus.hpp>
using namespace gradus;

constexpr int hidden = 10, samples = 4;
constexpr double X[samples][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, t[samples] = {0, 1, 1, 0}, rate = 10;

double s(double z) { return 1 / (1 + std::exp(-z)); }

struct Net {
  double W1[hidden][2], b1[hidden], W2[hidden], b2;
  explicit Net(std::uint64_t seed) {
    manual_seed(seed);
    const std::vector<double> drawn = Tensor::randn({4 * hidden + 1}, Dtype::f64).to_vector();
    const double* next = drawn.data();
    for (int j = 0; j < hidden; ++j) W1[j][0] = *next++, W1[j][1] = *next++, b1[j] = *next++, W2[j] = *next++;
    b2 = *next;
  }

  double step(bool with_slope) {  // one epoch: the cost before it
    Net to = *this;
    double cost = 0;
    for (int i = 0; i < samples; ++i) {
      std::array<double, hidden> a;
      double z = b2;
      for (int j = 0; j < hidden; ++j) {
        a[j] = s(W1[j][0] * X[i][0] + W1[j][1] * X[i][1] + b1[j]);
        z += W2[j] * a[j];
      }
      const double y = s(z), error = y - t[i];
      cost += error * error / samples;
      const double delta = 2.0 / samples * error * (with_slope ? y * (1 - y) : 1);
      to.b2 -= rate * delta;
      for (int j = 0; j < hidden; ++j) {
        const double below = delta * W2[j] * a[j] * (1 - a[j]);
        to.W2[j] -= rate * delta * a[j];
        to.b1[j] -= rate * below;
        to.W1[j][0] -= rate * below * X[i][0];
        to.W1[j][1] -= rate * below * X[i][1];
      }
    }
    *this = to;
    return cost;
  }
};

int main(int count, char** arguments) {
  const std::uint64_t seed = count > 1 ? std::stoull(arguments[1]) : 0;
  Net net(seed);
  double cost = 1;
  int epoch = 0;
  for (; cost >= 5e-7; ++epoch) {  // "{:.6f}" prints what is smaller as 0.000000
    cost = net.step(true);
    if ((epoch > 0 && epoch <= 1000 && epoch % 100 == 0) || epoch == 10'000 || epoch == 100'000) {
      print("Epoch {}, Cost: {:.6f}   cost * epoch: {:.3f}", epoch, cost, cost * epoch);
    }
  }
  print("Cost: 0.000000 from epoch {} thousand on", std::lround((epoch - 1) / 1000.0));

  Net other(seed);
  for (epoch = 0, cost = 1; cost >= 5e-7 && epoch <= 5000; ++epoch) {
    cost = other.step(false);
    if (epoch == 100 || epoch == 800) print("delta without s': Epoch {}, Cost: {:.6f}", epoch, cost);
  }
  if (cost < 5e-7) print("delta without s': Cost: 0.000000 from epoch {} on", epoch - 1);
  else print("delta without s': Cost: {:.6f} at epoch 5000", cost);
}
