// Single operations of any size: products and convolutions.
#include <fmt/format.h>
#include <gradus/base/text.hpp>

#include <charconv>

#include "bench_step.hpp"

namespace gradus::cli {
namespace {

constexpr std::int64_t most_elements = std::int64_t{1} << 30;  // of one tensor: 4 GB

// "32x64x3x3" -> {32, 64, 3, 3}.
Shape parse_sizes(const std::string& op, const std::string& text, std::size_t count, const char* example) {
  Shape sizes;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('x', at), text.size());
    std::int64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, size);
    if (error != std::errc() || stop != text.data() + end || size < 1 || size > most_elements) {
      fail<UsageError>(op, fmt::format("{} is not a list of {} sizes from 1 to {}", quoted(text), count, most_elements), fmt::format("such as {}", example));
    }
    sizes.push_back(size);
    at = end + 1;
  }
  if (sizes.size() != count) fail<UsageError>(op, fmt::format("{} are {} sizes and not {}", quoted(text), sizes.size(), count), fmt::format("such as {}", example));
  return sizes;
}

// What a step of a workload with sizes is made of: bench_step makes it anew, without arguments.
struct Sizes {
  std::int64_t m = 1024, k = 1024, n = 1024;
  Shape x, weight;
  std::int64_t stride = 1, padding = 0;
};
Sizes sizes;

void check_elements(const char* op, const std::string& text, std::initializer_list<double> counts) {
  for (const double count : counts) {
    if (count > static_cast<double>(most_elements)) {
      fail<UsageError>(op, fmt::format("{} is too large: a tensor of {:.3g} elements", quoted(text), count), fmt::format("at most {} elements", most_elements));
    }
  }
}

struct Gemm {
  std::vector<std::array<Tensor, 2>> batches{{Tensor::randn({sizes.m, sizes.k}), Tensor::randn({sizes.k, sizes.n})}};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return matmul(x, y); }
};

Json measured_gemm(const char* name, const BenchOptions& options) {
  const double m = static_cast<double>(sizes.m), k = static_cast<double>(sizes.k), n = static_cast<double>(sizes.n);
  return bench_step<Gemm>({.name = name, .gflop = 2e-9 * m * n * k, .gbytes = 4e-9 * (m * k + k * n + m * n)}, options);
}

Json gemm1024(const BenchOptions& options) { return measured_gemm("gemm1024", options); }

Json gemm(const BenchOptions& options) {
  constexpr auto example = "gemm 512x256x1024: [512, 256] times [256, 1024]";
  if (options.sizes.size() != 1) fail<UsageError>("bench gemm", fmt::format("it takes one word of sizes, and {} are given", options.sizes.size()), fmt::format("such as {}", example));
  const Shape s = parse_sizes("bench gemm", options.sizes[0], 3, example);
  sizes.m = s[0], sizes.k = s[1], sizes.n = s[2];
  const double m = static_cast<double>(s[0]), k = static_cast<double>(s[1]), n = static_cast<double>(s[2]);
  check_elements("bench gemm", options.sizes[0], {m * k, k * n, m * n});
  Json out = measured_gemm("gemm", options);
  out["sizes"] = options.sizes[0];
  return out;
}

// Result and both gradients.
struct Convolution {
  std::vector<std::array<Tensor, 2>> batches{{Tensor::randn(sizes.x), Tensor::randn(sizes.weight)}};
  Tensors operator()(const Tensor& x, const Tensor& w) const {
    const auto f = [](const Tensor& a, const Tensor& b) { return conv2d(a, b, {.stride = {sizes.stride}, .padding = {sizes.padding}}); };
    const auto [y, pull] = vjp(f, x, w);
    const auto [dx, dw] = pull(y);
    return {y, dx, dw};
  }
};

Json convolution(const BenchOptions& options) {
  constexpr auto op = "bench conv";
  constexpr auto example = "conv 32x64x28x28 128x3x3 stride=2 padding=1: pictures NxCxHxW, then OUTxHxW of the windows";
  if (options.sizes.size() < 2) fail<UsageError>(op, fmt::format("it takes two words of sizes, and {} are given", options.sizes.size()), fmt::format("such as {}", example));
  sizes.x = parse_sizes(op, options.sizes[0], 4, example);
  const Shape window = parse_sizes(op, options.sizes[1], 3, example);
  sizes.weight = {window[0], sizes.x[1], window[1], window[2]};
  sizes.stride = 1, sizes.padding = 0;
  for (std::size_t i = 2; i < options.sizes.size(); ++i) {
    const std::string& word = options.sizes[i];
    const bool stride = word.starts_with("stride="), padding = word.starts_with("padding=");
    const std::size_t begin = word.find('=') + 1;
    std::int64_t value = -1;
    if (stride || padding) {
      const auto [stop, error] = std::from_chars(word.data() + begin, word.data() + word.size(), value);
      if (error != std::errc() || stop != word.data() + word.size() || value > 1000) value = -1;
    }
    if (value < (stride ? 1 : 0)) fail<UsageError>(op, fmt::format("{} is not understood", quoted(word)), "stride=1 to 1000 or padding=0 to 1000");
    (stride ? sizes.stride : sizes.padding) = value;
  }
  const auto places = [&](std::size_t axis) { return (sizes.x[axis] + 2 * sizes.padding - sizes.weight[axis]) / sizes.stride + 1; };
  for (const std::size_t axis : {2U, 3U}) {
    if (sizes.x[axis] + 2 * sizes.padding < sizes.weight[axis]) {
      fail<UsageError>(op, fmt::format("windows of {} do not fit into {} with a padding of {}", sizes.weight[axis], sizes.x[axis], sizes.padding), fmt::format("such as {}", example));
    }
  }
  const auto count = [](const Shape& s) { return static_cast<double>(s[0]) * static_cast<double>(s[1]) * static_cast<double>(s[2]) * static_cast<double>(s[3]); };
  const double out_places = static_cast<double>(sizes.x[0]) * static_cast<double>(places(2)) * static_cast<double>(places(3));
  const double y = out_places * static_cast<double>(sizes.weight[0]), x = count(sizes.x), w = count(sizes.weight);
  std::string text;
  for (const std::string& word : options.sizes) text += (text.empty() ? "" : " ") + word;
  check_elements(op, text, {x, w, y});
  Json out = bench_step<Convolution>({.name = "conv", .gflop = 3 * 2e-9 * out_places * w, .gbytes = 4e-9 * (3 * x + 3 * w + 2 * y)}, options);
  out["sizes"] = text;
  return out;
}

}  // namespace

const std::vector<Workload>& kernel_workloads() {
  static const std::vector<Workload> all = {{"gemm1024", "one product of 1024x1024 matrices", &gemm1024},
                                            {"gemm", "a product [M, K] [K, N]", &gemm, "MxKxN"},
                                            {"conv", "a convolution and both gradients", &convolution, "NxCxHxW OUTxHxW [stride=S] [padding=P]"}};
  return all;
}

}  // namespace gradus::cli
