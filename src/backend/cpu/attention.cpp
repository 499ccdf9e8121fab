// Attention by blocks of queries and keys (Dao et al. 2022): the scores of one pair of blocks at a time, with the largest score and the
// sum of exponentials so far; what was summed under a smaller maximum is scaled down when a larger one comes.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "backend/cpu/families.hpp"
#include "backend/cpu/gemm.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

constexpr std::int64_t block_queries = 64, block_keys = 256;

template <class T>
struct Room {
  Ref<Buffer> buffer;
  T* data;
  explicit Room(std::int64_t n) : buffer(Buffer::make(static_cast<std::size_t>(n + slack) * sizeof(T))), data(reinterpret_cast<T*>(buffer->data())) {}
};

template <class T>
Tensor whole(const Tensor& x) { return contiguous(cast(Tensor(x.array_ref()), dtype_of<T>())); }
template <class T>
const T* numbers(const Tensor& x) { return static_cast<const T*>(x.array().data()); }

// Everything that attention and its gradient read.
template <class T>
class Scores {
 public:
  template <class O>
  Scores(const O& op, Inputs x)
      : causal(op.causal), q(whole<T>(x[0])), k(whole<T>(x[1])), v(whole<T>(x[2])), L(q.size(-2)), S(k.size(-2)), E(q.size(-1)), V(v.size(-1)),
        scale(static_cast<T>(op.scale != 0 ? op.scale : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, E))))), scale_kept(static_cast<T>(1 / (1 - op.dropout))) {
    Shape shape = q.shape();
    shape.back() = S;
    if (op.masked) mask_.emplace(x[3], shape);
    if (op.dropout > 0) keep_.emplace(x[3 + op.masked], shape);
    batches = L * E > 0 ? q.numel() / (L * E) : numel(Dims(shape).first(shape.size() - 2));
  }

  // [rows, n] scaled scores of queries i0.. and keys j0.. of one batch; -inf where a query does not see a key.
  void block(std::int64_t batch, std::int64_t i0, std::int64_t rows, std::int64_t j0, std::int64_t n, T* s, T* scratch) const {
    product<T>(rows, n, E, {numbers<T>(q) + (batch * L + i0) * E, E, 1}, {numbers<T>(k) + (batch * S + j0) * E, 1, E}, s);
    constexpr T hidden = -std::numeric_limits<T>::infinity();
    for (std::int64_t r = 0; r < rows; ++r) {
      T* row = s + r * n;
      for (std::int64_t j = 0; j < n; ++j) row[j] *= scale;
      if (mask_) {
        mask_->load((batch * L + i0 + r) * S + j0, n, scratch);
        if (mask_->additive) for (std::int64_t j = 0; j < n; ++j) row[j] += scratch[j];
        else for (std::int64_t j = 0; j < n; ++j) row[j] = scratch[j] != 0 ? row[j] : hidden;
      }
      if (causal) std::fill(row + std::clamp<std::int64_t>(i0 + r + 1 - j0, 0, n), row + n, hidden);
    }
  }
  // The keys after these are seen by none of the queries.
  std::int64_t last_key(std::int64_t i0, std::int64_t rows) const { return causal ? std::min(S, i0 + rows) : S; }
  // How many stretches of so many queries are worth a thread.
  std::int64_t grain(std::int64_t queries) const { return std::max<std::int64_t>(1, (std::int64_t{1} << 17) / std::max<std::int64_t>(1, queries * S * (E + V))); }
  bool drops() const { return keep_.has_value(); }
  // row of weights, zero where dropout does not keep one.
  void drop(std::int64_t batch, std::int64_t i, std::int64_t j0, std::int64_t n, T* row, T* scratch) const {
    keep_->load((batch * L + i) * S + j0, n, scratch);
    for (std::int64_t j = 0; j < n; ++j) row[j] = scratch[j] != 0 ? row[j] * scale_kept : T(0);
  }

  bool causal;
  Tensor q, k, v;
  std::int64_t L, S, E, V, batches = 0;
  T scale, scale_kept;

 private:
  struct Broadcast {
    Tensor x;
    Walk walk;
    bool additive;
    Broadcast(const Tensor& t, const Shape& shape) : x(Tensor(t.array_ref())), walk(Walk::broadcast(t.array(), shape)), additive(is_float(t.dtype())) {}
    void load(std::int64_t first, std::int64_t n, T* to) const { cpu::load(x.array(), walk, first, n, dtype_of<T>(), to); }
  };
  std::optional<Broadcast> mask_, keep_;
};

