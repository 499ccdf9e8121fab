// Matrix products over the last two axes, with broadcasting of the axes before them.
#include <gradus/base/threads.hpp>

#include "backend/cpu/conv.hpp"
#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/gemm.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/small.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

// x as dtype T with element strides that a product can use.
template <class T>
Tensor operand(const Tensor& x) {
  if (x.dtype() == dtype_of<T>() && !x.array().literal) return x;
  return cast(x, dtype_of<T>());
}

// The product, and the bias added to its rows; true if that was done at once.
template <class T>
bool one_product(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c, bool padded, [[maybe_unused]] const T* bias) {
#if GRADUS_ONEDNN
  if constexpr (std::is_same_v<T, float>) {
    if (bias && onednn_gemm(m, n, k, a, b, c, bias)) return true;
  }
#endif
  product<T>(m, n, k, a, b, c, padded);
  return false;
}

// True if the bias, which may be null, was added.
template <class T>
bool run(Inputs x, Array& y, const T* bias) {
  const Tensor left = operand<T>(x[0]), right = operand<T>(x[1]);
  const Array &a = left.array(), &b = right.array();
  const std::size_t ra = a.shape().size(), rb = b.shape().size(), ry = y.shape().size();
  const std::int64_t m = y.shape()[ry - 2], n = y.shape()[ry - 1], k = a.shape()[ra - 1];
  if (y.numel() == 0) return true;
  const auto matrix = [](const Array& s, std::int64_t offset) {
    const std::size_t r = s.shape().size();
    return Matrix<T>{static_cast<const T*>(s.data()) + offset, s.strides()[r - 2], s.strides()[r - 1]};
  };
  T* c = static_cast<T*>(y.data());
  const bool padded = b.buffer()->padded() && y.buffer()->padded();
  // A stack of matrices that lies in memory as one, times one matrix: a single product.
  if (rb == 2 && ra > 2) {
    const Walk rows(a.shape().first(ra - 1), a.strides().first(ra - 1));
    if (rows.sizes.size() == 1) {
      return one_product<T>(y.numel() / n, n, k, {static_cast<const T*>(a.data()), rows.strides[0], a.strides()[ra - 1]}, matrix(b, 0), c, padded, bias);
    }
  }
  // The leading axes of the output, and how each operand steps along them.
  const Dims lead = y.shape().first(ry - 2);
  const auto steps = [&](const Array& s) {
    Shape out(lead.size());
    const std::size_t own = s.shape().size() - 2, skip = lead.size() - own;
    for (std::size_t i = 0; i < own; ++i) out[skip + i] = s.shape()[i] == lead[skip + i] ? s.strides()[i] : 0;
    return out;
  };
  const Shape a_steps = steps(a), b_steps = steps(b);
  const std::int64_t count = numel(lead);
  if (count == 1 && lead.empty()) return one_product<T>(m, n, k, matrix(a, 0), matrix(b, 0), c, padded, bias);
  const auto one = [&](std::int64_t i, bool in_order) {
    std::int64_t rest = i, a_offset = 0, b_offset = 0;
    for (std::size_t d = lead.size(); d-- > 0;) {
      a_offset += rest % lead[d] * a_steps[d];
      b_offset += rest % lead[d] * b_steps[d];
      rest /= lead[d];
    }
    product<T>(m, n, k, matrix(a, a_offset), matrix(b, b_offset), c + i * m * n, padded && in_order);
  };
  if (count < threads()) {  // few products: each uses all threads by itself
    for (std::int64_t i = 0; i < count; ++i) one(i, true);
    return false;
  }
  parallel_for(count, Cost(m * n * k, 8), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) one(i, i + 1 < last);  // the last one would write into the part of another thread
  });
  return false;
}

void run_matmul(const Kernel&, Inputs x, Array& y) {
  if (y.dtype() == Dtype::f32) run<float>(x, y, nullptr);
  else if (y.dtype() == Dtype::f64) run<double>(x, y, nullptr);
  else run<std::int64_t>(x, y, nullptr);
}

template <class T>
void run_addmm(const Kernel&, Inputs x, Array& y) {
  const Dense<T> bias(x[0].array());
  if (run<T>(x.subspan(1), y, bias.data())) return;
  const std::int64_t n = y.shape().back();
  parallel_for(y.numel() / n, Cost(n), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) row_kernels<T>().add(static_cast<T*>(y.data()) + i * n, T(1), bias.data(), n);
  });
}

// A product of two matrices in a plan.
template <class T>
class Product final : public Task {
 public:
  Product(const Array& a, const Array& b, const Ref<Array>& y)
      : Task([](Task& self) { static_cast<Product&>(self).run_product(); }), a_(const_cast<Array*>(&a)), b_(const_cast<Array*>(&b)), y_(y),
        m_(y->shape()[0]), n_(y->shape()[1]), k_(a.shape()[1]), tiny_(tiny_gemm<T>(m_, n_, k_)) {}

 private:
  void run_product() {
    const Matrix<T> a{static_cast<const T*>(a_->data()), a_->strides()[0], a_->strides()[1]};
    const Matrix<T> b{static_cast<const T*>(b_->data()), b_->strides()[0], b_->strides()[1]};
    T* y = static_cast<T*>(y_->data());
    tiny_ && b_->buffer()->padded() ? tiny_(m_, n_, k_, a, b, y) : product<T>(m_, n_, k_, a, b, y);
  }
  const Ref<Array> a_, b_, y_;
  const std::int64_t m_, n_, k_;
  const TinyGemm<T> tiny_;
};

}  // namespace

std::unique_ptr<Task> contract_task(const Op& op, Inputs x, const Ref<Array>& y) {
  if (!ops::as<ops::Matmul>(op) || y->shape().size() != 2 || y->numel() == 0) return nullptr;
  for (const Tensor& t : x) {
    if (t.rank() != 2 || t.dtype() != y->dtype() || t.array().literal) return nullptr;
  }
  if (y->dtype() != Dtype::f32 && y->dtype() != Dtype::f64) return nullptr;
  if (auto small = small_product(x[0].array(), x[1].array(), y)) return small;
  if (y->dtype() == Dtype::f32) return std::make_unique<Product<float>>(x[0].array(), x[1].array(), y);
  return std::make_unique<Product<double>>(x[0].array(), x[1].array(), y);
}

Kernel prepare_contract(const Op& op, Inputs x, const Array& y) {
  if (ops::as<ops::Matmul>(op)) return {&run_matmul, &op};
  if (ops::as<ops::Addmm>(op) && is_float(y.dtype())) return {y.dtype() == Dtype::f64 ? &run_addmm<double> : &run_addmm<float>, &op};
  return prepare_conv(op, x, y);
}

}  // namespace gradus::cpu
