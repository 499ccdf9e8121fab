// Param and State: the tensors of a network that change. Each owns a slot, a cell on the heap; tensors are values.
//   moving keeps the slot; copying makes a new slot with the same value (Mlp best = net; is a snapshot); tie shares it.
#pragma once
#include <string>

#include "../tensor.hpp"
#include "../tensor/tracer.hpp"

namespace gradus {

class Slot final : public Counted {
 public:
  Tensor value;
  std::uint64_t version = 0;  // grows with every write
  static void destroy(const Slot* slot) { delete slot; }
};

// What Param and State share.
class Cell {
 public:
  Cell() = default;
  Cell(Tensor value);  // a number becomes f32, or i64 if it is an integer
  // Within a gradient a copy is still the variable: a network may be passed by value, its layers looped over by value.
  Cell(const Cell& other);
  Cell(Cell&&) noexcept = default;
  Cell& operator=(const Cell& other);  // writes into the slot that is there, so an optimizer still knows it
  Cell& operator=(Cell&&) noexcept = default;
  ~Cell();

  bool defined() const { return static_cast<bool>(slot_); }
  const Tensor& value() const {
    if (bound_.defined()) return bound_;
    Slot& slot = checked();
    return Tracer::current() && !slot.value.is_abstract() ? Tracer::current()->read(slot) : slot.value;
  }
  operator const Tensor&() const { return value(); }
  Slot& slot() const { return checked(); }
  void share(const Cell& other) { slot_ = other.slot_; }  // from now on the same slot

  // Where it stands in its network, such as "hidden.weight"; empty until a walk over the network has said so.
  const std::string& path() const { return path_; }
  void set_path(const std::string& path) const {
    if (path_ != path) path_ = path;
  }

 protected:
  void write(Tensor value) const;  // ShapeError unless shape and dtype stay
  Tensor bound_;                   // within a gradient: the value as a variable

 private:
  static void put(Slot& slot, Tensor value);
  [[noreturn]] void fail_undefined() const;
  Slot& checked() const {
    if (!slot_) fail_undefined();
    return *slot_;
  }
  Ref<Slot> slot_;
  mutable std::string path_;
};

// Trained and saved.
class Param final : public Cell {
 public:
  using Cell::Cell;
  Param& operator=(const Tensor& value) {
    set(value);
    return *this;
  }
  void set(Tensor value) { defined() ? write(std::move(value)) : void(*this = Param(std::move(value))); }
  void tie(const Param& other) { share(other); }
  void bind(Tensor variable) { bound_ = std::move(variable); }  // for value_and_grad
};

// A function runs again for its gradient (checkpoint) while one of these lives: State keeps what the first run gave it.
class Rerun {
 public:
  Rerun() { ++depth_; }
  ~Rerun() { --depth_; }
  Rerun(const Rerun&) = delete;
  Rerun& operator=(const Rerun&) = delete;
  static bool on() { return depth_ > 0; }

 private:
  static inline thread_local constinit int depth_ = 0;
};

// Saved, not trained: running statistics, counters, rates. May be set in const methods.
class State final : public Cell {
 public:
  using Cell::Cell;
  void set(Tensor value) const {
    if (!Rerun::on()) write(stop(value));
  }

 private:
  static Tensor stop(const Tensor& t) { return Tensor(t.array_ref()); }
};

}  // namespace gradus
