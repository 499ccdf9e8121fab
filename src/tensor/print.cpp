#include <fmt/format.h>
#include <gradus/tensor/tensor.hpp>

#include <algorithm>
#include <ostream>

namespace gradus {
namespace {


template <class T>
std::string number(T value) {
  if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
  else if constexpr (is_half_type<T>) return number(static_cast<float>(value));
  else if constexpr (std::is_floating_point_v<T>) return value == value ? fmt::format("{:.6g}", value) : "nan";  // its sign says nothing
  else return fmt::format("{}", value);
}

struct Printer {
  const Array& array;
  bool shorten;
  std::int64_t edge;  // entries shown at each end of a long axis
  std::string text{};

  void block(std::size_t axis, std::int64_t offset) {
    const Dims shape = array.shape();
    if (axis == shape.size()) {
      visit(array.dtype(), [&](auto zero) { text += number(static_cast<const decltype(zero)*>(array.data())[offset]); });
      return;
    }
    const std::int64_t n = shape[axis];
    const std::string comma = axis + 1 < shape.size() ? ",\n" + std::string(axis + 1, ' ') : ", ";
    text += "[";
    for (std::int64_t i = 0; i < n; ++i) {
      if (i) text += comma;
      if (shorten && n > 2 * edge && i == edge) {
        text += "..." + comma;
        i = n - edge;
      }
      block(axis + 1, offset + i * array.strides()[axis]);
    }
    text += "]";
  }
};

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "(undefined tensor)";
  const std::string kind = fmt::format("{} {}", name(x.dtype()), to_string(x.shape()));
  if (x.is_abstract()) return fmt::format("(abstract {})", kind);
  const bool shorten = x.numel() > 100 || std::ranges::any_of(x.array().shape(), [](std::int64_t n) { return n > 100; });
  Printer printer{x.array(), shorten, x.rank() > 3 ? 1 : 3};
  printer.block(0, 0);
  return printer.text + "  " + kind;
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

}  // namespace gradus
