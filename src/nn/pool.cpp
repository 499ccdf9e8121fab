#include <fmt/format.h>

#include <gradus/nn/pool.hpp>
#include <gradus/ops.hpp>

namespace gradus::nn {
namespace {

void check(const char* op, Pair kernel, Pair stride, Pair padding) {
  const auto least = [op](const char* what, Pair pair, std::int64_t number) {
    if (pair.height < number || pair.width < number) fail<ShapeError>(op, fmt::format("a {} of {} is not possible", what, pair.text()), fmt::format("{} or more", number));
  };
  least("kernel", kernel, 1);
  least("stride", stride, 1);
  least("padding", padding, 0);
  if (2 * padding.height > kernel.height || 2 * padding.width > kernel.width) {
    fail<ShapeError>(op, fmt::format("a padding of {} is more than half of the kernel {}", padding.text(), kernel.text()), "some windows would see nothing else");
  }
}

void check_input(const char* op, const Tensor& x) {
  if (x.rank() != 3 && x.rank() != 4) fail<ShapeError>(op, fmt::format("the input is {}, but this layer takes [N, C, H, W]", to_string(x.shape())));
}

std::string text_of(const char* op, Pair kernel, Pair stride, Pair padding) {
  std::string out = fmt::format("{} {}", op, kernel.text());
  if (!(stride == kernel)) out += ", stride " + stride.text();
  if (!(padding == Pair(0))) out += ", padding " + padding.text();
  return out;
}

}  // namespace

MaxPool2d::MaxPool2d(Pair kernel, const MaxPool2dOptions& options)
    : kernel_(kernel), stride_(options.stride == Pair(0) ? kernel : options.stride), padding_(options.padding), dilation_(options.dilation), ceil_mode_(options.ceil_mode) {
  check("max_pool2d", kernel_, stride_, padding_);
}
Tensor MaxPool2d::operator()(const Tensor& x) const {
  check_input("max_pool2d", x);
  return max_pool(x, kernel_.shape(), {.stride = stride_.shape(), .padding = padding_.shape(), .dilation = dilation_.shape(), .ceil_mode = ceil_mode_});
}
std::string MaxPool2d::text() const { return text_of("max_pool2d", kernel_, stride_, padding_); }

AvgPool2d::AvgPool2d(Pair kernel, const AvgPool2dOptions& options)
    : kernel_(kernel), stride_(options.stride == Pair(0) ? kernel : options.stride), padding_(options.padding), ceil_mode_(options.ceil_mode), count_include_pad_(options.count_include_pad) {
  check("avg_pool2d", kernel_, stride_, padding_);
}
Tensor AvgPool2d::operator()(const Tensor& x) const {
  check_input("avg_pool2d", x);
  return avg_pool(x, kernel_.shape(), {.stride = stride_.shape(), .padding = padding_.shape(), .ceil_mode = ceil_mode_, .count_include_pad = count_include_pad_});
}
std::string AvgPool2d::text() const { return text_of("avg_pool2d", kernel_, stride_, padding_); }

Tensor GlobalAvgPool::operator()(const Tensor& x) const { return global_avg_pool(x); }

}  // namespace gradus::nn
