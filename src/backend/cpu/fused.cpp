// Elementwise operations that run together: tile by tile, so that what one makes is still in the cache when the next reads it.
// Each step is the kernel that runs alone too, so the bits are the same.
#include <gradus/base/threads.hpp>

#include <algorithm>

#include "backend/cpu/families.hpp"
#include "backend/cpu/dense.hpp"
#include "backend/cpu/map_kernels.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/small.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

// Sums and means, which may end a group.
bool sums(const Op& op) { return ops::as<ops::Sum>(op) || ops::as<ops::Mean>(op); }

constexpr std::int64_t streamed = 16 << 20;  // results of so many bytes leave the caches before anybody reads them

// Whether the elements fill their memory, in whatever order of the axes.
bool dense(const Array& y) { return in_order_of(y, y).contiguous(); }

constexpr std::int64_t grain = 32 * tile_size;  // below this a second thread costs more than it brings

// Something that steps read or write. Where its tile lies: base + first * step, with step 0 for scratch memory.
struct Value {
  enum class Kind : std::uint8_t { direct, fixed, loaded, scratch } kind;
  std::int32_t slot = -1;   // of the scratch memory
  Ref<Array> array = {};    // direct: read or written in place; loaded: brought in before the steps
};

struct Step {
  MapKernel kernel;
  std::int32_t in[4], out;
  std::int8_t inputs;
};

class Fused final : public Task {
 public:
  explicit Fused(std::vector<FusedStep> steps);

 private:
  void run_tiles(std::int64_t begin, std::int64_t end);
  void run_all();
  struct Tail;
  template <class T>
  void finish(Tail& tail);
  std::int32_t source(const Tensor& x);
  std::int32_t value_on(const Buffer* buffer) const;
  void give_slots();

  Dtype dtype_;
  std::int64_t n_, tile_ = tile_size, width_, slots_ = 0;
  Ref<Array> first_;  // a result, whose layout is that of all
  std::vector<Value> values_;
  std::vector<Reader> readers_;              // of the loaded ones, in order
  std::vector<std::int32_t> loaded_;
  std::vector<Step> steps_;
  struct Store {
    std::int32_t value;
    Ref<Array> to;
    Walk walk;
    bool streamed;
  };
  std::vector<Store> stores_;                // results of another dtype
  struct Tail {
    std::int32_t value;
    Ref<Array> to;
    bool mean;
    std::vector<std::byte> leaves;           // the sum of each tile
  };
  std::vector<Tail> tails_;
  std::vector<std::pair<const Buffer*, std::int32_t>> made_;
  std::vector<std::int32_t> prefetched_;     // what is read in place, when it is more than the caches hold
  std::vector<std::byte> numbers_;           // tiles of the numbers that were written down
};

std::int32_t Fused::value_on(const Buffer* buffer) const {
  const auto at = std::ranges::find(made_, buffer, &std::pair<const Buffer*, std::int32_t>::first);
  return at == made_.end() ? -1 : at->second;
}

std::int32_t Fused::source(const Tensor& x) {
  const Array& a = x.array();
  if (const std::int32_t made = value_on(a.buffer().get()); made >= 0) return made;
  for (std::size_t k = 0; k < values_.size(); ++k) {
    if (values_[k].array == x.array_ref() && values_[k].kind != Value::Kind::scratch) return static_cast<std::int32_t>(k);
  }
  const auto at = static_cast<std::int32_t>(values_.size());
  const Walk walk = in_order_of(a, *first_);
  const bool number = !a.is_abstract() && a.numel() == 1;
  if (number) {
    values_.push_back({Value::Kind::fixed, -1, x.array_ref()});
  } else if (walk.contiguous() && a.dtype() == dtype_ && a.numel() == n_ && a.buffer()->padded()) {
    values_.push_back({Value::Kind::direct, -1, x.array_ref()});
    if (n_ * width_ >= (1 << 20)) prefetched_.push_back(at);
  } else {
    values_.push_back({Value::Kind::loaded, -1, x.array_ref()});
    loaded_.push_back(at);
    readers_.emplace_back(*values_.back().array, walk, dtype_);
  }
  return at;
}

