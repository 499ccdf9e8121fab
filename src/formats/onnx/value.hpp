// What flows along the edges of a graph: a tensor, and the element type that ONNX gives it. Gradus has no u16, u32 and u64: they
// are held in i64, and `settle` brings numbers back to what the type can hold, so that overflow is that of the type.
#pragma once
#include <gradus/tensor.hpp>
#include <string>
#include <string_view>

namespace gradus::onnx {

// The numbers are the format's.
enum class Type : int {
  none = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  string = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  c64 = 14,
  c128 = 15,
  bf16 = 16,
};

std::string type_name(int type);    // "uint16"; also of types that are not in the enum
bool is_held(int type);             // whether Gradus can hold it
Dtype storage(Type type);           // the dtype that holds it
std::size_t size_in_file(Type type);
bool is_float(Type type);

struct Value {
  Value() = default;
  Value(Tensor tensor) : x(std::move(tensor)) {}  // the type is then that of the operator's first input
  Value(Tensor tensor, Type of) : x(std::move(tensor)), type(of) {}

  Tensor x;
  Type type = Type::none;
};

// x as a value of `type`: cast to what holds it, then wrapped to it.
Value settle(const Tensor& x, Type type);
// The largest number of a type, or its least; infinities for floats. 0-d.
Tensor edge_of(Type type, bool largest);
// The type that a tensor has on its own.
Type type_of(const Tensor& x);

}  // namespace gradus::onnx
