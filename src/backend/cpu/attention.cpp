// Attention by blocks of queries: their weights of all keys lie in the cache, are used there, and forgotten.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include "backend/cpu/attention_kernels.hpp"
#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/gemm.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

constexpr std::int64_t most_queries = 64;   // of a block
constexpr std::int64_t key_block = 128;     // keys whose rows stay in the first cache while all queries of a block meet them

std::int64_t whole(std::int64_t n, std::int64_t of) { return (n + of - 1) / of * of; }

// The rows of one head of an input [..., n, heads * width].
template <class T>
class Heads {
 public:
  Heads(const Array& a, std::int64_t count) : heads(std::max<std::int64_t>(1, count)), n(a.shape()[a.shape().size() - 2]), width(a.shape().back() / heads) {
    const std::size_t lead = a.shape().size() - 2;
    if (a.dtype() == dtype_of<T>() && a.buffer()->padded() && (a.strides()[lead + 1] == 1 || a.shape()[lead + 1] == 1)) {
      data_ = static_cast<const T*>(a.data()), shape_ = Shape(a.shape().begin(), a.shape().end() - 2), step_ = a.strides()[lead];
      strides_ = Shape(a.strides().begin(), a.strides().end() - 2);
    } else {
      const Dense<T>& copy = copy_.emplace(a);
      data_ = copy.data(), shape_ = {numel(a.shape().first(lead))}, step_ = a.shape().back(), strides_ = {n * step_};
    }
  }
  Rows<const T> operator[](std::int64_t batch) const {
    std::int64_t rest = batch / heads, offset = batch % heads * width;
    for (std::size_t d = shape_.size(); d-- > 0; rest /= shape_[d]) offset += rest % shape_[d] * strides_[d];
    return {data_ + offset, step_};
  }
  void fetch(std::int64_t batch) const { attention_kernels<T>().fetch(n, heads * width, (*this)[batch / heads * heads], false); }
  const std::int64_t heads, n, width;

 private:
  const T* data_;
  std::int64_t step_;
  Shape shape_, strides_;
  std::optional<Dense<T>> copy_;
};

// Rows far apart would fall into the same few places of the cache: they are put together if they are read often enough.
template <class T>
class Together {
 public:
  Together(const Heads<T>& x, std::int64_t uses) : x_(x), apart_(uses >= 16 && x[0].step != x.width), room_(apart_ ? x.n * step() : 0) {}
  Rows<const T> operator[](std::int64_t batch) const {
    if (!apart_) return x_[batch];
    if (batch != held_) attention_kernels<T>().put(x_.n, x_.width, x_[batch], T(1), nullptr, {room_.data(), step()});
    held_ = batch;
    return {room_.data(), step()};
  }

 private:
  std::int64_t step() const { return whole(x_.width, 16); }
  const Heads<T>& x_;
  const bool apart_;
  const Work<T> room_;
  mutable std::int64_t held_ = -1;
};

// A mask or the weights that dropout keeps, as [..., L, S].
template <class T>
struct OfScores {
  Tensor x;
  Walk walk;
  OfScores(const Tensor& t, const Shape& scores) : x(Tensor(t.array_ref())), walk(Walk::broadcast(t.array(), scores)) {}
};

// What attention and its gradient have in common.
template <class T>
struct Problem {
  const AttentionKernels<T>& kernels = attention_kernels<T>();
  const bool causal, additive;
  const Heads<T> q, k, v;
  const std::int64_t L, S, E, V, block, group;  // group: neighbours that causal attention treats alike
  const T scale, kept_scale;
  std::int64_t batches;
  std::optional<OfScores<T>> mask, keep;

