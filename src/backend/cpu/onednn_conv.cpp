// Convolutions by oneDNN: primitives are made once per shape and kept.
#if GRADUS_ONEDNN
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "backend/cpu/conv.hpp"
#include "backend/cpu/dense.hpp"
#include "backend/cpu/onednn.hpp"

namespace gradus::cpu {
namespace {

using Memory = dnnl::memory;
using Desc = Memory::desc;
using Dimensions = Memory::dims;

constexpr auto f32 = Memory::data_type::f32;
constexpr std::int64_t most = std::int64_t{1} << 31;  // oneDNN's kernels count in ints

// The strides of channels-last memory: spatial axes, then channels within them.
Shape channels_last(Dims shape) {
  Shape strides(shape.size());
  std::int64_t step = shape[1];
  strides[1] = 1;
  for (std::size_t i = shape.size(); i-- > 2; step *= shape[i]) strides[i] = step;
  strides[0] = step;
  return strides;
}

bool lies_so(Dims shape, Dims strides, const Shape& wanted) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 1 && strides[i] != wanted[i]) return false;
  }
  return true;
}

// How one of the three tensors lies: as rows, with channels last, both (one channel, or one point), or neither. The strides are those
// of a descriptor: along axes of one entry, where they mean nothing, as in rows or channels-last.
struct Lie {
  bool rows, channels;
  Shape strides;
  bool repeats = false;  // strides of zero or less, which oneDNN does not take: a copy in rows is used instead

  explicit Lie(const Array& a) : rows(lies_so(a.shape(), a.strides(), contiguous_strides(a.shape()))), channels(lies_so(a.shape(), a.strides(), channels_last(a.shape()))) {
    for (std::size_t i = 0; i < a.shape().size(); ++i) repeats |= a.shape()[i] > 1 && a.strides()[i] < 1;
    rows |= repeats;
    if (rows) {
      strides = contiguous_strides(a.shape());
    } else if (channels) {
      strides = channels_last(a.shape());
    } else {
      for (std::size_t i = 0; i < a.shape().size(); ++i) strides.push_back(a.shape()[i] == 1 ? 1 : a.strides()[i]);
    }
  }
};

// All that a primitive depends on, as numbers.
struct Key {
  std::array<std::int64_t, 64> at{};
  std::size_t size = 0;
  void add(std::int64_t n) { at[size++] = n; }
  void add(Dims list) {
    for (const std::int64_t n : list) add(n);
  }
  friend bool operator<(const Key& a, const Key& b) { return a.at < b.at; }
};

// One tensor: as it lies in our memory, as the primitive wants it, and the way from the one to the other.
struct Side {
  Desc ours, theirs, room;
  std::optional<dnnl::reorder> move;  // none: the primitive works on our memory
};

struct Entry {
  bool none = true;  // oneDNN has nothing but its reference for this
  dnnl::primitive primitive;
  Desc scratch, bias;
  std::array<Side, 3> side;  // x, w, y
};

Side side_of(const Desc& ours, const Desc& theirs, bool written) {
  Side s{ours, theirs, {}, {}};
  if (ours == theirs) return s;
  const Desc &from = written ? theirs : ours, &to = written ? ours : theirs;
  const dnnl::reorder::primitive_desc pd(onednn_engine(), from, onednn_engine(), to, own_scratch());
  s.room = pd.scratchpad_desc();
  s.move.emplace(pd);
  return s;
}

Dimensions dimensions(Dims list) { return Dimensions(list.begin(), list.end()); }

// Entries past the last one that a window reaches are padding too, a negative one, which oneDNN's equation of sizes has to know when
// there are more of them than a stride.
bool right_padding(const Convolution& c, Dimensions& right) {
  for (std::size_t i = 0; i < c.stride.size(); ++i) {
    const std::int64_t size = c.x.shape()[i + 2], out = c.y.shape()[i + 2], reach = c.dilation[i] * (c.w.shape()[i + 2] - 1) + 1;
    const std::int64_t room = size + 2 * c.padding[i] - reach;
    if (room < 0) return false;
    const bool fits = room / c.stride[i] + 1 == out;
    right.push_back(fits ? c.padding[i] : (out - 1) * c.stride[i] + reach - size - c.padding[i]);
    if (right.back() < 0) return false;
  }
  return true;
}

