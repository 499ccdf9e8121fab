#include <gradus/autodiff/param.hpp>

namespace gradus {

Cell& Cell::operator=(const Cell& other) {
  if (this == &other) return *this;
  if (slot_ && other.slot_) {
    slot_->value = other.slot_->value;
    ++slot_->version;
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
  slot.value = std::move(value);
  ++slot.version;
}

}  // namespace gradus