  template <class O>
  Problem(const O& op, Inputs x)
      : causal(op.causal), additive(op.masked && is_float(x[3].dtype())), q(x[0].array(), op.heads), k(x[1].array(), op.heads), v(x[2].array(), op.heads), L(q.n), S(k.n), E(q.width), V(v.width),
        block(std::clamp(whole(L, kernels.stripe), kernels.stripe, S > 512 ? most_queries / 2 : most_queries)), group(std::min<std::int64_t>(8, kernels.stripe)),
        scale(static_cast<T>(op.scale != 0 ? op.scale : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, E))))), kept_scale(static_cast<T>(1 / (1 - op.dropout))) {
    Shape scores(x[0].array().shape().begin(), x[0].array().shape().end() - 2);
    if (op.heads > 0) scores.push_back(op.heads);
    batches = numel(scores);
    scores.push_back(L);
    scores.push_back(S);
    if (op.masked) mask.emplace(x[3], scores);
    if (op.dropout > 0) keep.emplace(x[3 + op.masked], scores);
  }

  std::int64_t blocks() const { return (L + block - 1) / block; }
  std::int64_t rows(std::int64_t i0) const { return std::min(block, L - i0); }
  // The keys that any of the queries up to i sees.
  std::int64_t seen(std::int64_t i) const { return causal ? std::min(S, i + 1) : S; }
  Cost cost(std::int64_t queries) const { return Cost(queries * S * (E + V), 16); }

  // Calls f(first key, keys, numbers) with a mask's numbers for the stripe of queries from i0 on, turned as the scores are.
  template <class F>
  void each_tile(const OfScores<T>& of, std::int64_t batch, std::int64_t i0, std::int64_t keys, F&& f) const {
    constexpr std::int64_t side = 64;
    const std::int64_t count = std::min(kernels.stripe, L - i0);
    const Work<T> straight(count * side), turned(side * kernels.stripe);
    for (std::int64_t j0 = 0; j0 < keys; j0 += side) {
      const std::int64_t n = std::min(side, keys - j0);
      for (std::int64_t r = 0; r < count; ++r) load(of.x.array(), of.walk, (batch * L + i0 + r) * S + j0, n, dtype_of<T>(), straight.data() + r * side);
      kernels.turn(count, n, {straight.data(), side}, T(1), {turned.data(), kernels.stripe}, kernels.stripe);
      f(j0, n, Rows<const T>{turned.data(), kernels.stripe});
    }
  }
  // p, unscaled weights of a stripe of queries from i0 on, and their sums; qt: the queries times the scale, turned.
  void weights(std::int64_t batch, std::int64_t i0, std::int64_t keys, Rows<const T> rows_of_keys, Rows<const T> qt, Rows<T> p, T* sums) const {
    kernels.multiply(keys, kernels.stripe, E, rows_of_keys, qt, p, false);
    if (mask) each_tile(*mask, batch, i0, keys, [&](std::int64_t j0, std::int64_t n, Rows<const T> m) { kernels.hide(n, p.from(j0), m, additive); });
    kernels.softmax(keys, causal ? i0 + 1 : keys, p, sums);
  }
  void drop(std::int64_t batch, std::int64_t i0, std::int64_t keys, Rows<const T> p, Rows<T> to) const {
    each_tile(*keep, batch, i0, keys, [&](std::int64_t j0, std::int64_t n, Rows<const T> m) { kernels.drop(n, p.from(j0), m, kept_scale, to.from(j0)); });
  }
  // to [rows, width] = what the queries from i0 on take of rows of all keys, by weights p. Groups of causal queries end early.
  void gather(std::int64_t i0, std::int64_t rows, std::int64_t width, Rows<const T> p, Rows<const T> x, Rows<T> to) const {
    for (std::int64_t j0 = 0; j0 < seen(i0 + rows - 1); j0 += key_block) {
      for (std::int64_t r = 0; r < rows; r += causal ? group : rows) {
        const std::int64_t n = std::min(causal ? group : rows, rows - r), keys = std::min(key_block, seen(i0 + r + n - 1) - j0);
        if (keys > 0) kernels.multiply_turned(n, width, keys, p.from(j0, r), x.from(j0), to.from(r), j0 > 0);
      }
    }
  }
  // to [keys, width] += what the keys give to queries from i0 on, whose rows are x, by weights p.
  void scatter(std::int64_t i0, std::int64_t rows, std::int64_t width, Rows<const T> p, Rows<const T> x, Rows<T> to) const {
    const std::int64_t keys = seen(i0 + rows - 1), common = causal ? std::min(keys, i0) : keys;
    kernels.multiply(common, width, rows, p, x, to, true);
    for (std::int64_t j = common; j < keys; j += group) {  // no query before j sees these
      const std::int64_t first = j - i0;
      kernels.multiply(std::min(group, keys - j), width, rows - first, p.from(j, first), x.from(first), to.from(j), true);
    }
  }
};

