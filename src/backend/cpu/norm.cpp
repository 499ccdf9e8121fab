// layer_norm, rms_norm and their gradient.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <optional>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/norm_kernels.hpp"

namespace gradus::cpu {
namespace {

// An input that may be missing.
template <class T>
struct Optional {
  std::optional<Dense<T>> here;
  Optional(Inputs x, std::size_t i) {
    if (i < x.size()) here.emplace(x[i].array());
  }
  const T* data() const { return here ? here->data() : nullptr; }
};

// Whether rows of n elements are to be written past the caches.
template <class T>
bool far(const T* rows, std::int64_t all, std::int64_t n) {
  return all * static_cast<std::int64_t>(sizeof(T)) >= far_bytes && n % 16 == 0 && reinterpret_cast<std::uintptr_t>(rows) % 64 == 0;
}

std::int64_t last_sizes(const Tensor& x, std::int64_t axes) { return numel(x.array().shape().last(static_cast<std::size_t>(axes))); }

template <class T>
void run_norm(Inputs x, Array& y, std::int64_t axes, double eps, bool centred) {
  const std::int64_t n = last_sizes(x[0], axes);
  if (y.numel() == 0) return;
  const Dense<T> rows(x[0].array());
  const Optional<T> w(x, 1), b(x, 2);
  DenseResult<T> out(y);
  const bool past = far(out.data(), y.numel(), n);
  parallel_for(y.numel() / n, Cost(2 * n), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) norm_kernels<T>().forward(rows.data() + i * n, n, centred, static_cast<T>(eps), w.data(), b.data(), out.data() + i * n, past);
  });
  out.finish();
}
template <class T>
void run_layer_norm(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::LayerNorm>(*kernel.op);
  run_norm<T>(x, y, op.axes, op.eps, true);
}
template <class T>
void run_rms_norm(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::RmsNorm>(*kernel.op);
  run_norm<T>(x, y, op.axes, op.eps, false);
}

// The gradients of weight and bias are summed within blocks of rows, and then over the blocks in order. The blocks depend on the
// shape alone, so the sums have the same bits for every number of threads.
template <class T>
void run_norm_grad(const Kernel& kernel, Inputs x, Array& y) {
  constexpr std::int64_t least_rows = 16, most_blocks = 64;
  const auto& op = *ops::as<ops::NormGrad>(*kernel.op);
  const std::int64_t all = x[0].numel(), n = last_sizes(x[0], op.axes), count = n ? all / n : 0;
  const bool weighed = x.size() > 2;
  DenseResult<T> out(y);
  const bool past = far(out.data(), all, n);
  const Dense<T> rows(x[0].array()), slopes(x[x.size() - 1].array());
  const Optional<T> w(x.first(x.size() - 1), 1);
  const std::int64_t height = std::max(least_rows, (count + most_blocks - 1) / most_blocks), blocks = (count + height - 1) / height, room = (n + slack) * 2;
  const Work<T> sums(weighed ? blocks * room : 0);
  parallel_for(blocks, Cost(2 * n * height), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = first; block < last; ++block) {
      T *dw = weighed ? sums.data() + block * room : nullptr, *db = weighed && op.centred ? dw + n + slack : nullptr;
      if (weighed) std::fill_n(dw, room, T(0));
      for (std::int64_t i = block * height; i < std::min(count, (block + 1) * height); ++i) {
        norm_kernels<T>().backward(rows.data() + i * n, slopes.data() + i * n, n, op.centred, static_cast<T>(op.eps), w.data(), out.data() + i * n, dw, db, past);
      }
    }
  });
  if (weighed) {
    for (int k = 0; k < (op.centred ? 2 : 1); ++k) {
      T* to = out.data() + all + k * n;
      std::fill_n(to, n, T(0));
      for (std::int64_t block = 0; block < blocks; ++block) {
        const T* from = sums.data() + block * room + k * (n + slack);
        for (std::int64_t j = 0; j < n; ++j) to[j] += from[j];
      }
    }
  }
  out.finish();
}

}  // namespace

Kernel prepare_norm(const Op& op, Inputs, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  if (ops::as<ops::LayerNorm>(op)) return {f32 ? &run_layer_norm<float> : &run_layer_norm<double>, &op};
  if (ops::as<ops::RmsNorm>(op)) return {f32 ? &run_rms_norm<float> : &run_rms_norm<double>, &op};
  if (ops::as<ops::NormGrad>(op)) return {f32 ? &run_norm_grad<float> : &run_norm_grad<double>, &op};
  return {};
}

}  // namespace gradus::cpu
