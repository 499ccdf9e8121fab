#include "formats/onnx/tensor.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <gradus/base/text.hpp>
#include <gradus/formats/onnx.hpp>
#include <gradus/ops.hpp>

namespace gradus::onnx {
namespace {

// Where the numbers of one tensor lie: as raw bytes, or in one of the repeated fields.
class Reader {
 public:
  Reader(const proto::Tensor& tensor, Type type, std::string place) : tensor_(tensor), type_(type), place_(std::move(place)) {}

  Tensor read() {
    Shape shape;
    if (tensor_.dims_size() > max_rank) fault(fmt::format("it has {} axes; at most {} are allowed", tensor_.dims_size(), max_rank));
    for (const std::int64_t size : tensor_.dims()) shape.push_back(size);
    const auto count = [&] {
      try {
        return static_cast<std::uint64_t>(checked_numel("onnx", shape, Dtype::f64));
      } catch (const ShapeError& error) {
        fault(error.detail());
      }
    }();
    const std::uint64_t there = stored();
    if (there != count) fault(fmt::format("its shape is {}, which is {} numbers, but {} are there", to_string(shape), count, there));
    switch (type_) {
      case Type::f32: return Tensor::from(numbers<float>(count, tensor_.float_data()), shape);
      case Type::f64: return Tensor::from(numbers<double>(count, tensor_.double_data()), shape);
      case Type::f16: return Tensor::from(halves<f16>(count), shape);
      case Type::bf16: return Tensor::from(halves<bf16>(count), shape);
      case Type::u8: return Tensor::from(numbers<std::uint8_t>(count, tensor_.int32_data()), shape);
      case Type::boolean: return cast(Tensor::from(numbers<std::uint8_t>(count, tensor_.int32_data()), shape), Dtype::boolean);
      case Type::i8: return Tensor::from(numbers<std::int8_t>(count, tensor_.int32_data()), shape);
      case Type::i16: return Tensor::from(numbers<std::int16_t>(count, tensor_.int32_data()), shape);
      case Type::i32: return Tensor::from(numbers<std::int32_t>(count, tensor_.int32_data()), shape);
      case Type::u16: return integers<std::uint16_t>(count, tensor_.int32_data(), shape);
      case Type::u32: return integers<std::uint32_t>(count, tensor_.uint64_data(), shape);
      case Type::u64: return integers<std::uint64_t>(count, tensor_.uint64_data(), shape);
      default: return integers<std::int64_t>(count, tensor_.int64_data(), shape);
    }
  }

 private:
  [[noreturn]] void fault(const std::string& what) const {
    fail<DataError>("onnx", fmt::format("tensor {} is broken: {}", quoted(tensor_.name()), what), {}, place_);
  }

  std::uint64_t stored() const {
    if (tensor_.has_raw_data()) {
      const std::size_t bytes = tensor_.raw_data().size(), each = size_in_file(type_);
      if (bytes % each != 0) fault(fmt::format("{} bytes are no whole number of {}", bytes, type_name(static_cast<int>(type_))));
      return bytes / each;
    }
    switch (type_) {
      case Type::f32: return static_cast<std::uint64_t>(tensor_.float_data_size());
      case Type::f64: return static_cast<std::uint64_t>(tensor_.double_data_size());
      case Type::i64: return static_cast<std::uint64_t>(tensor_.int64_data_size());
      case Type::u32:
      case Type::u64: return static_cast<std::uint64_t>(tensor_.uint64_data_size());
      default: return static_cast<std::uint64_t>(tensor_.int32_data_size());
    }
  }

  template <class T, class Field>
  std::vector<T> numbers(std::uint64_t count, const Field& field) const {
    std::vector<T> out(static_cast<std::size_t>(count));
    if (tensor_.has_raw_data()) {
      if (count > 0) std::memcpy(out.data(), tensor_.raw_data().data(), out.size() * sizeof(T));
    } else {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<T>(field[static_cast<int>(i)]);
    }
    return out;
  }
  template <class T, class Field>
  Tensor integers(std::uint64_t count, const Field& field, const Shape& shape) const {
    const std::vector<T> narrow = numbers<T>(count, field);
    return Tensor::from(std::vector<std::int64_t>(narrow.begin(), narrow.end()), shape);
  }
  // Outside raw data the bits of each stand in an integer.
  template <class T>
  std::vector<T> halves(std::uint64_t count) const {
    const auto bits = numbers<std::uint16_t>(count, tensor_.int32_data());
    std::vector<T> out(bits.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].bits = bits[i];
    return out;
  }

  const proto::Tensor& tensor_;
  Type type_;
  std::string place_;
};

}  // namespace

Value read_tensor(const proto::Tensor& tensor, const std::string& place) {
  static_assert(std::endian::native == std::endian::little, "raw data are stored as they lie in memory");
  if (tensor.data_location() == proto::Tensor::EXTERNAL) {
    fail<UnsupportedError>("onnx", fmt::format("the data of tensor {} are in another file", quoted(tensor.name())), {}, place);
  }
  if (!is_held(tensor.data_type())) {
    fail<UnsupportedError>("onnx", fmt::format("tensor {} is {}, which Gradus does not hold", quoted(tensor.name()), type_name(tensor.data_type())), {}, place);
  }
  const auto type = static_cast<Type>(tensor.data_type());
  return {Reader(tensor, type, place).read(), type};
}

}  // namespace gradus::onnx
