#include "backend/cpu/small.hpp"

#include <gradus/ops.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

#include "backend/cpu/map_kernels.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/small_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

// Where numbers lie, however often their memory moves.
struct Place {
  std::byte* const* base = nullptr;
  std::ptrdiff_t offset = 0;  // bytes
  Place() = default;
  Place(std::byte* const* from, std::ptrdiff_t bytes) : base(from), offset(bytes) {}
  explicit Place(const Array& a, std::int64_t elements = 0) : Place(a.buffer()->where(), (a.offset() + elements) * static_cast<std::ptrdiff_t>(size_of(a.dtype()))) {}
  template <class T>
  T* at() const {
    return reinterpret_cast<T*>(*base + offset);
  }
};

// Elements of an array, as lanes of the one vector that starts at the first of them in memory.
template <class T>
struct Lanes {
  std::vector<typename SmallKernels<T>::Lane> table;  // `lanes` for each vector of results; what is left over picks lane 0
  std::int64_t first = 0;                             // of the vector, from the array's first element

  // offset(k, e): of element e of vector k, from the array's first element. Empty if they do not lie in one vector.
  template <class F>
  static std::optional<Lanes> make(const Array& a, std::int64_t vectors, std::int64_t count, F&& offset) {
    const std::int64_t lanes = small_kernels<T>().lanes;
    if (a.dtype() != dtype_of<T>() || count > lanes || !a.buffer() || !a.buffer()->padded()) return std::nullopt;
    std::int64_t low = INT64_MAX, high = INT64_MIN;
    for (std::int64_t k = 0; k < vectors; ++k) {
      for (std::int64_t e = 0; e < count; ++e) {
        low = std::min(low, offset(k, e));
        high = std::max(high, offset(k, e));
      }
    }
    if (vectors == 0 || count == 0 || high - low >= lanes) return std::nullopt;
    Lanes out{{}, low};
    out.table.resize(static_cast<std::size_t>(vectors * lanes));
    for (std::int64_t k = 0; k < vectors; ++k) {
      for (std::int64_t e = 0; e < count; ++e) out.table[static_cast<std::size_t>(k * lanes + e)] = static_cast<typename SmallKernels<T>::Lane>(offset(k, e) - low);
    }
    return out;
  }
};

template <class T>
class SmallProduct final : public Task {
 public:
  SmallProduct(const Array& a, Lanes<T> of_a, const Array& b, Lanes<T> of_b, const Ref<Array>& y)
      : Task([](Task& self) { static_cast<SmallProduct&>(self).multiply(); }), kernel_(small_kernels<T>().product), k_(a.shape()[1]), of_a_(std::move(of_a)), of_b_(std::move(of_b)),
        a_(a, of_a_.first), b_(b, of_b_.first), to_(*y), held_{a.buffer(), b.buffer(), y->buffer()} {}

 private:
  void multiply() { kernel_(k_, a_.template at<T>(), of_a_.table.data(), b_.template at<T>(), of_b_.table.data(), to_.template at<T>()); }
  const decltype(SmallKernels<T>::product) kernel_;
  const std::int64_t k_;
  const Lanes<T> of_a_, of_b_;
  const Place a_, b_, to_;
  const Ref<Buffer> held_[3];
};

template <class T>
std::unique_ptr<Task> product_of(const Array& a, const Array& b, const Ref<Array>& y) {
  const std::int64_t n = y->shape()[1], k = a.shape()[1];
  auto of_a = Lanes<T>::make(a, k, y->numel(), [&](std::int64_t p, std::int64_t e) { return e / n * a.strides()[0] + p * a.strides()[1]; });
  auto of_b = Lanes<T>::make(b, k, y->numel(), [&](std::int64_t p, std::int64_t e) { return p * b.strides()[0] + e % n * b.strides()[1]; });
  if (!of_a || !of_b || !y->contiguous()) return nullptr;
  return std::make_unique<SmallProduct<T>>(a, std::move(*of_a), b, std::move(*of_b), y);
}

