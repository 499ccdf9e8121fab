// The elementwise operations for numbers: the structs and their derivatives, without tensors.
//   ops::Sigmoid::f(lang::Scalar<double>(0.5)).value
#pragma once
#include <tuple>
#include <utility>

#include "../base/family.hpp"
#include "../lang.hpp"
#include "list.hpp"

namespace gradus::ops {

using lang::Range;

template <int N>
struct Map {  // elementwise on N inputs, with broadcasting
  static constexpr Family tag = Family::map;
  static constexpr int inputs = N;
};

#include "map.inl.hpp"
#include "elementary.inl.hpp"
#include "activation.inl.hpp"
#include "grad.inl.hpp"

}  // namespace gradus::ops
