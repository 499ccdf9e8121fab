// Tensor: a value. It is a handle to an array (shape, dtype, bytes) and, while something differentiates, to the node that
// made it. Copying a tensor copies two pointers; nothing writes into a tensor that somebody else can see.
//   Tensor x{{1, 2}, {3, 4}};        // [2, 2], f32
//   Tensor y = matmul(x, x) + 1;     // numbers take the dtype of their partner
//   double first = y[0][0].item();
#pragma once
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../base/error.hpp"
#include "array.hpp"

namespace gradus {

class Node;
// Here a node is known by name only; counting it is done where it is defined. Most tensors have none.
void retain(Node* node);
void release(Node* node);
template <>
inline Ref<Node>::Ref(Node* node) : p_(node) {
  if (p_) retain(p_);
}
template <>
inline void Ref<Node>::reset() {
  if (Node* node = std::exchange(p_, nullptr)) release(node);
}

// A literal such as {{0, 0}, {0, 1}}: a number or a list of literals of one shape.
class Literal {
 public:
  template <class N>
    requires std::is_arithmetic_v<N>
  Literal(N number) : values_{static_cast<double>(number)} {
    if constexpr (std::is_integral_v<N> && sizeof(N) == 8) check_exact(static_cast<std::int64_t>(number), std::cmp_less(number, 0));
  }
  Literal(std::initializer_list<Literal> items);
  const Shape& shape() const { return shape_; }
  const std::vector<double>& values() const { return values_; }

 private:
  static void check_exact(std::int64_t number, bool negative);  // ValueError beyond 2^53, where a double skips integers
  Shape shape_;
  std::vector<double> values_;
};

// Part of an axis as in Python: first, first + step, ... before last. Negative bounds count from the end, bounds that are not
// given are the ends of the axis, and a negative step goes backwards: {.step = -1} is the reverse order.
struct Slicing {
  std::optional<std::int64_t> first{}, last{};
  std::int64_t step = 1;
};

class Tensor {
 public:
  Tensor() = default;  // holds nothing; every use but assignment and `defined` is an error
  template <class N>
    requires std::is_arithmetic_v<N>
  Tensor(N number) : Tensor(number_array(static_cast<std::conditional_t<std::is_integral_v<N>, std::int64_t, double>>(number))) {}
  Tensor(std::initializer_list<Literal> items, Dtype dtype = Dtype::f32);

  // Copies `values`, row-major. ShapeError when the count does not fit the shape.
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape) {
    return copy_of(values.data(), values.size(), dtype_of<T>(), shape);
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, Shape shape) {
    return from(std::span<const T>(values), std::move(shape));
  }
  // Uses `values` in place: the memory must outlive every tensor, view and gradient made from it, and must not change.
  template <class T>
  static Tensor borrow(std::span<const T> values, Shape shape) {
    return window_on(values.data(), values.size(), dtype_of<T>(), shape);
  }
  template <class T>
  static Tensor borrow(const std::vector<T>& values, Shape shape) {
    return borrow(std::span<const T>(values), std::move(shape));
  }
  template <class T>
  static Tensor borrow(std::vector<T>&& values, Shape shape) = delete;  // it would be gone before the tensor
  static Tensor full(Shape shape, double value, Dtype dtype = Dtype::f32);
  static Tensor zeros(Shape shape, Dtype dtype = Dtype::f32) { return full(std::move(shape), 0, dtype); }
  static Tensor ones(Shape shape, Dtype dtype = Dtype::f32) { return full(std::move(shape), 1, dtype); }
  static Tensor arange(std::int64_t count, Dtype dtype = Dtype::i64);        // 0, 1, ..., count - 1
  static Tensor rand(Shape shape, Dtype dtype = Dtype::f32);                 // uniform in [0, 1), see manual_seed
  static Tensor randn(Shape shape, Dtype dtype = Dtype::f32);                // normal, mean 0, deviation 1

  bool defined() const { return static_cast<bool>(array_); }
  Dtype dtype() const { return array().dtype(); }
  Shape shape() const { return Shape(array().shape().begin(), array().shape().end()); }
  Spec spec() const { return array().spec(); }
  std::int64_t rank() const { return static_cast<std::int64_t>(array().shape().size()); }
  std::int64_t size(std::int64_t axis) const;  // negative axes count from the last
  std::int64_t numel() const { return array().numel(); }
  bool is_contiguous() const { return array().contiguous(); }
  bool is_abstract() const { return array().is_abstract(); }

  // The one element, as a double. ShapeError unless there is exactly one; TraceError when it is not computed yet.
  double item() const;
  // The elements, row-major, valid while this tensor lives. DtypeError when T is not its dtype, ShapeError for a view that is
  // not contiguous (use contiguous(x)).
  template <class T>
  std::span<const T> values() const& {
    return {static_cast<const T*>(checked_data(dtype_of<T>())), static_cast<std::size_t>(numel())};
  }
  template <class T>
  std::span<const T> values() const&& = delete;  // the span would outlive the tensor
  std::vector<double> to_vector() const;         // every element as a double, row-major, any dtype and layout

  Tensor operator[](std::int64_t i) const;          // one entry of the first axis, which goes
  Tensor operator[](const Slicing& part) const;     // part of the first axis, which stays: x[{.last = 5}]
  Tensor operator[](std::initializer_list<std::int64_t> part) const;  // the same in short: x[{2}] from 2 on, x[{2, 5}], x[{2, 9, 3}]

  // For the library: storage and history.
  explicit Tensor(Ref<Array> array) : array_(std::move(array)) {}
  Tensor(Ref<Array> array, Ref<Node> node) : array_(std::move(array)), node_(std::move(node)) {}
  Array& array() const {
    if (!array_) undefined();
    return *array_;
  }
  const Ref<Array>& array_ref() const { return array_; }
  const Ref<Node>& node() const { return node_; }

 private:
  static Ref<Array> number_array(double number);
  static Ref<Array> number_array(std::int64_t number);
  static Tensor copy_of(const void* data, std::size_t count, Dtype dtype, const Shape& shape);
  static Tensor window_on(const void* data, std::size_t count, Dtype dtype, const Shape& shape);
  const void* checked_data(Dtype dtype) const;
  [[noreturn]] static void undefined();

  Ref<Array> array_;
  Ref<Node> node_;
};

using Inputs = std::span<const Tensor>;
using Tensors = SmallVec<Tensor, 3>;

// "[[1, 2], [3, 4]]" with dtype and shape; long tensors are shortened.
std::ostream& operator<<(std::ostream& out, const Tensor& x);
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Shape& shape);  // "[2, 3]"

}  // namespace gradus