template <class T>
class SmallSum final : public Task {
 public:
  SmallSum(const Ref<Array>& x, const Ref<Array>& y, std::int64_t results, std::int64_t length, bool columns, bool mean)
      : Task([](Task& self) { static_cast<SmallSum&>(self).add(); }), results_(results), length_(length), divisor_(mean ? static_cast<T>(length) : T(1)), columns_(columns), from_(*x),
        to_(*y), held_{x->buffer(), y->buffer()} {
    if (length > accumulators) return;
    lanes_ = Lanes<T>::make(*x, length, results, [&](std::int64_t p, std::int64_t e) { return columns ? p * results + e : e * length + p; });
  }

 private:
  void add() {
    const T* from = from_.template at<T>();
    T* to = to_.template at<T>();
    if (lanes_) return small_kernels<T>().sum(length_, from, lanes_->table.data(), divisor_, to);
    const RowKernels<T>& kernels = row_kernels<T>();
    if (columns_) kernels.leaf_columns(Fold::sum, from, results_, length_, results_, to);
    else for (std::int64_t i = 0; i < results_; ++i) to[i] = kernels.leaf(Fold::sum, from + i * length_, length_);
    if (divisor_ != T(1)) for (std::int64_t i = 0; i < results_; ++i) to[i] /= divisor_;
  }
  const std::int64_t results_, length_;
  const T divisor_;
  const bool columns_;
  std::optional<Lanes<T>> lanes_;
  const Place from_, to_;
  const Ref<Buffer> held_[2];
};

