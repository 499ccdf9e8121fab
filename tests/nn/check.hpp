// What every layer must do: right gradients, deep copies, the same after saving and loading, shared parameters.
#pragma once
#include <gradus/autodiff/gradcheck.hpp>
#include <gradus/base/random.hpp>
#include <gradus/nn.hpp>
#include <unistd.h>

#include <filesystem>

#include "nn/near.hpp"

namespace gradus {

template <class Layer>
std::vector<std::string> parameter_names(Layer layer) {
  std::vector<std::string> names;
  walk(layer, [&](const std::string& path, Param&) { names.push_back(path); });
  return names;
}

// Of a weighted sum of the layer's output with respect to its input (when that is f64) and to every parameter, against differences.
template <class Layer>
void expect_gradients(const Layer& layer, const Tensor& x, bool training = true) {
  Tensors inputs{x};
  Layer own = layer;
  for (const NamedParam& p : parameters(own)) inputs.push_back(p.param->value());
  const bool numbers = is_float(x.dtype());
  const auto f = [&](Inputs in) {
    const RandomScope same({7, 0});
    const Mode mode(training);
    Layer bound = layer;
    std::size_t next = numbers ? 1 : 0;
    for (const NamedParam& p : parameters(bound)) p.param->bind(in[next++]);
    const Tensor y = bound(numbers ? in[0] : x);
    return sum(y * (Tensor::randn(y.shape(), Dtype::f64) + square(y)));
  };
  const Tensors checked(inputs.begin() + (numbers ? 0 : 1), inputs.end());
  const GradcheckReport report = gradcheck(f, checked);
  EXPECT_TRUE(report.ok) << report.message;
  EXPECT_LT(report.worst, 1e-6);
}

// Copies are deep, files hold everything, and a tie is seen.
template <class Layer>
void expect_layer_rules(const Layer& layer, const Tensor& x) {
  const std::vector<double> before = layer(x).to_vector();
  Layer copy = layer;
  EXPECT_EQ(copy(x).to_vector(), before);
  for (const NamedParam& p : parameters(copy)) p.param->set(p.param->value() * 0.5 + 0.25);
  EXPECT_EQ(layer(x).to_vector(), before);
  EXPECT_NE(copy(x).to_vector(), before);
  const std::string path = (std::filesystem::temp_directory_path() / ("gradus-layer-" + std::to_string(getpid()) + ".safetensors")).string();
  save(layer, path);
  load(copy, path);
  std::filesystem::remove(path);
  EXPECT_EQ(copy(x).to_vector(), before);
  Layer tied = copy;
  const std::size_t count = parameters(tied).size();
  parameters(tied)[0].param->tie(*parameters(copy)[0].param);
  struct Both {
    Layer a, b;
  } both{std::move(copy), std::move(tied)};
  EXPECT_EQ(parameters(both).size(), 2 * count - 1);
}

}  // namespace gradus
