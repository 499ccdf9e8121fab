#include <fmt/format.h>

#include <cmath>
#include <gradus/nn/attention.hpp>
#include <gradus/ops.hpp>

#include "nn/parameter.hpp"

namespace gradus::nn {
namespace {

std::int64_t checked_width(const char* op, std::int64_t width, std::int64_t heads) {
  if (width < 1 || heads < 1 || width % heads != 0) fail<ShapeError>(op, fmt::format("a width of {} does not divide into {} heads", width, heads));
  return width;
}

LinearOptions linear(const Initializer& init, const Initializer& bias_init, bool bias, Dtype dtype) {
  return {.bias = bias, .init = init, .bias_init = bias_init, .dtype = dtype};
}

}  // namespace

CausalSelfAttention::CausalSelfAttention(std::int64_t width, std::int64_t heads, const AttentionLayerOptions& options)
    : qkv(checked_width("causal_self_attention", width, heads), 3 * width, linear(options.init, options.bias_init, options.bias, options.dtype)),
      proj(width, width, linear(options.init, options.bias_init, options.bias, options.dtype)),
      heads_(heads),
      dropout_(options.dropout) {
  if (!(dropout_ >= 0 && dropout_ <= 1)) fail<ValueError>("causal_self_attention", fmt::format("the dropout {} is outside 0..1", dropout_));
}

Tensor CausalSelfAttention::operator()(const Tensor& x) const {
  const std::string at = place(qkv.weight), layer = at.substr(0, at.rfind('.'));
  const ModuleScope scope(layer);
  const std::int64_t width = proj.weight.value().size(0);
  if ((x.rank() != 2 && x.rank() != 3) || x.size(-1) != width) {
    fail<ShapeError>("causal_self_attention", fmt::format("the input is {}, but this layer takes [N, T, {}]", to_string(x.shape()), width));
  }
  if (x.rank() == 2) return squeeze(operator()(unsqueeze(x, 0)), 0);
  const std::int64_t n = x.size(0), steps = x.size(1);
  const Tensor all = qkv(x);  // [N, T, 3 width], of which the parts are views
  const auto part = [&](std::int64_t i) { return slice(all, -1, {i * width, (i + 1) * width}); };
  AttentionOptions how{.causal = true, .heads = heads_};
  const bool drops = dropout_ > 0 && Mode::training();
  if (drops) {
    how.dropout = dropout_;
    how.keep = bernoulli(1 - dropout_, {n, heads_, steps, steps}, Dtype::boolean);
  }
  const Tensor out = proj(scaled_dot_product_attention(part(0), part(1), part(2), how));
  return drops ? dropout(out, dropout_) : out;
}

std::string CausalSelfAttention::text() const { return fmt::format("causal_self_attention {}, {} heads", proj.weight.value().size(0), heads_); }

namespace {

std::int64_t inner_width(std::int64_t width, double mlp) {
  const double inner = static_cast<double>(width) * mlp;
  if (!(inner >= 1 && inner <= 1 << 30)) fail<ShapeError>("transformer", fmt::format("an inner layer of {} times {} is not possible", mlp, width));
  return std::llround(inner);
}

}  // namespace

TransformerBlock::TransformerBlock(std::int64_t width, std::int64_t heads, const TransformerOptions& options)
    : norm1(checked_width("transformer", width, heads), {.bias = options.bias, .dtype = options.dtype}),
      attention(width, heads, {.dropout = options.dropout, .bias = options.bias, .init = options.init, .bias_init = options.bias_init, .dtype = options.dtype}),
      norm2(width, {.bias = options.bias, .dtype = options.dtype}),
      up(width, inner_width(width, options.mlp), linear(options.init, options.bias_init, options.bias, options.dtype)),
      down(inner_width(width, options.mlp), width, linear(options.proj_init ? options.proj_init : options.init, options.bias_init, options.bias, options.dtype)),
      dropout_(options.dropout) {
  if (options.proj_init) attention.proj = Linear(width, width, linear(options.proj_init, options.bias_init, options.bias, options.dtype));
}

Tensor TransformerBlock::operator()(const Tensor& input) const {
  const Tensor x = input + attention(norm1(input));
  return x + dropout_(down(gelu(up(norm2(x)))));
}

std::string TransformerBlock::text() const {
  const Tensor& w = up.weight.value();
  return fmt::format("transformer {}, {}", w.size(1), attention.text().substr(attention.text().rfind(',') + 2));
}

}  // namespace gradus::nn