// Few queries, as when a text goes on letter by letter, would fill only a small part of a stripe: their scores lie as rows.
template <class T>
void attend_with_few(const Problem<T>& a, T* out) {
  const std::int64_t step = a.v.heads * a.V;
  parallel_for(a.batches, a.cost(4 * a.L), [&](std::int64_t first, std::int64_t last) {
    const Work<T> queries(a.L * a.E), scores(a.L * a.S), weights(a.L * whole(a.S, 64)), top(a.L), sums(a.L), o(a.L * whole(a.V, a.kernels.stripe));
    const std::int64_t row = whole(a.S, 64), wide = whole(a.V, a.kernels.stripe);
    for (std::int64_t batch = first; batch < last; ++batch) {
      const Rows<const T> k = a.k[batch], v = a.v[batch];
      a.kernels.put(a.L, a.E, a.q[batch], a.scale, nullptr, {queries.data(), a.E});
      // Row by row and not by oneDNN, which would keep a primitive for every number of keys.
      for (std::int64_t i = 0; i < a.L; ++i) {
        const T* query = queries.data() + i * a.E;
        if (!matrix_vector<T>(a.S, 1, a.E, {k.data, k.step, 1}, {query, 1, 1}, scores.data() + i * a.S)) gemm<T>(1, a.S, a.E, {query, a.E, 1}, {k.data, 1, k.step}, scores.data() + i * a.S);
      }
      row_kernels<T>().softmax(a.L, a.S, scores.data(), weights.data(), row, top.data(), sums.data());
      a.kernels.multiply(a.L, a.V, a.S, {weights.data(), row}, v, {o.data(), wide}, false);
      for (std::int64_t i = 0; i < a.L; ++i) sums[i] = T(1) / sums[i];
      a.kernels.put(a.L, a.V, {o.data(), wide}, T(1), sums.data(), {out + batch / a.v.heads * a.L * step + batch % a.v.heads * a.V, step});
    }
  });
}

