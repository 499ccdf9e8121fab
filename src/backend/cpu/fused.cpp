// What runs together: where each value lies, decided once.
#include "backend/cpu/fused.hpp"

#include <algorithm>

#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/small.hpp"

namespace gradus::cpu {
namespace {

// Whether the elements fill their memory, in whatever order of the axes.
bool dense(const Array& y) { return Walk::in_order_of(y, y).contiguous(); }

}  // namespace

bool ends_group(const Op& op) { return ops::as<ops::Sum>(op) || ops::as<ops::Mean>(op); }

std::int32_t Fused::source(const Tensor& x) {
  const Array& a = x.array();
  if (const auto made = std::ranges::find(made_, a.buffer().get(), &std::pair<const Buffer*, std::int32_t>::first); made != made_.end()) return made->second;
  for (std::size_t k = 0; k < values_.size(); ++k) {
    if (values_[k].array == x.array_ref() && values_[k].kind != Value::Kind::scratch) return static_cast<std::int32_t>(k);
  }
  const auto at = static_cast<std::int32_t>(values_.size());
  const Walk walk = Walk::in_order_of(a, *first_);
  const bool number = !a.is_abstract() && a.numel() == 1;
  if (number) {
    values_.push_back({Value::Kind::fixed, x.array_ref()});
  } else if (walk.contiguous() && a.dtype() == dtype_ && a.numel() == n_ && a.buffer()->padded()) {
    values_.push_back({Value::Kind::direct, x.array_ref()});
    if (n_ * width_ >= (1 << 20)) prefetched_.push_back(at);
  } else {
    values_.push_back({Value::Kind::loaded, x.array_ref()});
    loaded_.push_back({at, Reader(*values_.back().array, walk, dtype_)});
    if (loaded_.back().reader.repeats()) values_.back().kind = Value::Kind::repeated;
  }
  return at;
}

Fused::Fused(std::vector<FusedStep> steps)
    : Task([](Task& self) { static_cast<Fused&>(self).run(); }), dtype_(compute_dtype(steps.front().in, *steps.front().out)) {
  first_ = steps.front().out;
  n_ = first_->numel();
  width_ = static_cast<std::int64_t>(size_of(dtype_));
  const bool far = std::ranges::count_if(steps, [](const FusedStep& s) { return s.kept && !ends_group(*s.op); }) * n_ * width_ >= far_bytes;
  for (const FusedStep& from : steps) {
    if (ends_group(*from.op)) {
      tails_.push_back({source(from.in[0]), from.out, ops::as<ops::Mean>(*from.op) != nullptr, {}});
      tails_.back().leaves.resize(static_cast<std::size_t>((n_ + leaf_size - 1) / leaf_size * width_));
      continue;
    }
    const OpInfo& info = from.op->info();
    Step step{map_kernel(info, dtype_), map_kernel_plus(info, dtype_), {}, 0, static_cast<std::int8_t>(from.in.size()), ops::as<ops::Add>(*from.op) != nullptr};
    for (std::size_t k = 0; k < from.in.size(); ++k) step.in[k] = source(from.in[k]);
    step.out = static_cast<std::int32_t>(values_.size());
    const bool same = from.out->dtype() == dtype_, direct = from.kept && same && !far;
    values_.push_back({direct ? Value::Kind::direct : Value::Kind::scratch, from.out});
    made_.emplace_back(from.out->buffer().get(), step.out);
    if (from.kept && same && far) streams_.push_back({step.out, -1});
    else if (from.kept && !same) stores_.push_back({step.out, Walk::in_order_of(*from.out, *first_)});
    steps_.push_back(step);
  }
  join_sums();
  give_places();
  fill_numbers();
}

// Whether nobody but one step reads it.
bool Fused::read_once(std::int32_t value) const {
  if (values_[static_cast<std::size_t>(value)].kind != Value::Kind::scratch) return false;
  if (std::ranges::count(tails_, value, &Tail::value) + std::ranges::count(stores_, value, &Store::value) + std::ranges::count(streams_, value, &Stream::value)) return false;
  std::ptrdiff_t readers = 0;
  for (const Step& s : steps_) readers += std::count(s.in, s.in + s.inputs, value);
  return readers == 1;
}

// A step whose result is only added to something does that itself: it need not be written and read again. The same bits.
void Fused::join_sums() {
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    for (int k = 1; k >= 0 && steps_[s].adds; --k) {
      const auto made = std::ranges::find(steps_, steps_[s].in[k], &Step::out);
      if (made == steps_.end() || !made->plus || !read_once(made->out)) continue;
      Step joined = *made;
      joined.in[joined.inputs++] = steps_[s].in[1 - k];
      joined.kernel = joined.plus, joined.plus = nullptr, joined.adds = false;
      joined.out = steps_[s].out;
      steps_[s] = joined;
      steps_.erase(made);
      --s;
    }
  }
}