// Makes the primitive on x and y that lie channels-last, or as oneDNN likes it best. Its columns and products (by_columns) are several
// times slower than its own kernels, so they come last.
bool make(const Convolution& c, const Shape& x_strides, const Shape& w_strides, const Shape& y_strides, bool in_channels_last, bool by_columns, Entry& e) {
  const auto data = [](const Array& a, const Shape& strides) { return Desc(dimensions(a.shape()), f32, dimensions(strides)); };
  const auto wanted = [&](const Array& a) { return in_channels_last ? data(a, channels_last(a.shape())) : Desc(dimensions(a.shape()), f32, Memory::format_tag::any); };
  Dimensions w_dims = dimensions(c.w.shape()), w_steps = dimensions(w_strides), right;
  if (c.groups > 1) {  // [O, ...] as [groups, O / groups, ...]
    w_dims[0] /= c.groups;
    w_dims.insert(w_dims.begin(), c.groups);
    w_steps.insert(w_steps.begin(), w_steps[0] * w_dims[1]);
  }
  if (!right_padding(c, right)) return false;
  const Desc x = wanted(c.x), y = wanted(c.y), w(w_dims, f32, Memory::format_tag::any), w_ours(w_dims, f32, w_steps), bias({c.y.shape()[1]}, f32, Memory::format_tag::x);
  Dimensions dilation = dimensions(c.dilation);
  for (auto& d : dilation) --d;
  const Dimensions stride = dimensions(c.stride), left = dimensions(c.padding);
  const auto direct = dnnl::algorithm::convolution_direct;
  const auto training = dnnl::prop_kind::forward_training;
  try {
    using Forward = dnnl::convolution_forward;
    const Forward::primitive_desc forward(c.bias ? Forward::desc(training, direct, x, w, bias, y, stride, dilation, left, right) : Forward::desc(training, direct, x, w, y, stride, dilation, left, right), own_scratch(), onednn_engine());
    const auto take = [&](const auto& pd, const auto& primitive, const Desc& xd, const Desc& wd, const Desc& yd) {
      const std::string name = pd.impl_info_str();
      if (name.starts_with("ref:any") || (name.starts_with("x64:gemm") && !by_columns)) return false;
      e.scratch = pd.scratchpad_desc();
      e.side = {side_of(data(c.x, x_strides), xd, c.result == Convolution::input), side_of(w_ours, wd, c.result == Convolution::weights), side_of(data(c.y, y_strides), yd, c.result == Convolution::output)};
      e.primitive = primitive;
      e.bias = bias;
      return true;
    };
    if (c.result == Convolution::output) return take(forward, Forward(forward), forward.src_desc(), forward.weights_desc(), forward.dst_desc());
    if (c.result == Convolution::input) {
      using Backward = dnnl::convolution_backward_data;
      const Backward::primitive_desc pd(Backward::desc(direct, x, w, y, stride, dilation, left, right), own_scratch(), onednn_engine(), forward);
      return take(pd, Backward(pd), pd.diff_src_desc(), pd.weights_desc(), pd.diff_dst_desc());
    }
    using Backward = dnnl::convolution_backward_weights;
    const Backward::primitive_desc pd(Backward::desc(direct, x, w, y, stride, dilation, left, right), own_scratch(), onednn_engine(), forward);
    return take(pd, Backward(pd), pd.src_desc(), pd.diff_weights_desc(), pd.diff_dst_desc());
  } catch (const dnnl::error&) {
    return false;  // there is no implementation at all
  }
}

