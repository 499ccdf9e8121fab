#include <gradus/autodiff/walk.hpp>
#include <gradus/ops.hpp>

namespace gradus {

Cell::Cell(Tensor value) : slot_(new Slot) {
  const bool literal = value.defined() && value.array().literal;
  slot_->value = literal ? cast(value, is_float(value.dtype()) ? Dtype::f32 : Dtype::i64) : std::move(value);
}

Cell::Cell(const Cell& other) : Cell(other.defined() ? Cell(other.value()) : Cell()) { path_ = other.path_; }
Cell::~Cell() = default;

Cell& Cell::operator=(const Cell& other) {
  if (this == &other) return *this;
  if (slot_ && other.slot_) {
    put(*slot_, other.value());
  } else {
    *this = Cell(other);
  }
  bound_ = Tensor();
  return *this;
}

void Cell::write(Tensor value) const {
  Slot& slot = checked();
  if (!(slot.value.spec() == value.spec())) {
    const auto text = [](const Tensor& t) { return std::string(name(t.dtype())) + " " + to_string(t.shape()); };
    fail<ShapeError>("parameter", (path_.empty() ? "it" : path_) + " is " + text(slot.value) + ", the new value is " + text(value));
  }
  put(slot, std::move(value));
}

void Cell::fail_undefined() const { fail<ValueError>("parameter", "it was never given a value" + (path_.empty() ? "" : ": " + path_)); }

void Cell::put(Slot& slot, Tensor value) {
  if (Tracer* tracer = Tracer::current(); tracer && !slot.value.is_abstract()) return tracer->write(slot, value);
  slot.value = std::move(value);
  ++slot.version;
}

std::string detail::joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

}  // namespace gradus
