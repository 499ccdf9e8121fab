// Operations that run together, as they run.
#include <gradus/base/threads.hpp>

#include <algorithm>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/fused.hpp"
#include "backend/cpu/row_kernels.hpp"

namespace gradus::cpu {
namespace {

// y = x past the caches, for n elements.
void stream(const std::byte* x, std::byte* y, std::int64_t n, Dtype dtype) {
  if (dtype == Dtype::f32) row_kernels<float>().stream(reinterpret_cast<const float*>(x), reinterpret_cast<float*>(y), n);
  else row_kernels<double>().stream(reinterpret_cast<const double*>(x), reinterpret_cast<double*>(y), n);
}

}  // namespace

// The run of one thread.
class Fused::Run {
 public:
  explicit Run(Fused& group) : g_(group), scratch_(group.room_) {
    places_.reserve(g_.values_.size());
    for (const Value& v : g_.values_) {
      if (v.kind == Value::Kind::direct) places_.push_back({static_cast<std::byte*>(v.array->data()), g_.width_});
      else places_.push_back({(v.kind == Value::Kind::fixed ? g_.numbers_.data() : scratch_.data()) + v.place, 0});
    }
    for (const Loaded& x : g_.loaded_) {
      if (x.reader.repeats()) x.reader.lay_out(scratch_.data() + g_.values_[static_cast<std::size_t>(x.value)].place);
    }
    for (const Stream& s : g_.streams_) pending_.push_back({nullptr, nullptr, scratch_.data() + s.other});
  }

  void tiles(std::int64_t begin, std::int64_t end) {
    std::int64_t written = 0;  // elements of the last tile, on their way to memory
    for (std::int64_t first = begin; first < end; first += g_.tile_) {
      const std::int64_t count = std::min(g_.tile_, end - first), coming = std::min(g_.tile_, end - first - count);
      bring(first, count);
      const auto parts = static_cast<std::int64_t>(g_.steps_.size());
      for (std::int64_t s = 0; s < parts; ++s) {
        move(s, parts, written, first + count, coming);
        step(g_.steps_[static_cast<std::size_t>(s)], first, count);
      }
      for (const Store& store : g_.stores_) cpu::store(g_.array(store.value), store.walk, first, count, g_.dtype_, at(store.value, first));
      for (Tail& tail : g_.tails_) add(tail, first, count);
      for (std::size_t k = 0; k < pending_.size(); ++k) {
        const std::int32_t v = g_.streams_[k].value;
        std::byte*& here = places_[static_cast<std::size_t>(v)].base;
        pending_[k].from = here;
        pending_[k].to = static_cast<std::byte*>(g_.array(v).data()) + first * g_.width_;
        std::swap(here, pending_[k].spare);
      }
      written = count;
    }
    move(0, 1, written, end, 0);
  }

 private:
  struct Place {
    std::byte* base;
    std::int64_t step;  // bytes an element; 0 for scratch memory
  };
  struct Pending {
    const std::byte* from;
    std::byte *to, *spare;
  };

  std::byte* at(std::int32_t value, std::int64_t first) const {
    const Place& p = places_[static_cast<std::size_t>(value)];
    return p.base + first * p.step;
  }

  void bring(std::int64_t first, std::int64_t count) {
    for (const Loaded& x : g_.loaded_) {
      std::byte* room = scratch_.data() + g_.values_[static_cast<std::size_t>(x.value)].place;
      const void* tile = x.reader.repeats() ? x.reader.window(first, room) : x.reader.tile(first, count, room);
      places_[static_cast<std::size_t>(x.value)].base = const_cast<std::byte*>(static_cast<const std::byte*>(tile));
    }
  }

  void step(const Step& step, std::int64_t first, std::int64_t count) {
    const void* in[5];
    for (int k = 0; k < step.inputs; ++k) in[k] = at(step.in[k], first);
    step.kernel(in, at(step.out, first), count);
  }

  // One part of what goes to and from memory while a tile is computed: some of each input of the next tile, whole results of the last.
  void move(std::int64_t part, std::int64_t parts, std::int64_t written, std::int64_t next, std::int64_t coming) {
    const std::int64_t line = 64 / g_.width_;
    const auto until = [&](std::int64_t p, std::int64_t n) { return n * p / parts; };
    for (const std::int32_t v : g_.prefetched_) {
      const std::byte* from = at(v, next);
      const std::int64_t lines = (coming + line - 1) / line;
      for (std::int64_t i = until(part, lines); i < until(part + 1, lines); ++i) __builtin_prefetch(from + i * 64);
    }
    if (written == 0) return;
    const auto results = static_cast<std::int64_t>(pending_.size());
    for (std::int64_t k = until(part, results); k < until(part + 1, results); ++k) stream(pending_[static_cast<std::size_t>(k)].from, pending_[static_cast<std::size_t>(k)].to, written, g_.dtype_);
  }

  void add(Tail& tail, std::int64_t first, std::int64_t count) {
    std::byte* leaf = tail.leaves.data() + first / leaf_size * g_.width_;
    const std::byte* tile = at(tail.value, first);
    if (g_.dtype_ == Dtype::f32) *reinterpret_cast<float*>(leaf) = row_kernels<float>().leaf(Fold::sum, reinterpret_cast<const float*>(tile), count);
    else *reinterpret_cast<double*>(leaf) = row_kernels<double>().leaf(Fold::sum, reinterpret_cast<const double*>(tile), count);
  }

  Fused& g_;
  const Work<std::byte> scratch_;
  SmallVec<Place, 48> places_;
  SmallVec<Pending, 16> pending_;
};

void Fused::run_tiles(std::int64_t begin, std::int64_t end) { Run(*this).tiles(begin, end); }

void Fused::run() {
  parallel_for(n_, Cost(static_cast<std::int64_t>(steps_.size()), 1, tile_size), [this](std::int64_t begin, std::int64_t end) { run_tiles(begin, end); });
  for (Tail& tail : tails_) dtype_ == Dtype::f32 ? finish<float>(tail) : finish<double>(tail);
}

template <class T>
void Fused::finish(Tail& tail) {
  T* leaves = reinterpret_cast<T*>(tail.leaves.data());
  const std::int64_t count = (n_ + leaf_size - 1) / leaf_size;
  const T sum = count > 1 ? fold_leaves(Fold::sum, leaves, count) : leaves[0];
  *static_cast<T*>(tail.to->data()) = tail.mean ? sum / static_cast<T>(n_) : sum;
}

}  // namespace gradus::cpu
