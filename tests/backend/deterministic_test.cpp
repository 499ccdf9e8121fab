// set_deterministic: the same bits for every number of threads, eager and in a plan, for every product and convolution of oneDNN.
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace gradus {
namespace {

struct Settings {
  const int before = threads();
  explicit Settings(int count) {
    set_threads(count);
    set_deterministic(true);
  }
  ~Settings() {
    set_threads(before);
    set_deterministic(false);
  }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
};

bool equal_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i].spec() == b[i].spec()) || a[i].to_vector() != b[i].to_vector()) return false;
  }
  return a.size() == b.size();
}

template <class F>
void expect_same(const F& f, const std::string& what) {
  std::vector<Tensor> expected;
  for (const int count : {1, 2, 3, 4}) {
    const Settings on(count);
    manual_seed(1);
    const std::vector<Tensor> found = f();
    if (count == 1) expected = found;
    else EXPECT_TRUE(equal_bits(found, expected)) << what << ", " << count << " threads";
  }
}

double distance(const Tensor& a, const Tensor& b) { return std::sqrt((sum(square(a - b)) / (sum(square(b)) + 1e-30)).item()); }

TEST(Deterministic, products_of_all_shapes) {
  for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{64, 64, 4000}, {300, 70, 500}, {33, 1000, 129}, {1000, 33, 65}, {7, 2000, 300}, {256, 1024, 2048}, {1, 513, 900}}) {
    const auto f = [m = m, n = n, k = k] {
      const Tensor a = Tensor::randn({m, k}), b = Tensor::randn({k, n}), c = Tensor::randn({n, k}), d = Tensor::randn({k, m});
      return std::vector<Tensor>{matmul(a, b), matmul(a, T(c)), matmul(T(d), b), matmul(Tensor::randn({3, 40, 70}), Tensor::randn({3, 70, 50}))};
    };
    expect_same(f, to_string(Shape{m, n, k}));
    const Settings on(2);
    manual_seed(1);
    const Tensor a = Tensor::randn({m, k}), b = Tensor::randn({k, n});
    EXPECT_LT(distance(matmul(a, b), cast(matmul(cast(a, Dtype::f64), cast(b, Dtype::f64)), Dtype::f32)), 1e-5);
  }
}

TEST(Deterministic, convolutions_and_their_gradients) {
  for (const auto& [images, in, out, side, groups] : {std::array<std::int64_t, 5>{5, 3, 40, 12, 1}, {16, 32, 64, 9, 1}, {1, 16, 100, 20, 1}, {9, 32, 48, 7, 4}, {2, 1, 17, 28, 1}}) {
    const auto gradients = [images = images, in = in, out = out, side = side, groups = groups](Dtype dtype) {
      manual_seed(1);
      const Tensor x = cast(Tensor::randn({images, in, side, side}), dtype), w = cast(Tensor::randn({out, in / groups, 3, 3}), dtype);
      const auto f = [groups](const Tensor& a, const Tensor& b) { return sum(square(conv(a, b, {.padding = {1}, .groups = groups}))); };
      const auto g = grad(f)(x, w);
      const auto planned = compile(grad(f))(x, w);
      return std::vector<Tensor>{conv(x, w, {.padding = {1}, .groups = groups}), g[0], g[1], planned[0], planned[1]};
    };
    const std::string what = to_string(Shape{images, in, out, side, groups});
    expect_same([&] { return gradients(Dtype::f32); }, what);
    const Settings on(2);
    const std::vector<Tensor> found = gradients(Dtype::f32), expected = gradients(Dtype::f64);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_LT(distance(cast(found[i], Dtype::f64), expected[i]), 1e-5) << what << ", " << i;
  }
}

TEST(Deterministic, training) {
  expect_same([] {
    nn::Sequential net{nn::Conv2d{3, 32, 3, {.padding = 1}}, nn::BatchNorm2d{32}, nn::Relu{}, nn::MaxPool2d{2}, nn::Conv2d{32, 40, 3}, nn::Relu{}, nn::Dropout{0.2},
                       nn::Flatten{}, nn::Linear{40 * 36, 128}, nn::Gelu{}, nn::LayerNorm{128}, nn::Linear{128, 10}};
    optim::Adam opt{net, {}};
    auto step = compile([&](const Tensor& x, const Tensor& y) {
      auto [loss, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::cross_entropy(n(x), y); });
      optim::clip_by_norm(g, 1);
      opt.update(net, g);
      return loss;
    });
    const Tensor x = Tensor::randn({32, 3, 16, 16}), y = randint({32}, 0, 10);
    std::vector<Tensor> out;
    for (int i = 0; i < 8; ++i) out.push_back(step(x, y));
    for (const auto& [path, p] : parameters(net)) out.push_back(p->value());
    return out;
  }, "pictures");
}

}  // namespace
}  // namespace gradus
