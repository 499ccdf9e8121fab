// The scalar language: the words in which every elementwise formula of Gradus is written, once.
//
//   struct Swish {
//     static constexpr auto f (auto x)                 { return x / (1 + exp(-x)); }
//     static constexpr auto df(auto x, auto y, auto t) { return t * (y + (1 - y) / (1 + exp(-x))); }
//   };
//   Swish::f(lang::Scalar<double>(0.5)).value                 // a number
//   Swish::f(lang::Expr::variable("x")).text()                // "x / (1 + exp(-x))"
//   Swish::df(Probe{1}, Probe{2}, Probe{4}).mask              // 7: reads x, y and t
//
// The same text runs on SIMD packs inside the library and on tensors, where it can be differentiated again.
// Words: + - * /  == != < <= > >=  & | !  select fma and those of lang/words.hpp: min max abs sign sqrt floor pow exp log sin
//        tanh erf lgamma and so on. Numbers mix freely with values. Write an exact constant, no `if`.
// Rules: both branches of select are evaluated, so guard the argument; min and max propagate NaN;
// a fused multiply-add is written fma(a, b, c). Files that use Scalar need -ffp-contract=off for equal bits.
#pragma once
#include "gradus/lang/expr.hpp"
#include "gradus/lang/lane.hpp"
#include "gradus/lang/probe.hpp"
#include "gradus/lang/scalar.hpp"
