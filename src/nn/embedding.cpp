#include <fmt/format.h>

#include <gradus/nn/embedding.hpp>
#include <gradus/ops.hpp>

#include "nn/parameter.hpp"

namespace gradus::nn {
namespace {

Param rows(const char* op, std::int64_t count, std::int64_t width, const EmbeddingOptions& options) {
  if (count < 0 || width < 0) fail<ShapeError>(op, fmt::format("sizes cannot be negative: {} -> {}", count, width));
  const Initializer usual = [](const Shape& shape, Dtype dtype) { return init::normal(shape, 0, 1, dtype); };
  return Param(made(op, options.init, usual, {count, width}, options.dtype));
}

}  // namespace

Embedding::Embedding(std::int64_t count, std::int64_t width, const EmbeddingOptions& options) : weight(rows("embedding", count, width, options)) {}

Tensor Embedding::operator()(const Tensor& x) const {
  const std::string at = place(weight);
  const ModuleScope scope(at);
  if (is_float(x.dtype())) fail<DtypeError>("embedding", fmt::format("takes integers, and the input is {} {}", name(x.dtype()), to_string(x.shape())));
  return embedding(weight, x);
}

std::string Embedding::text() const { return fmt::format("embedding {} -> {}", weight.value().size(0), weight.value().size(1)); }

Positions::Positions(std::int64_t length, std::int64_t width, const EmbeddingOptions& options) : weight(rows("positions", length, width, options)) {}

Tensor Positions::operator()(const Tensor& x) const {
  const std::string at = place(weight);
  const ModuleScope scope(at);
  const Tensor& w = weight.value();
  if (x.rank() < 2 || x.size(-1) != w.size(1) || x.size(-2) > w.size(0)) {
    fail<ShapeError>("positions", fmt::format("the input is {}, but this layer takes [..., T, {}] with T up to {}", to_string(x.shape()), w.size(1), w.size(0)));
  }
  return x + (x.size(-2) == w.size(0) ? w : slice(w, 0, {0, x.size(-2)}));
}

std::string Positions::text() const { return fmt::format("positions {}", weight.value().size(0)); }

}  // namespace gradus::nn