template <class T>
void add_to(T* to, const T* from, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
}

template <class T>
void forward_block(const Scores<T>& a, std::int64_t batch, std::int64_t i0, std::int64_t rows, T* out) {
  constexpr T none = -std::numeric_limits<T>::infinity();
  Room<T> s(rows * block_keys), scratch(block_keys), sums(rows * a.V), part(rows * a.V), top(rows), total(rows);
  std::fill_n(sums.data, rows * a.V, T(0));
  std::fill_n(top.data, rows, none);
  std::fill_n(total.data, rows, T(0));
  const std::int64_t end = a.last_key(i0, rows);
  for (std::int64_t j0 = 0; j0 < end; j0 += block_keys) {
    const std::int64_t n = std::min(block_keys, end - j0);
    a.block(batch, i0, rows, j0, n, s.data, scratch.data);
    for (std::int64_t r = 0; r < rows; ++r) {
      T* row = s.data + r * n;
      const T largest = fold_row(Fold::max, row, n), before = top.data[r];
      const T now = largest != largest ? largest : std::max(before, largest);
      if (now == none) {  // no key seen yet
        std::fill_n(row, n, T(0));
        continue;
      }
      const T shrink = before == none ? T(0) : std::exp(before - now);
      total.data[r] = total.data[r] * shrink + row_kernels<T>().exp_sum(row, now, scratch.data, n);
      std::copy_n(scratch.data, n, row);
      if (a.drops()) a.drop(batch, i0 + r, j0, n, row, scratch.data);
      for (std::int64_t c = 0; c < a.V; ++c) sums.data[r * a.V + c] *= shrink;
      top.data[r] = now;
    }
    product<T>(rows, a.V, n, {s.data, n, 1}, {numbers<T>(a.v) + (batch * a.S + j0) * a.V, a.V, 1}, part.data);
    add_to(sums.data, part.data, rows * a.V);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    T* row = out + (batch * a.L + i0 + r) * (a.V + 1);
    const bool empty = total.data[r] == 0;
    for (std::int64_t c = 0; c < a.V; ++c) row[c] = empty ? T(0) : sums.data[r * a.V + c] / total.data[r];
    row[a.V] = empty ? none : top.data[r] + std::log(total.data[r]);
  }
}

template <class T>
void run_attention(const Kernel& kernel, Inputs x, Array& y) {
  if (y.numel() == 0) return;
  const Scores<T> a(*ops::as<ops::Attention>(*kernel.op), x);
  T* out = static_cast<T*>(y.data());
  const std::int64_t blocks = (a.L + block_queries - 1) / block_queries;
  parallel_for(a.batches * blocks, a.grain(std::min(block_queries, a.L)), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t i0 = i % blocks * block_queries;
      forward_block(a, i / blocks, i0, std::min(block_queries, a.L - i0), out);
    }
  });
}

