#include <fmt/format.h>
#include <gradus/tensor/tensor.hpp>

#include <ostream>

namespace gradus {
namespace {

constexpr std::int64_t edge = 3;  // entries shown at each end of a long axis

std::string number(double value, Dtype dtype) {
  if (dtype == Dtype::boolean) return value != 0 ? "true" : "false";
  return is_float(dtype) ? fmt::format("{:.6g}", value) : fmt::format("{}", static_cast<std::int64_t>(value));
}

struct Printer {
  const std::vector<double>& values;
  Shape shape;
  Dtype dtype;
  bool shorten;
  std::string text{};

  void block(std::size_t axis, std::int64_t offset, std::int64_t count) {
    if (axis == shape.size()) {
      text += number(values[static_cast<std::size_t>(offset)], dtype);
      return;
    }
    const std::int64_t n = shape[axis], step = n ? count / n : 0;
    text += "[";
    for (std::int64_t i = 0; i < n; ++i) {
      if (i) text += axis + 1 < shape.size() ? ",\n" + std::string(axis + 1, ' ') : ", ";
      if (shorten && n > 2 * edge && i == edge) {
        text += axis + 1 < shape.size() ? "...,\n" + std::string(axis + 1, ' ') : "..., ";
        i = n - edge;
      }
      block(axis + 1, offset + i * step, step);
    }
    text += "]";
  }
};

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "(undefined tensor)";
  const std::string kind = fmt::format("{} {}", name(x.dtype()), to_string(x.shape()));
  if (x.is_abstract()) return fmt::format("(abstract {})", kind);
  const std::vector<double> values = x.to_vector();
  Printer printer{values, x.shape(), x.dtype(), x.numel() > 100};
  printer.block(0, 0, x.numel());
  return printer.text + "  " + kind;
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }

}  // namespace gradus
