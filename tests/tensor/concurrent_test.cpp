// Two threads compute at once, products of the same shapes above all: each must get the bits that it gets alone.
#include <gtest/gtest.h>

#include <gradus/ops.hpp>

#include <thread>

namespace gradus {
namespace {

using Numbers = std::vector<double>;

Numbers compute(int what) {
  const Tensor a = cos(reshape(Tensor::arange(600 * 128, Dtype::f32) * 0.3, {600, 128})), b = sin(reshape(Tensor::arange(128 * 128, Dtype::f32) * 1.7, {128, 128}));
  switch (what) {
    case 0: return matmul(a, b).to_vector();
    case 1: return matmul(T(a), matmul(a, b)).to_vector();
    case 2: return matmul(a, T(b)).to_vector();
    case 3: return matmul(a, reshape(b[0], {128, 1})).to_vector();
    case 4: return matmul(reshape(a[0], {128, 1}), reshape(b[0], {1, 128})).to_vector();
    case 5: return matmul(cast(a, Dtype::f64), cast(b, Dtype::f64)).to_vector();
    case 6: return sum(tanh(a), 0).to_vector();
    default: return softmax(a).to_vector();
  }
}

TEST(Concurrent, the_same_bits_as_alone) {
  for (int what = 0; what < 8; ++what) {
    const Numbers alone = compute(what);
    int wrong = 0;
    for (int round = 0; round < 30; ++round) {
      Numbers first, second;
      std::thread one([&] { first = compute(what); }), two([&] { second = compute(what); });
      one.join();
      two.join();
      wrong += (first != alone) + (second != alone);
    }
    EXPECT_EQ(wrong, 0) << "computation " << what;
  }
}

}  // namespace
}  // namespace gradus