// The gradients of one batch. Weights are exp(score - log-sum-exp), so nothing but y is needed of the first run.
template <class T>
void backward_batch(const Scores<T>& a, std::int64_t batch, const T* y, const T* g, T* dq, T* dk, T* dv) {
  constexpr T none = -std::numeric_limits<T>::infinity();
  const std::int64_t width = a.V + 1, widest = std::max(a.E, a.V);
  Room<T> p(block_queries * block_keys), d(block_queries * block_keys), kept(block_queries * block_keys), scratch(block_keys), part(std::max(block_queries, block_keys) * widest), delta(block_queries);
  const T *q = numbers<T>(a.q) + batch * a.L * a.E, *k = numbers<T>(a.k) + batch * a.S * a.E, *v = numbers<T>(a.v) + batch * a.S * a.V;
  for (std::int64_t i0 = 0; i0 < a.L; i0 += block_queries) {
    const std::int64_t rows = std::min(block_queries, a.L - i0), end = a.last_key(i0, rows);
    for (std::int64_t r = 0; r < rows; ++r) {
      const T *yr = y + (i0 + r) * width, *gr = g + (i0 + r) * width;
      T sum = 0;
      for (std::int64_t c = 0; c < a.V; ++c) sum += gr[c] * yr[c];
      delta.data[r] = sum - gr[a.V];
    }
    for (std::int64_t j0 = 0; j0 < end; j0 += block_keys) {
      const std::int64_t n = std::min(block_keys, end - j0);
      a.block(batch, i0, rows, j0, n, p.data, scratch.data);
      for (std::int64_t r = 0; r < rows; ++r) {
        const T log_sum = y[(i0 + r) * width + a.V];
        row_kernels<T>().exp_sum(p.data + r * n, log_sum == none ? T(0) : log_sum, scratch.data, n);
        std::copy_n(scratch.data, n, p.data + r * n);
      }
      product<T>(rows, n, a.V, {g + i0 * width, width, 1}, {v + j0 * a.V, 1, a.V}, d.data);
      const T* weights = p.data;
      if (a.drops()) {
        std::copy_n(p.data, rows * n, kept.data);
        for (std::int64_t r = 0; r < rows; ++r) {
          a.drop(batch, i0 + r, j0, n, kept.data + r * n, scratch.data);
          a.drop(batch, i0 + r, j0, n, d.data + r * n, scratch.data);
        }
        weights = kept.data;
      }
      product<T>(n, a.V, rows, {weights, 1, n}, {g + i0 * width, width, 1}, part.data);
      add_to(dv + j0 * a.V, part.data, n * a.V);
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t j = 0; j < n; ++j) d.data[r * n + j] = p.data[r * n + j] * (d.data[r * n + j] - delta.data[r]) * a.scale;
      }
      product<T>(rows, a.E, n, {d.data, n, 1}, {k + j0 * a.E, a.E, 1}, part.data);
      add_to(dq + i0 * a.E, part.data, rows * a.E);
      product<T>(n, a.E, rows, {d.data, 1, n}, {q + i0 * a.E, a.E, 1}, part.data);
      add_to(dk + j0 * a.E, part.data, n * a.E);
    }
  }
}

template <class T>
void run_attention_grad(const Kernel& kernel, Inputs x, Array& out) {
  if (out.numel() == 0) return;
  std::memset(out.data(), 0, static_cast<std::size_t>(out.numel()) * sizeof(T));
  const Scores<T> a(*ops::as<ops::AttentionGrad>(*kernel.op), x);
  const Tensor y = whole<T>(x[x.size() - 2]), g = whole<T>(x[x.size() - 1]);
  const std::int64_t width = a.V + 1, one = a.L * a.E + a.S * (a.E + a.V);
  parallel_for(a.batches, a.grain(a.L), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      T* to = static_cast<T*>(out.data()) + i * one;
      backward_batch(a, i, numbers<T>(y) + i * a.L * width, numbers<T>(g) + i * a.L * width, to, to + a.L * a.E, to + (a.L + a.S) * a.E);
    }
  });
}

}  // namespace

Kernel prepare_attention(const Op& op, Inputs, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  if (ops::as<ops::Attention>(op)) return {f32 ? &run_attention<float> : &run_attention<double>, &op};
  if (ops::as<ops::AttentionGrad>(op)) return {f32 ? &run_attention_grad<float> : &run_attention_grad<double>, &op};
  return {};
}

}  // namespace gradus::cpu