template <class T>
void run_attention(const Kernel& kernel, Inputs x, Array& y) {
  if (y.numel() == 0) return;
  const Problem<T> a(*ops::as<ops::Attention>(*kernel.op), x);
  DenseResult<T> out(y);
  if (a.L <= 4 && a.S > 0 && a.E > 0 && !a.causal && !a.mask && !a.keep) {
    attend_with_few(a, out.data());
    return out.finish();
  }
  const std::int64_t blocks = a.blocks(), stripe = a.kernels.stripe, wide = whole(a.V, stripe), step = a.v.heads * a.V;
  parallel_for(a.batches * blocks, a.cost(a.rows(0)), [&](std::int64_t first, std::int64_t last) {
    const Together<T> keys(a.k, a.L), values(a.v, a.L);
    const Work<T> qt_room(a.E * a.block), p_room(a.S * a.block), o_room(a.block * wide), sums(a.block);
    const Rows<T> qt{qt_room.data(), a.block}, p{p_room.data(), a.block}, o{o_room.data(), wide};
    for (std::int64_t i = first; i < last; ++i) {
      // First and last blocks by turns: causal ones are longer the later they are, and threads get neighbours.
      const std::int64_t batch = i / blocks, turn = i % blocks, i0 = (turn % 2 ? blocks - 1 - turn / 2 : turn / 2) * a.block, rows = a.rows(i0), width = whole(rows, stripe);
      if (i == first || (turn == 0 && batch % a.q.heads == 0)) {
        a.q.fetch(batch), a.k.fetch(batch), a.v.fetch(batch);
        a.kernels.fetch(a.L, step, {out.data() + batch / a.v.heads * a.L * step, step}, true);
      }
      const Rows<const T> k = keys[batch], v = values[batch];
      a.kernels.turn(rows, a.E, a.q[batch].from(i0), a.scale, qt, width);
      for (std::int64_t c = 0; c < rows; c += stripe) {
        const std::int64_t n = a.seen(i0 + std::min(rows, c + stripe) - 1);
        a.weights(batch, i0 + c, n, k, qt.from(0, c), p.from(0, c), sums.data() + c);
        if (a.keep) a.drop(batch, i0 + c, n, p.from(0, c), p.from(0, c));
      }
      if (a.S == 0) std::fill_n(o.data, rows * wide, T(0));
      else a.gather(i0, rows, a.V, p, v, o);
      for (std::int64_t r = 0; r < rows; ++r) sums[r] = a.S == 0 || sums[r] == 0 ? T(0) : T(1) / sums[r];
      a.kernels.put(rows, a.V, o, T(1), sums.data(), {out.data() + (batch / a.v.heads * a.L + i0) * step + batch % a.v.heads * a.V, step});
    }
  });
  out.finish();
}

// Where the gradients of q, k and v of a head go.
template <class T>
struct Slots {
  Rows<T> q, k, v;
  Slots(const Problem<T>& a, std::int64_t batch, bool joined, T* out) {
    const std::int64_t heads = a.q.heads, lead = batch / heads, head = batch % heads, qk = heads * a.E, vs = heads * a.V;
    if (joined) {
      T* to = out + lead * a.L * 3 * qk + head * a.E;
      q = {to, 3 * qk}, k = {to + qk, 3 * qk}, v = {to + 2 * qk, 3 * qk};
    } else {
      T* to = out + lead * (a.L * qk + a.S * (qk + vs));
      q = {to + head * a.E, qk}, k = {to + a.L * qk + head * a.E, qk}, v = {to + (a.L + a.S) * qk + head * a.V, vs};
    }
  }
};