Fused::Fused(std::vector<FusedStep> steps)
    : Task([](Task& self) { static_cast<Fused&>(self).run_all(); }), dtype_(compute_dtype(steps.front().in, *steps.front().out)) {
  const Array& first = *steps.front().out;
  n_ = first.numel();
  width_ = static_cast<std::int64_t>(size_of(dtype_));
  first_ = steps.front().out;
  for (const FusedStep& from : steps) {
    if (sums(*from.op)) {
      tails_.push_back({source(from.in[0]), from.out, ops::as<ops::Mean>(*from.op) != nullptr, {}});
      tails_.back().leaves.resize(static_cast<std::size_t>((n_ + leaf_size - 1) / leaf_size * width_));
      continue;
    }
    Step step{map_kernel(from.op->info(), dtype_), {}, 0, static_cast<std::int8_t>(from.in.size())};
    for (std::size_t k = 0; k < from.in.size(); ++k) step.in[k] = source(from.in[k]);
    step.out = static_cast<std::int32_t>(values_.size());
    const bool stream = n_ * width_ >= streamed, direct = from.kept && from.out->dtype() == dtype_ && !stream;
    values_.push_back({direct ? Value::Kind::direct : Value::Kind::scratch, -1, from.out});
    made_.emplace_back(from.out->buffer().get(), step.out);
    if (from.kept && !direct) stores_.push_back({step.out, from.out, in_order_of(*from.out, *first_), stream && from.out->dtype() == dtype_});
    steps_.push_back(step);
  }
  give_slots();
  // Numbers that were written down: one tile of each, filled once.
  std::size_t bytes = 0;
  const auto tile_bytes = static_cast<std::size_t>((tile_ + slack) * width_);
  for (const Value& v : values_) bytes += v.kind == Value::Kind::fixed ? tile_bytes : 0;
  numbers_.resize(bytes + 64);
  std::byte* at = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(numbers_.data()) + 63) / 64 * 64);
  for (Value& v : values_) {
    if (v.kind != Value::Kind::fixed) continue;
    load(*v.array, Walk(Shape{tile_}, Shape{0}), 0, tile_, dtype_, at);
    v.slot = static_cast<std::int32_t>(at - numbers_.data());
    at += tile_bytes;
  }
}

// Scratch memory: a value that is not read any more leaves its place to the next one.
void Fused::give_slots() {
  std::vector<std::size_t> last(values_.size(), 0);
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    for (int k = 0; k < steps_[s].inputs; ++k) last[static_cast<std::size_t>(steps_[s].in[k])] = s;
    last[static_cast<std::size_t>(steps_[s].out)] = s;
  }
  for (const Store& store : stores_) last[static_cast<std::size_t>(store.value)] = steps_.size();
  for (const Tail& tail : tails_) last[static_cast<std::size_t>(tail.value)] = steps_.size();
  std::vector<std::int32_t> free;
  const auto take = [&] {
    if (free.empty()) return static_cast<std::int32_t>(slots_++);
    const std::int32_t slot = free.back();
    free.pop_back();
    return slot;
  };
  for (const std::int32_t v : loaded_) values_[static_cast<std::size_t>(v)].slot = take();
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    Value& out = values_[static_cast<std::size_t>(steps_[s].out)];
    if (out.kind == Value::Kind::scratch) out.slot = take();
    for (std::size_t v = 0; v < values_.size(); ++v) {
      if (last[v] == s && values_[v].slot >= 0) free.push_back(values_[v].slot);
    }
  }
  while (tails_.empty() && tile_ > 256 && slots_ * tile_ * width_ > (24 << 10)) tile_ /= 2;  // what is worked on stays in the first cache
}

void Fused::run_all() {
  if (n_ <= grain) run_tiles(0, n_);
  else parallel_for(n_, grain, [this](std::int64_t begin, std::int64_t end) { run_tiles(begin, end); });
  for (Tail& tail : tails_) dtype_ == Dtype::f32 ? finish<float>(tail) : finish<double>(tail);
}

template <class T>
void Fused::finish(Tail& tail) {
  T* leaves = reinterpret_cast<T*>(tail.leaves.data());
  const std::int64_t count = (n_ + leaf_size - 1) / leaf_size;
  const T sum = count > 1 ? fold_leaves(Fold::sum, leaves, count) : leaves[0];
  *static_cast<T*>(tail.to->data()) = tail.mean ? sum / static_cast<T>(n_) : sum;
}

