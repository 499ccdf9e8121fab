// Attention by blocks of queries and keys (Dao et al. 2022): the scores of one pair of blocks at a time, with the largest score and the
// sum of exponentials so far; what was summed under a smaller maximum is scaled down when a larger one comes.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/gemm.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

constexpr std::int64_t block_queries = 64, block_keys = 256;

// Everything that attention and its gradient read.
template <class T>
class Scores {
 public:
  template <class O>
  Scores(const O& op, Inputs x)
      : causal(op.causal), q(x[0].array()), k(x[1].array()), v(x[2].array()), L(x[0].size(-2)), S(x[1].size(-2)), E(x[0].size(-1)), V(x[2].size(-1)),
        scale(static_cast<T>(op.scale != 0 ? op.scale : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, E))))), scale_kept(static_cast<T>(1 / (1 - op.dropout))) {
    Shape shape = x[0].shape();
    batches = L * E > 0 ? x[0].numel() / (L * E) : numel(Dims(shape).first(shape.size() - 2));
    shape.back() = S;
    if (op.masked) mask_.emplace(x[3], shape);
    if (op.dropout > 0) keep_.emplace(x[3 + op.masked], shape);
  }

  // Queries i0.. of one batch, times the scale.
  void queries(std::int64_t batch, std::int64_t i0, std::int64_t rows, T* to) const { row_kernels<T>().affine(q.data() + (batch * L + i0) * E, scale, T(0), to, rows * E); }
  // [rows, n] scores of these queries and of keys j0...; -inf where a mask hides a key.
  void block(std::int64_t batch, std::int64_t i0, std::int64_t rows, const T* scaled, std::int64_t j0, std::int64_t n, T* s, T* scratch) const {
    product<T>(rows, n, E, {scaled, E, 1}, {k.data() + (batch * S + j0) * E, 1, E}, s);
    if (!mask_) return;
    for (std::int64_t r = 0; r < rows; ++r) {
      T* row = s + r * n;
      mask_->load((batch * L + i0 + r) * S + j0, n, scratch);
      if (mask_->additive) row_kernels<T>().add(row, T(1), scratch, n);
      else for (std::int64_t j = 0; j < n; ++j) row[j] = scratch[j] != 0 ? row[j] : -std::numeric_limits<T>::infinity();
    }
  }
  // How many of keys j0 .. j0 + n come before those that query i does not see.
  std::int64_t seen(std::int64_t i, std::int64_t j0, std::int64_t n) const { return causal ? std::clamp<std::int64_t>(i + 1 - j0, 0, n) : n; }
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
  Dense<T> q, k, v;
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
void forward_block(const Scores<T>& a, std::int64_t batch, std::int64_t i0, std::int64_t rows, T* out) {
  constexpr T none = -std::numeric_limits<T>::infinity();
  const RowKernels<T>& kernels = row_kernels<T>();
  const Work<T> scaled(rows * a.E), s(rows * block_keys), scratch(block_keys), sums(rows * a.V), part(rows * a.V), top(rows), total(rows), shrink(rows);
  std::fill_n(top.data(), rows, none);
  std::fill_n(total.data(), rows, T(0));
  a.queries(batch, i0, rows, scaled.data());
  const std::int64_t end = a.last_key(i0, rows);
  if (end == 0) std::fill_n(sums.data(), rows * a.V, T(0));
  for (std::int64_t j0 = 0; j0 < end; j0 += block_keys) {
    const std::int64_t n = std::min(block_keys, end - j0);
    a.block(batch, i0, rows, scaled.data(), j0, n, s.data(), scratch.data());
    for (std::int64_t r = 0; r < rows; ++r) {
      T* row = s.data() + r * n;
      const std::int64_t seen = a.seen(i0 + r, j0, n);
      const T before = top[r];
      T now = before, sum;
      if (n % accumulators == 0) {
        sum = kernels.seen_exp(row, n, seen, &now);
      } else {
        const T largest = fold_row(Fold::max, row, seen);
        now = largest != largest ? largest : std::max(before, largest);
        if (now == none) std::fill_n(row, n, T(0));
        sum = now == none ? T(0) : kernels.exp_sum(row, now, row, seen);
        std::fill(row + seen, row + n, T(0));
      }
      shrink[r] = 1;
      if (now == none) continue;  // no key seen yet
      if (before != now) shrink[r] = before == none ? T(0) : std::exp(before - now);
      total[r] = total[r] * shrink[r] + sum;
      if (a.drops()) a.drop(batch, i0 + r, j0, n, row, scratch.data());
      top[r] = now;
    }
    product<T>(rows, a.V, n, {s.data(), n, 1}, {a.v.data() + (batch * a.S + j0) * a.V, a.V, 1}, j0 == 0 ? sums.data() : part.data());
    for (std::int64_t r = 0; j0 > 0 && r < rows; ++r) kernels.add(sums.data() + r * a.V, shrink[r], part.data() + r * a.V, a.V);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    T* row = out + (batch * a.L + i0 + r) * (a.V + 1);
    const bool empty = total[r] == 0;
    if (empty) std::fill_n(row, a.V, T(0));
    else kernels.affine(sums.data() + r * a.V, T(1) / total[r], T(0), row, a.V);
    row[a.V] = empty ? none : top[r] + std::log(total[r]);
  }
}