// Parts of the queries sum the gradients of keys and values each by itself: as many as are worth it where there are few heads.
// It depends on the shape alone, so the sums have the same bits for every number of threads.
template <class T>
void run_attention_grad(const Kernel& kernel, Inputs x, Array& y) {
  if (y.numel() == 0) return;
  const Problem<T> a(*ops::as<ops::AttentionGrad>(*kernel.op), x);
  const Heads<T> slopes(x.back().array(), a.v.heads);
  const bool joined = ops::AttentionGrad::joined(x);
  DenseResult<T> out(y);
  const std::int64_t blocks = a.blocks(), stripe = a.kernels.stripe, wide_e = whole(a.E, stripe), wide_v = whole(a.V, stripe), one = a.S * (wide_e + wide_v);
  const std::int64_t parts = std::clamp<std::int64_t>(8 / a.batches, 1, std::max<std::int64_t>(1, blocks));
  const Work<T> sums_of_parts(parts > 1 ? a.batches * parts * one : 0);
  const auto finish = [&](const Slots<T>& to, T* dk) {
    a.kernels.put(a.S, a.E, {dk, wide_e}, a.scale, nullptr, to.k);
    a.kernels.put(a.S, a.V, {dk + a.S * wide_e, wide_v}, T(1), nullptr, to.v);
  };
  parallel_for(a.batches * parts, a.cost(a.L / parts), [&](std::int64_t first, std::int64_t last) {
    const Together<T> keys(a.k, a.L), values(a.v, a.L), queries(a.q, a.S), shown(slopes, a.S);
    const Work<T> qt_room(a.E * a.block), gt_room(a.V * a.block), p_room(a.S * a.block), d_room(a.S * a.block), kept_room(a.keep ? a.S * a.block : 0), dq_room(a.block * wide_e), sums(a.block), own(parts > 1 ? 0 : one);
    const Rows<T> qt{qt_room.data(), a.block}, gt{gt_room.data(), a.block}, p{p_room.data(), a.block}, d{d_room.data(), a.block}, kept{kept_room.data(), a.block}, dq{dq_room.data(), wide_e};
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t batch = item / parts;
      const Slots<T> to(a, batch, joined, out.data());
      if (item == first || (item % parts == 0 && batch % a.q.heads == 0)) {
        a.q.fetch(batch), a.k.fetch(batch), a.v.fetch(batch), slopes.fetch(batch);
        const Slots<T> all(a, batch / a.q.heads * a.q.heads, joined, out.data());
        a.kernels.fetch(a.L, a.q.heads * a.E, all.q, true), a.kernels.fetch(a.S, a.q.heads * a.E, all.k, true), a.kernels.fetch(a.S, a.q.heads * a.V, all.v, true);
      }
      const Rows<const T> k = keys[batch], v = values[batch], q = queries[batch], g = shown[batch];
      T* sum = parts > 1 ? sums_of_parts.data() + item * one : own.data();
      std::fill_n(sum, one, T(0));
      const Rows<T> dk{sum, wide_e}, dv{sum + a.S * wide_e, wide_v};
      for (std::int64_t i0 = item % parts * a.block; i0 < a.L && a.S > 0; i0 += parts * a.block) {
        const std::int64_t rows = a.rows(i0), width = whole(rows, stripe);
        a.kernels.turn(rows, a.E, q.from(i0), a.scale, qt, width);
        a.kernels.turn(rows, a.V, g.from(i0), T(1), gt, width);
        for (std::int64_t c = 0; c < rows; c += stripe) {
          const std::int64_t n = a.seen(i0 + std::min(rows, c + stripe) - 1);
          a.weights(batch, i0 + c, n, k, qt.from(0, c), p.from(0, c), sums.data() + c);
          a.kernels.multiply(n, stripe, a.V, v, gt.from(0, c), d.from(0, c), false);
          if (a.keep) a.drop(batch, i0 + c, n, d.from(0, c), d.from(0, c));
          a.kernels.slopes(n, p.from(0, c), d.from(0, c), sums.data() + c);
          if (a.keep) a.drop(batch, i0 + c, n, p.from(0, c), kept.from(0, c));
        }
        a.scatter(i0, rows, a.V, a.keep ? kept : p, g.from(i0), dv);
        a.scatter(i0, rows, a.E, d, q.from(i0), dk);
        a.gather(i0, rows, a.E, d, k, dq);
        a.kernels.put(rows, a.E, dq, a.scale, nullptr, to.q.from(i0));
      }
      if (a.S == 0) {
        for (std::int64_t i = 0; i < a.L; ++i) std::fill_n(to.q.data + i * to.q.step, a.E, T(0));
      }
      if (parts == 1) finish(to, sum);
    }
  });
  if (parts > 1) {
    for (std::int64_t batch = 0; batch < a.batches; ++batch) {
      T* sum = sums_of_parts.data() + batch * parts * one;
      for (std::int64_t part = 1; part < parts; ++part) {
        for (std::int64_t i = 0; i < one; ++i) sum[i] += sum[part * one + i];
      }
      finish(Slots<T>(a, batch, joined, out.data()), sum);
    }
  }
  out.finish();
}

}  // namespace

Kernel prepare_attention(const Op& op, Inputs, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  if (ops::as<ops::Attention>(op)) return {f32 ? &run_attention<float> : &run_attention<double>, &op};
  if (ops::as<ops::AttentionGrad>(op)) return {f32 ? &run_attention_grad<float> : &run_attention_grad<double>, &op};
  return {};
}

}  // namespace gradus::cpu