// Scratch memory: a value that is not read any more leaves its place to the next one.
void Fused::give_places() {
  const std::size_t end = steps_.size();
  std::vector<std::size_t> last(values_.size(), 0);
  for (std::size_t s = 0; s < end; ++s) {
    for (int k = 0; k < steps_[s].inputs; ++k) last[static_cast<std::size_t>(steps_[s].in[k])] = s;
    last[static_cast<std::size_t>(steps_[s].out)] = s;
  }
  for (const Store& store : stores_) last[static_cast<std::size_t>(store.value)] = end;
  for (const Tail& tail : tails_) last[static_cast<std::size_t>(tail.value)] = end;
  for (const Stream& stream : streams_) last[static_cast<std::size_t>(stream.value)] = end;
  std::int64_t slots = 0;
  std::vector<std::int64_t> free;
  const auto take = [&] {
    if (free.empty()) return slots++;
    const std::int64_t slot = free.back();
    free.pop_back();
    return slot;
  };
  for (const Loaded& x : loaded_) {
    Value& v = values_[static_cast<std::size_t>(x.value)];
    if (v.kind == Value::Kind::loaded) v.place = take();
  }
  for (std::size_t s = 0; s < end; ++s) {
    Value& out = values_[static_cast<std::size_t>(steps_[s].out)];
    const bool waits = std::ranges::find(streams_, steps_[s].out, &Stream::value) != streams_.end();  // in its place until the next tile is under way
    if (out.kind == Value::Kind::scratch) out.place = waits ? slots++ : take();
    for (std::size_t v = 0; v < values_.size(); ++v) {
      if (last[v] == s && values_[v].place >= 0) free.push_back(values_[v].place);
    }
  }
  for (Stream& stream : streams_) stream.other = slots++;
  while (tails_.empty() && tile_ > 256 && slots * tile_ * width_ > (96 << 10)) tile_ /= 2;  // what is worked on stays near
  const std::int64_t bytes = (tile_ + slack) * width_;
  for (Value& v : values_) v.place *= bytes;
  for (Stream& stream : streams_) stream.other *= bytes;
  room_ = slots * bytes;
  for (const Loaded& x : loaded_) {
    if (!x.reader.repeats()) continue;
    values_[static_cast<std::size_t>(x.value)].place = room_;
    room_ += static_cast<std::int64_t>(sizeof(Scratch));
  }
}

// Numbers that were written down: one tile of each, filled once.
void Fused::fill_numbers() {
  const auto bytes = static_cast<std::size_t>((tile_ + slack) * width_);
  numbers_.resize(bytes * static_cast<std::size_t>(std::ranges::count(values_, Value::Kind::fixed, &Value::kind)) + 64);
  std::byte* at = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(numbers_.data()) + 63) / 64 * 64);
  for (Value& v : values_) {
    if (v.kind != Value::Kind::fixed) continue;
    load(*v.array, Walk(Shape{tile_}, Shape{0}), 0, tile_, dtype_, at);
    v.place = at - numbers_.data();
    at += bytes;
  }
}

Fusion fusion(const Op& op, Inputs x, const Array& y) {
  const OpInfo& info = op.info();
  if (y.numel() == 0 || !dense(y)) return {};
  if (ends_group(op)) {
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
