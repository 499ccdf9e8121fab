// Comparison of tensors with numbers, for tests.
#pragma once
#include <gtest/gtest.h>

#include <gradus/tensor.hpp>

namespace gradus {

inline void expect_near(const Tensor& x, const std::vector<double>& wanted, double tolerance) {
  const std::vector<double> found = x.to_vector();
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], tolerance) << "element " << i;
}

// The message of the E that f throws.
template <class E, class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
  return "no error";
}

}  // namespace gradus