// Channels-last memory is used as it is, and so is what mixes it with rows, after one reorder. Rows are reordered to oneDNN's own
// blocks: on rows themselves it is two to three times slower. With few points in an image the weights are what is moved, and its blocked
// kernels win even on channels-last memory (512 channels of 8x8 with a stride of 2: 10.7 ms against 18.8), but not for the gradient of the
// input with a stride (15.5 against 12.4).
std::unique_ptr<Entry> made(const Convolution& c, const Lie& x, const Lie& w, const Lie& y) {
  auto e = std::make_unique<Entry>();
  const bool last = !(x.rows && y.rows) && (x.channels || y.channels);
  const bool few = numel(c.y.shape().subspan(2)) <= 16 && numel(c.w.shape().subspan(2)) > 1 && (c.result == Convolution::output || (c.result == Convolution::input && std::ranges::all_of(c.stride, [](std::int64_t n) { return n == 1; })));
  const bool first = last && !few;
  for (const bool by_columns : {false, true}) {
    for (const bool channels : {first, !first}) {
      if (e->none) e->none = !make(c, x.strides, w.strides, y.strides, channels, by_columns, *e);
    }
  }
  return e;
}

// The calls of an entry, of one thread.
struct Calls {
  const Entry& entry;
  OnednnCall compute;
  std::array<OnednnCall, 3> move;  // x, w, y

  Calls(const Entry& e, const Convolution& c) : entry(e) {
    if (e.none) return;
    const auto [x, w, y] = places(c.result);
    const Desc &dx = e.side[0].theirs, &dw = e.side[1].theirs, &dy = e.side[2].theirs;
    compute = c.bias ? OnednnCall(e.primitive, {{x, dx}, {w, dw}, {y, dy}, {DNNL_ARG_SCRATCHPAD, e.scratch}, {DNNL_ARG_BIAS, e.bias}}) : OnednnCall(e.primitive, {{x, dx}, {w, dw}, {y, dy}, {DNNL_ARG_SCRATCHPAD, e.scratch}});
    for (std::size_t i = 0; i < 3; ++i) {
      const Side& s = e.side[i];
      const bool written = i == static_cast<std::size_t>(c.result == Convolution::output ? 2 : c.result == Convolution::input ? 0 : 1);
      if (s.move) move[i] = OnednnCall(*s.move, {{DNNL_ARG_FROM, written ? s.theirs : s.ours}, {DNNL_ARG_TO, written ? s.ours : s.theirs}, {DNNL_ARG_SCRATCHPAD, s.room}});
    }
  }
  static std::array<int, 3> places(Convolution::Result result) {
    if (result == Convolution::output) return {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    if (result == Convolution::input) return {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST};
    return {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST};
  }
};

// Primitives are shared by all threads; a thread that knows its calls locks nothing.
const Calls& calls_of(const Convolution& c, const Lie& x, const Lie& w, const Lie& y, int team) {
  Key key;
  key.add(c.result);
  key.add(team);
  key.add(c.groups);
  key.add(c.bias != nullptr);
  key.add(static_cast<std::int64_t>(c.stride.size()));
  for (const Dims list : {c.x.shape(), c.w.shape(), c.y.shape(), Dims(x.strides), Dims(w.strides), Dims(y.strides), Dims(c.stride), Dims(c.padding), Dims(c.dilation)}) key.add(list);
  for (const bool b : {x.rows, x.channels, y.rows, y.channels}) key.add(b);
  thread_local std::map<Key, Calls> calls;
  if (const auto at = calls.find(key); at != calls.end()) return at->second;
  static std::mutex mutex;
  static std::map<Key, std::unique_ptr<Entry>> known;
  std::lock_guard lock(mutex);
  auto& slot = known[key];
  if (!slot) slot = made(c, x, w, y);
  return calls.try_emplace(key, *slot, c).first->second;
}

// One tensor at the time of a run: where the primitive finds it, and its way there and back.
class Operand {
 public:
  Operand(const Array& a, const Lie& lie, const Side& side, const OnednnCall& move, bool written)
      : array_(a), move_(side.move ? &move : nullptr), repeats_(lie.repeats), plain_(lie.repeats ? a.numel() : 0), inner_(side.move ? floats(side.theirs) : 0), room_(floats(side.room)) {
    ours_ = repeats_ ? plain_.data() : static_cast<float*>(const_cast<Array&>(a).data());
    if (written) return;
    if (repeats_) load(a, Walk::broadcast(a, a.shape()), 0, a.numel(), Dtype::f32, ours_);
    if (move_) move_->run({ours_, inner_.data(), room_.data()});
  }
  const float* data() const { return move_ ? inner_.data() : ours_; }
  void finish() {
    if (move_) move_->run({inner_.data(), ours_, room_.data()});
    if (repeats_) store(const_cast<Array&>(array_), Walk::broadcast(array_, array_.shape()), 0, array_.numel(), Dtype::f32, plain_.data());
  }
  static std::int64_t floats(const Desc& d) { return static_cast<std::int64_t>(d.get_size() / sizeof(float)); }