void Fused::run_tiles(std::int64_t begin, std::int64_t end) {
  const std::int64_t tile_bytes = (tile_ + slack) * width_;
  const Work<std::byte> room(slots_ * tile_bytes);
  std::byte* const scratch = room.data();
  struct Place {
    std::byte* base;
    std::int64_t step;
  };
  SmallVec<Place, 48> places;
  places.reserve(values_.size());
  for (const Value& v : values_) {
    if (v.kind == Value::Kind::direct) places.push_back({static_cast<std::byte*>(v.array->data()), width_});
    else if (v.kind == Value::Kind::fixed) places.push_back({const_cast<std::byte*>(numbers_.data()) + v.slot, 0});
    else places.push_back({scratch + v.slot * tile_bytes, 0});
  }
  for (std::int64_t first = begin; first < end; first += tile_) {
    const std::int64_t count = std::min(tile_, end - first);
    for (std::size_t k = 0; k < loaded_.size(); ++k) {
      const auto v = static_cast<std::size_t>(loaded_[k]);
      places[v].base = const_cast<std::byte*>(static_cast<const std::byte*>(readers_[k].tile(first, count, scratch + values_[v].slot * tile_bytes)));
    }
    for (const std::int32_t v : prefetched_) {  // the next tile comes while this one is computed
      const Place& p = places[static_cast<std::size_t>(v)];
      const std::byte* next = p.base + (first + tile_) * p.step;
      if (first + tile_ < end) for (std::int64_t i = 0; i < tile_ * width_; i += 64) __builtin_prefetch(next + i);
    }
    for (const Step& step : steps_) {
      const void* in[4];
      for (int k = 0; k < step.inputs; ++k) {
        const Place& p = places[static_cast<std::size_t>(step.in[k])];
        in[k] = p.base + first * p.step;
      }
      const Place& out = places[static_cast<std::size_t>(step.out)];
      step.kernel(in, out.base + first * out.step, count);
    }
    for (const Store& store : stores_) {
      if (store.streamed) {
        const std::byte* from = places[static_cast<std::size_t>(store.value)].base;
        std::byte* to = static_cast<std::byte*>(store.to->data()) + first * width_;
        if (dtype_ == Dtype::f32) row_kernels<float>().stream(reinterpret_cast<const float*>(from), reinterpret_cast<float*>(to), count);
        else row_kernels<double>().stream(reinterpret_cast<const double*>(from), reinterpret_cast<double*>(to), count);
        continue;
      }
      cpu::store(*store.to, store.walk, first, count, dtype_, places[static_cast<std::size_t>(store.value)].base);
    }
    for (Tail& tail : tails_) {
      const Place& p = places[static_cast<std::size_t>(tail.value)];
      std::byte* leaf = tail.leaves.data() + first / leaf_size * width_;
      const void* tile = p.base + first * p.step;
      if (dtype_ == Dtype::f32) *reinterpret_cast<float*>(leaf) = row_kernels<float>().leaf(Fold::sum, static_cast<const float*>(tile), count);
      else *reinterpret_cast<double*>(leaf) = row_kernels<double>().leaf(Fold::sum, static_cast<const double*>(tile), count);
    }
  }
}

}  // namespace

Fusion fusion(const Op& op, Inputs x, const Array& y) {
  const OpInfo& info = op.info();
  if (y.numel() == 0 || !dense(y)) return {};
  if (sums(op)) {
    const Array& a = x[0].array();
    const bool all = y.numel() == 1 && a.numel() > 1 && a.contiguous();
    if (!all || a.dtype() != y.dtype() || (y.dtype() != Dtype::f32 && y.dtype() != Dtype::f64)) return {};
    return {y.dtype() == Dtype::f32 ? 1 : 2, true, a.shape(), a.strides()};
  }
  if (info.family != Family::map || info.index < 0) return {};
  const Dtype dtype = compute_dtype(x, y);
  if ((dtype != Dtype::f32 && dtype != Dtype::f64) || (y.dtype() != dtype && y.dtype() != Dtype::boolean) || !map_kernel(info, dtype)) return {};
  for (const Tensor& t : x) {
    if (is_half(t.dtype())) return {};
  }
  if (reads_condition(info) && x[0].dtype() != dtype && x[0].dtype() != Dtype::boolean) return {};
  return {dtype == Dtype::f32 ? 1 : 2, false, y.shape(), y.strides()};
}

std::unique_ptr<Task> fuse(std::vector<FusedStep> steps) {
  if (steps.front().out->numel() <= small_group_size) return small_group(steps);
  return std::make_unique<Fused>(std::move(steps));
}

}  // namespace gradus::cpu
