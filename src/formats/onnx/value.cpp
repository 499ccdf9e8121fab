#include "formats/onnx/value.hpp"

#include <array>
#include <gradus/ops.hpp>
#include <limits>

namespace gradus::onnx {
namespace {

constexpr std::array<std::string_view, 27> names = {
    "no type", "float",  "uint8",  "int8",      "uint16",     "int16",    "int32",        "int64",      "string",         "bool",       "float16", "double", "uint32", "uint64",
    "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2"};

// Integers in i64, cut to `bits`; i64 arithmetic itself wraps, so this is what the narrow type would have given.
Tensor wrapped(const Tensor& x, int bits) {
  const Tensor whole = contiguous(x);
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(whole.numel()));
  for (const std::int64_t value : whole.values<std::int64_t>()) out.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << (64 - bits) >> (64 - bits)));
  return Tensor::from(out, whole.shape());
}

}  // namespace

std::string type_name(int type) {
  return type >= 0 && static_cast<std::size_t>(type) < names.size() ? std::string(names[static_cast<std::size_t>(type)]) : "type " + std::to_string(type);
}

bool is_held(int type) {
  return type >= static_cast<int>(Type::f32) && type <= static_cast<int>(Type::bf16) && type != static_cast<int>(Type::string) && type != static_cast<int>(Type::c64) &&
         type != static_cast<int>(Type::c128);
}

Dtype storage(Type type) {
  switch (type) {
    case Type::boolean: return Dtype::boolean;
    case Type::u8: return Dtype::u8;
    case Type::i8: return Dtype::i8;
    case Type::i16: return Dtype::i16;
    case Type::i32: return Dtype::i32;
    case Type::f16: return Dtype::f16;
    case Type::bf16: return Dtype::bf16;
    case Type::f32: return Dtype::f32;
    case Type::f64: return Dtype::f64;
    default: return Dtype::i64;
  }
}

std::size_t size_in_file(Type type) {
  switch (type) {
    case Type::boolean:
    case Type::u8:
    case Type::i8: return 1;
    case Type::u16:
    case Type::i16:
    case Type::f16:
    case Type::bf16: return 2;
    case Type::f32:
    case Type::i32:
    case Type::u32: return 4;
    default: return 8;
  }
}

bool is_float(Type type) { return type == Type::f32 || type == Type::f64 || type == Type::f16 || type == Type::bf16; }

Type type_of(const Tensor& x) {
  switch (x.dtype()) {
    case Dtype::boolean: return Type::boolean;
    case Dtype::u8: return Type::u8;
    case Dtype::i8: return Type::i8;
    case Dtype::i16: return Type::i16;
    case Dtype::i32: return Type::i32;
    case Dtype::i64: return Type::i64;
    case Dtype::f16: return Type::f16;
    case Dtype::bf16: return Type::bf16;
    case Dtype::f32: return Type::f32;
    case Dtype::f64: return Type::f64;
  }
  return Type::none;
}

Tensor edge_of(Type type, bool largest) {
  if (is_float(type)) return Tensor::full({}, largest ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity(), storage(type));
  if (type == Type::boolean) return Tensor::full({}, largest ? 1 : 0, Dtype::boolean);
  const bool is_signed = type == Type::i8 || type == Type::i16 || type == Type::i32 || type == Type::i64 || type == Type::u64;  // u64 is held in i64
  const auto most = static_cast<std::int64_t>(~std::uint64_t{0} >> (64 - 8 * static_cast<int>(size_in_file(type)) + (is_signed ? 1 : 0)));
  const std::int64_t edge = largest ? most : is_signed && type != Type::u64 ? -most - 1 : 0;
  return cast(Tensor::from(std::vector<std::int64_t>{edge}, {}), storage(type));
}

Value settle(const Tensor& x, Type type) {
  const Tensor held = cast(x, storage(type));
  if (type == Type::u16) return {wrapped(held, 16), type};
  if (type == Type::u32) return {wrapped(held, 32), type};
  return {held, type};
}

}  // namespace gradus::onnx