 private:
  const Array& array_;
  const OnednnCall* const move_;  // null: none
  const bool repeats_;
  Work<float> plain_, inner_, room_;
  float* ours_;
};

bool run(const Convolution& c, int team) {
  const Lie x(c.x), w(c.w), y(c.y);
  const Calls& calls = calls_of(c, x, w, y, team);
  const Entry& e = calls.entry;
  if (e.none) return false;
  Operand ox(c.x, x, e.side[0], calls.move[0], c.result == Convolution::input), ow(c.w, w, e.side[1], calls.move[1], c.result == Convolution::weights), oy(c.y, y, e.side[2], calls.move[2], c.result == Convolution::output);
  const Work<float> scratch(Operand::floats(e.scratch) + 1);
  if (c.bias) calls.compute.run({ox.data(), ow.data(), oy.data(), scratch.data(), c.bias});
  else calls.compute.run({ox.data(), ow.data(), oy.data(), scratch.data()});
  (c.result == Convolution::output ? oy : c.result == Convolution::input ? ox : ow).finish();
  return true;
}

// In parts that depend on the shapes alone, each by one thread: some images, or, of the gradient of the weights, some output channels.
bool in_parts(const Convolution& c) {
  const bool images = c.result != Convolution::weights;
  const std::int64_t all = images ? c.x.shape()[0] : c.y.shape()[1], least = images ? 1 : 16;
  const std::int64_t part = c.groups > 1 && !images ? all : std::max((all + 7) / 8, std::min(all, least));
  const auto cut = [](const Array& a, std::size_t axis, std::int64_t from, std::int64_t size) {
    Shape shape(a.shape().begin(), a.shape().end());
    shape[axis] = size;
    return Array::view(a.dtype(), shape, a.strides(), a.offset() + from * a.strides()[axis], a.buffer());
  };
  std::atomic<bool> done{true};
  parallel_for((all + part - 1) / part, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t from = i * part, size = std::min(part, all - from);
      const Ref<Array> y = cut(c.y, images ? 0 : 1, from, size), other = cut(images ? c.x : c.w, 0, from, size);
      const Convolution one{c.result, images ? *other : c.x, images ? c.w : *other, *y, c.stride, c.padding, c.dilation, c.groups, c.bias};
      if (!run(one, use_team(1))) done = false;
    }
  });
  return done;
}

}  // namespace

bool onednn_conv(const Convolution& c) {
  const std::size_t rank = c.x.shape().size();
  if (rank < 3 || rank > 5) return false;
  for (const Array* a : {&c.x, &c.w, &c.y}) {
    if (a->dtype() != Dtype::f32 || a->numel() == 0 || a->numel() >= most) return false;
  }
  const std::int64_t work = c.y.numel() * numel(c.w.shape().subspan(1));
  if (work <= 32 * 32 * 32) return false;  // making a primitive costs more than our own kernels do
  // Below about 30 microseconds of work a second thread costs more than it brings, and far more on a busy machine.
  return deterministic() ? in_parts(c) : run(c, use_team(work < (std::int64_t{1} << 22) ? 1 : threads()));
}

}  // namespace gradus::cpu
#endif
