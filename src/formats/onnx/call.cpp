#include "formats/onnx/call.hpp"

#include <fmt/format.h>

#include <gradus/base/text.hpp>
#include <gradus/formats/onnx.hpp>

namespace gradus::onnx {

const Value& Call::value(std::size_t i) const {
  if (!has(i)) fault(fmt::format("input {} is missing", i));
  return inputs[i];
}

Shape Call::ints_at(std::size_t i) const {
  const Tensor& x = (*this)[i];
  if (gradus::is_float(x.dtype())) fault(fmt::format("input {} must be integers, but is {}", i, type_name(static_cast<int>(type(i)))));
  if (x.rank() > 1) fault(fmt::format("input {} must be a list of integers, but is {}", i, to_string(x.shape())));
  const Tensor whole = contiguous(cast(x, Dtype::i64));
  const auto values = whole.values<std::int64_t>();
  return Shape(values.begin(), values.end());
}
std::int64_t Call::int_at(std::size_t i) const {
  const Shape list = ints_at(i);
  if (list.size() != 1) fault(fmt::format("input {} must be one integer, but is {}", i, to_string((*this)[i].shape())));
  return list[0];
}
double Call::number_at(std::size_t i) const {
  const Tensor& x = (*this)[i];
  if (x.numel() != 1) fault(fmt::format("input {} must be one number, but is {}", i, to_string(x.shape())));
  return x.item();
}

const proto::Attribute* Call::attribute(std::string_view name) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? nullptr : found->second;
}

const proto::Attribute* Call::typed(std::string_view name, proto::Attribute::Type type) const {
  const proto::Attribute* found = attribute(name);
  // Files of the first versions leave the type out.
  if (found && found->type() != type && found->type() != proto::Attribute::UNDEFINED) fault(fmt::format("attribute {} is not of the type that it must be", quoted(name)));
  return found;
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
  const proto::Attribute* found = typed(name, proto::Attribute::INT);
  return found ? found->i() : otherwise;
}
std::int64_t Call::integer(std::string_view name) const {
  if (!given(name)) fault(fmt::format("attribute {} is missing", quoted(name)));
  return integer(name, 0);
}
double Call::number(std::string_view name, double otherwise) const {
  const proto::Attribute* found = typed(name, proto::Attribute::FLOAT);
  return found ? static_cast<double>(found->f()) : otherwise;
}
std::string Call::text(std::string_view name, std::string_view otherwise) const {
  const proto::Attribute* found = typed(name, proto::Attribute::STRING);
  return found ? found->s() : std::string(otherwise);
}
std::optional<Shape> Call::ints(std::string_view name) const {
  const proto::Attribute* found = typed(name, proto::Attribute::INTS);
  if (!found) return std::nullopt;
  return Shape(found->ints().begin(), found->ints().end());
}
std::vector<double> Call::numbers(std::string_view name) const {
  const proto::Attribute* found = typed(name, proto::Attribute::FLOATS);
  return found ? std::vector<double>(found->floats().begin(), found->floats().end()) : std::vector<double>{};
}
std::vector<std::string> Call::texts(std::string_view name) const {
  const proto::Attribute* found = typed(name, proto::Attribute::STRINGS);
  return found ? std::vector<std::string>(found->strings().begin(), found->strings().end()) : std::vector<std::string>{};
}

std::optional<Shape> Call::ints(std::size_t input, std::string_view name) const {
  if (has(input)) return ints_at(input);
  return ints(name);
}

void Call::fault(const std::string& what) const { fail<DataError>("onnx." + op, what); }
void Call::unsupported(const std::string& why) const { fail<UnsupportedError>("onnx." + op, why); }

void check_size(const Call& call, const Shape& shape) {
  constexpr std::int64_t most = std::int64_t{1} << 31;  // 16 GiB of f64: what is larger is no honest model
  try {
    if (checked_numel("onnx", shape, Dtype::f64) <= most) return;
  } catch (const ShapeError& error) {
    call.fault(error.detail());
  }
  call.fault(fmt::format("{} is {} numbers; more than {} are taken for a mistake", to_string(shape), numel(shape), most));
}

Tensor number_like(const Tensor& x, double value) { return Tensor::full({}, value, x.dtype()); }

}  // namespace gradus::onnx
