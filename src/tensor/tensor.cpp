#include <gradus/base/random.hpp>
#include <gradus/tensor/anomaly.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/tensor.hpp>

#include <cstring>

namespace gradus {

Literal::Literal(std::initializer_list<Literal> items) {
  shape_.push_back(static_cast<std::int64_t>(items.size()));
  if (items.size() == 0) return;
  const Shape& inner = items.begin()->shape();
  for (const Literal& item : items) {
    if (!(item.shape() == inner)) {
      fail<ShapeError>("tensor", "a literal holds parts of different shapes: " + to_string(inner) + " and " + to_string(item.shape()),
                       "every row needs the same number of elements");
    }
    values_.insert(values_.end(), item.values().begin(), item.values().end());
  }
  shape_.append(inner.begin(), inner.end());
}

void Literal::check_exact(std::int64_t number, bool negative) {
  constexpr std::int64_t most = std::int64_t{1} << 53;
  if (number >= -most && number <= most && (number < 0) == negative) return;
  fail<ValueError>("tensor", "the literal " + (negative ? std::to_string(number) : std::to_string(static_cast<std::uint64_t>(number))) + " is beyond 2^53 and would be rounded",
                   "use Tensor::from(values, shape)");
}

namespace {

template <class T>
void fill(Array& to, const double* values, std::size_t n) {
  T* out = static_cast<T*>(to.data());
  for (std::size_t i = 0; i < n; ++i) out[i] = convert<T>(values[i]);
}

// A new contiguous tensor whose elements are next().
template <class F>
Tensor generate(Shape shape, Dtype dtype, F next) {
  Ref<Array> array = Array::make({std::move(shape), dtype});
  visit(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* out = static_cast<T*>(array->data());
    for (std::int64_t i = 0, n = array->numel(); i < n; ++i) out[i] = convert<T>(next());
  });
  return Tensor(std::move(array));
}

}  // namespace

Tensor::Tensor(std::initializer_list<Literal> items, Dtype dtype) {
  const Literal all(items);
  array_ = Array::make({all.shape(), dtype});
  visit(dtype, [&](auto zero) { fill<decltype(zero)>(*array_, all.values().data(), all.values().size()); });
}

namespace {
template <class T>
Ref<Array> literal_of(T number) {
  Ref<Array> array = Array::make({{}, dtype_of<T>()});
  *static_cast<T*>(array->data()) = number;
  array->literal = true;
  return array;
}
}  // namespace
Ref<Array> Tensor::number_array(double number) { return literal_of(number); }
Ref<Array> Tensor::number_array(std::int64_t number) { return literal_of(number); }

void Tensor::undefined() {
  fail<ValueError>("tensor", "an undefined tensor was used", "a default-constructed Tensor holds nothing: assign it first");
}

Tensor Tensor::copy_of(const void* data, std::size_t count, Dtype dtype, const Shape& shape) {
  Tensor borrowed = window_on(data, count, dtype, shape);
  Ref<Array> copy = Array::make({shape, dtype});
  if (count) std::memcpy(copy->data(), data, count * size_of(dtype));
  return Tensor(std::move(copy));
}

Tensor Tensor::window_on(const void* data, std::size_t count, Dtype dtype, const Shape& shape) {
  const std::int64_t n = checked_numel("tensor", shape, dtype);
  if (static_cast<std::uint64_t>(n) != count) {
    fail<ShapeError>("tensor", std::to_string(count) + " values do not fill shape " + to_string(shape) + ", which holds " + std::to_string(n));
  }
  return Tensor(Array::view(dtype, shape, contiguous_strides(shape), 0, Buffer::borrow(data, count * size_of(dtype))));
}

Tensor Tensor::full(Shape shape, double value, Dtype dtype) {
  return generate(std::move(shape), dtype, [value] { return value; });
}
Tensor Tensor::arange(std::int64_t count, Dtype dtype) {
  return generate({count}, dtype, [i = std::int64_t{0}]() mutable { return i++; });
}
Tensor Tensor::rand(Shape shape, Dtype dtype) {
  return generate(std::move(shape), dtype, [r = next_random(), dtype]() mutable {
    // As many bits as the dtype holds, 24 for f32: rounding 53 of them could give 1.
    const int digits = dtype == Dtype::bf16 ? 8 : dtype == Dtype::f16 ? 11 : 24;
    return dtype == Dtype::f64 ? r.uniform() : static_cast<double>(r.bits() >> (32 - digits)) / static_cast<double>(1 << digits);
  });
}
Tensor Tensor::randn(Shape shape, Dtype dtype) {
  return generate(std::move(shape), dtype, [r = next_random()]() mutable { return r.normal(); });
}

std::int64_t Tensor::size(std::int64_t axis) const {
  return array().shape()[static_cast<std::size_t>(checked_axis("size", axis, rank()))];
}

namespace {

[[noreturn]] void not_computed(const char* what) {
  fail<TraceError>(what, "the value is not known while a function is traced",
                   "branch and print outside the compiled function, or use where(condition, a, b)");
}

}  // namespace

double Tensor::item() const {
  if (numel() != 1) {
    fail<ShapeError>("item", "needs exactly one element; the tensor is " + gradus::to_string(shape()), "use mean(x) or sum(x) first, or index it");
  }
  if (is_abstract()) not_computed("item");
  if (anomaly::on()) anomaly::taken("the program, which reads it", *this);
  return visit(dtype(), [&](auto zero) { return static_cast<double>(*static_cast<const decltype(zero)*>(array().data())); });
}

const void* Tensor::checked_data(Dtype wanted) const {
  if (wanted != dtype()) {
    fail<DtypeError>("values", "the tensor is " + std::string(name(dtype())) + ", values<" + std::string(name(wanted)) + "> was asked for",
                     "convert it first: cast(x, Dtype::" + std::string(name(wanted)) + ")");
  }
  if (is_abstract()) not_computed("values");
  if (!is_contiguous()) fail<ShapeError>("values", "the tensor is a view that is not contiguous", "use contiguous(x)");
  return array().data();
}

std::vector<double> Tensor::to_vector() const {
  if (is_abstract()) not_computed("to_vector");
  const Dims shape = array().shape(), strides = array().strides();
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(numel()));
  Shape at(shape.size());
  visit(dtype(), [&](auto zero) {
    const auto* data = static_cast<const decltype(zero)*>(array().data());
    std::int64_t offset = 0;
    for (std::int64_t left = numel(); left > 0; --left) {
      out.push_back(static_cast<double>(data[offset]));
      for (std::size_t i = shape.size(); i-- > 0;) {  // count on, the last axis fastest
        offset += strides[i];
        if (++at[i] < shape[i]) break;
        offset -= strides[i] * shape[i];
        at[i] = 0;
      }
    }
  });
  return out;
}

}  // namespace gradus