template <class T>
void run_attention(const Kernel& kernel, Inputs x, Array& y) {
  if (y.numel() == 0) return;
  const Scores<T> a(*ops::as<ops::Attention>(*kernel.op), x);
  DenseResult<T> out(y);
  const std::int64_t blocks = (a.L + block_queries - 1) / block_queries;
  parallel_for(a.batches * blocks, a.grain(std::min(block_queries, a.L)), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t i0 = i % blocks * block_queries;
      forward_block(a, i / blocks, i0, std::min(block_queries, a.L - i0), out.data());
    }
  });
  out.finish();
}

// The gradients of one batch. Weights are exp(score - log-sum-exp), so nothing but y is needed of the first run.
template <class T>
void backward_batch(const Scores<T>& a, std::int64_t batch, const T* y, const T* g, T* dq, T* dk, T* dv) {
  constexpr T none = -std::numeric_limits<T>::infinity();
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t width = a.V + 1, widest = std::max(a.E, a.V), most_rows = std::min(block_queries, a.L), most_keys = std::min(block_keys, a.S);
  const Work<T> p(most_rows * most_keys), d(most_rows * most_keys), kept(a.drops() ? most_rows * most_keys : 0), scratch(most_keys), part(std::max(most_rows, most_keys) * widest), scaled(most_rows * a.E), delta(most_rows);
  const T *k = a.k.data() + batch * a.S * a.E, *v = a.v.data() + batch * a.S * a.V;
  for (std::int64_t i0 = 0; i0 < a.L; i0 += block_queries) {
    const std::int64_t rows = std::min(block_queries, a.L - i0), end = a.last_key(i0, rows);
    for (std::int64_t r = 0; r < rows; ++r) {
      const T *yr = y + (i0 + r) * width, *gr = g + (i0 + r) * width;
      delta[r] = kernels.dot(gr, yr, a.V) - gr[a.V];
    }
    a.queries(batch, i0, rows, scaled.data());
    for (std::int64_t j0 = 0; j0 < end; j0 += block_keys) {
      const std::int64_t n = std::min(block_keys, end - j0);
      a.block(batch, i0, rows, scaled.data(), j0, n, p.data(), scratch.data());
      product<T>(rows, n, a.V, {g + i0 * width, width, 1}, {v + j0 * a.V, 1, a.V}, d.data());
      for (std::int64_t r = 0; r < rows; ++r) {
        T *row = p.data() + r * n, *slope = d.data() + r * n;
        const T log_sum = y[(i0 + r) * width + a.V], shift = log_sum == none ? T(0) : log_sum;
        const std::int64_t seen = a.seen(i0 + r, j0, n);
        if (n % accumulators == 0 && !a.drops()) {
          kernels.seen_slopes(row, slope, n, seen, shift, delta[r]);
          continue;
        }
        kernels.exp_sum(row, shift, row, seen);
        std::fill(row + seen, row + n, T(0));
        if (a.drops()) {
          std::copy_n(row, n, kept.data() + r * n);
          a.drop(batch, i0 + r, j0, n, kept.data() + r * n, scratch.data());
          a.drop(batch, i0 + r, j0, n, slope, scratch.data());
        }
        kernels.slopes(row, slope, delta[r], slope, seen);
        std::fill(slope + seen, slope + n, T(0));
      }
      // What many blocks of queries give is summed, in order.
      product<T>(n, a.V, rows, {a.drops() ? kept.data() : p.data(), 1, n}, {g + i0 * width, width, 1}, part.data());
      kernels.add(dv + j0 * a.V, T(1), part.data(), n * a.V);
      product<T>(rows, a.E, n, {d.data(), n, 1}, {k + j0 * a.E, a.E, 1}, part.data());
      kernels.affine(part.data(), a.scale, T(0), part.data(), rows * a.E);
      kernels.add(dq + i0 * a.E, T(1), part.data(), rows * a.E);
      product<T>(n, a.E, rows, {d.data(), 1, n}, {scaled.data(), a.E, 1}, part.data());
      kernels.add(dk + j0 * a.E, T(1), part.data(), n * a.E);
    }
  }
}

template <class T>
void run_attention_grad(const Kernel& kernel, Inputs x, Array& out) {
  if (out.numel() == 0) return;
  const Scores<T> a(*ops::as<ops::AttentionGrad>(*kernel.op), x);
  const Dense<T> y(x[x.size() - 2].array()), g(x[x.size() - 1].array());
  DenseResult<T> result(out);
  const std::int64_t width = a.V + 1, one = a.L * a.E + a.S * (a.E + a.V);
  parallel_for(a.batches, a.grain(a.L), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      T* to = result.data() + i * one;
      std::fill_n(to, one, T(0));
      backward_batch(a, i, y.data() + i * a.L * width, g.data() + i * a.L * width, to, to + a.L * a.E, to + (a.L + a.S) * a.E);
    }
  });
  result.finish();
}

}  // namespace

Kernel prepare_attention(const Op& op, Inputs, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  if (ops::as<ops::Attention>(op)) return {f32 ? &run_attention<float> : &run_attention<double>, &op};
  if (ops::as<ops::AttentionGrad>(op)) return {f32 ? &run_attention_grad<float> : &run_attention_grad<double>, &op};
  return {};
}

}  // namespace gradus::cpu
