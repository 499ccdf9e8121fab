// For the derivations in plain numbers: nothing here uses an operation of the library.
#pragma once
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace gradus::plain {

using Numbers = std::vector<double>;

inline Numbers draw(std::int64_t n) { return Tensor::randn({n}, Dtype::f64).to_vector(); }
inline Tensor tensor(const Numbers& values, Shape shape) { return Tensor::from(values, std::move(shape)); }
inline double logistic(double z) { return 1 / (1 + std::exp(-z)); }

// Central differences with five points: the error falls with h^4.
inline Numbers central(const std::function<double(const Numbers&)>& loss, const Numbers& at) {
  constexpr double h = 1e-3;
  Numbers out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto moved = [&](double by) {
      Numbers x = at;
      x[i] += by;
      return loss(x);
    };
    out.push_back((8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h));
  }
  return out;
}

inline void expect_near(const Numbers& found, const Numbers& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << what << ", number " << i;
}

// What was derived by hand, against both.
inline void expect_gradient(const Numbers& by_hand, const Tensor& autodiff, const Numbers& differences, const std::string& what) {
  expect_near(by_hand, autodiff.to_vector(), 1e-12, what + " against autodiff");
  expect_near(by_hand, differences, 1e-7, what + " against central differences");
}

}  // namespace gradus::plain
