// What a wrong call says.
#pragma once
#include <gtest/gtest.h>

#include <gradus/ops.hpp>

namespace gradus {

// The text of the error, which must be an E; anything else is a failure of the test.
template <class E, class F>
std::string text_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another kind of error: ") + e.what();
  }
  return "no error";
}

#define EXPECT_MESSAGE(E, call, text) EXPECT_EQ(gradus::text_of<gradus::E>([&] { static_cast<void>(call); }), text)

// An op applied to inputs of any number.
inline Tensor apply_to(const Ref<const Op>& op, const Tensors& x) { return gradus::apply(op, Inputs(x)); }
template <class S>
Tensor apply_to(const S& op, const Tensors& x) {
  return apply_to(ops::make_op(op), x);
}

inline const std::string undefined_hint = " is an undefined tensor. Hint: a default-constructed Tensor holds nothing: assign it first";

inline Tensor zeros(Shape shape, Dtype dtype = Dtype::f32) { return Tensor::zeros(std::move(shape), dtype); }

}  // namespace gradus