// The steps one after the other on one tile, everything where it was decided to be.
template <class T>
class SmallGroup final : public Task {
 public:
  explicit SmallGroup(const std::vector<FusedStep>& steps)
      : Task([](Task& self) { static_cast<SmallGroup&>(self).run_steps(); }), like_(steps.front().out), n_(like_->numel()) {
    std::vector<std::pair<const Buffer*, Place>> made;
    for (const FusedStep& from : steps) {
      const OpInfo& info = from.op->info();
      if (info.family != Family::map) {
        const bool mean = ops::as<ops::Mean>(*from.op) != nullptr;
        const Place x = source(from.in[0], made);
        tails_.push_back({x, Place(*from.out), mean ? static_cast<T>(n_) : T(1)});
        held_.push_back(from.out);
        continue;
      }
      Step step{map_kernel(info, dtype_of<T>()), static_cast<int>(from.in.size()), {}, {}};
      for (std::size_t k = 0; k < from.in.size(); ++k) step.in[k] = source(from.in[k], made);
      const bool direct = from.kept && from.out->dtype() == dtype_of<T>();
      step.out = direct ? Place(*from.out) : scratch();
      made.emplace_back(from.out->buffer().get(), step.out);
      if (from.kept) held_.push_back(from.out);
      if (from.kept && !direct) stores_.push_back({step.out, from.out, Walk::in_order_of(*from.out, *like_)});
      steps_.push_back(step);
    }
    const std::int64_t count = std::min<std::int64_t>(n_, small_kernels<T>().lanes);
    for (std::int64_t p = 0; n_ == count && n_ <= accumulators && p < n_; ++p) {  // for the sums: element p in lane 0
      all_.push_back(static_cast<typename SmallKernels<T>::Lane>(p));
      all_.resize(static_cast<std::size_t>((p + 1) * small_kernels<T>().lanes));
    }
    memory_.resize(used_ + 64);
    scratch_ = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(memory_.data()) + 63) / 64 * 64);
    for (const auto& [number, to] : numbers_) load(number.array(), Walk(Shape{n_ + beyond}, Shape{0}), 0, n_ + beyond, dtype_of<T>(), to.template at<T>());
  }

 private:
  static constexpr std::int64_t beyond = 64 / sizeof(T);  // whole vectors are read beyond the end

  struct Step {
    MapKernel kernel;
    int inputs;
    Place in[4], out;
  };
  struct Pick {
    Place from, to;
    Lanes<T> lanes;
  };
  struct Load {
    Reader reader;
    Place to;
  };
  struct Store {
    Place from;
    Ref<Array> to;
    Walk walk;
  };
  struct Tail {
    Place from, to;
    T divisor;
  };

  Place scratch() {
    const Place place(&scratch_, static_cast<std::ptrdiff_t>(used_));
    used_ += (static_cast<std::size_t>(n_) * sizeof(T) + 63) / 64 * 64 + 64;
    return place;
  }

  Place source(const Tensor& x, std::vector<std::pair<const Buffer*, Place>>& made) {
    const Array& a = x.array();
    for (const auto& [buffer, place] : made) {
      if (buffer == a.buffer().get()) return place;
    }
    for (const auto& [array, place] : sources_) {
      if (array == &a) return place;
    }
    held_.push_back(x.array_ref());
    const Walk walk = Walk::in_order_of(a, *like_);
    Place place;
    if (walk.contiguous() && a.dtype() == dtype_of<T>() && a.numel() == n_ && a.buffer()->padded()) {
      place = Place(a);
    } else if (place = scratch(); !a.is_abstract() && a.numel() == 1) {
      numbers_.emplace_back(x, place);
    } else {
      const std::vector<std::int64_t> at = offsets(walk);
      auto lanes = Lanes<T>::make(a, 1, n_, [&](std::int64_t, std::int64_t e) { return at[static_cast<std::size_t>(e)]; });
      if (lanes) {
        const Place from(a, lanes->first);
        picks_.push_back({from, place, std::move(*lanes)});
      } else {
        loads_.push_back({Reader(a, walk, dtype_of<T>()), place});
      }
    }
    sources_.emplace_back(&a, place);
    return place;
  }

  void run_steps() {
    for (const Pick& p : picks_) small_kernels<T>().pick(p.from.template at<T>(), p.lanes.table.data(), p.to.template at<T>());
    for (const Load& l : loads_) {
      T* to = l.to.template at<T>();
      if (const void* tile = l.reader.tile(0, n_, to); tile != to) std::memcpy(to, tile, static_cast<std::size_t>(n_) * sizeof(T));
    }
    for (const Step& step : steps_) {
      const void* in[4];
      for (int k = 0; k < step.inputs; ++k) in[k] = step.in[k].template at<T>();
      step.kernel(in, step.out.template at<T>(), n_);
    }
    for (const Store& s : stores_) store(*s.to, s.walk, 0, n_, dtype_of<T>(), s.from.template at<T>());
    for (const Tail& t : tails_) {
      const T* from = t.from.template at<T>();
      T* to = t.to.template at<T>();
      if (!all_.empty()) small_kernels<T>().sum(n_, from, all_.data(), t.divisor, to);
      else *to = row_kernels<T>().leaf(Fold::sum, from, n_) / t.divisor;
    }
  }

  const Ref<Array> like_;  // a result, whose layout is that of all
  const std::int64_t n_;
  std::vector<Pick> picks_;
  std::vector<Load> loads_;
  std::vector<Step> steps_;
  std::vector<Store> stores_;
  std::vector<Tail> tails_;
  std::vector<typename SmallKernels<T>::Lane> all_;
  std::vector<std::pair<Tensor, Place>> numbers_;  // that were written down: a tile of each, filled once
  std::vector<std::pair<const Array*, Place>> sources_;
  std::vector<Ref<Array>> held_;
  std::vector<std::byte> memory_;
  std::byte* scratch_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace

std::unique_ptr<Task> small_product(const Array& a, const Array& b, const Ref<Array>& y) { return y->dtype() == Dtype::f32 ? product_of<float>(a, b, y) : product_of<double>(a, b, y); }

std::unique_ptr<Task> small_sum(const Ref<Array>& x, const Ref<Array>& y, std::int64_t results, std::int64_t length, bool columns, bool mean) {
  if (y->dtype() == Dtype::f32) return std::make_unique<SmallSum<float>>(x, y, results, length, columns, mean);
  return std::make_unique<SmallSum<double>>(x, y, results, length, columns, mean);
}

std::unique_ptr<Task> small_group(const std::vector<FusedStep>& steps) {
  const Dtype dtype = compute_dtype(steps.front().in, *steps.front().out);
  if (dtype == Dtype::f32) return std::make_unique<SmallGroup<float>>(steps);
  return std::make_unique<SmallGroup<double>>(steps);
}

}  // namespace gradus::cpu
