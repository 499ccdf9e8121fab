#include "formats/onnx/value.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <gradus/ops.hpp>

namespace gradus::onnx {
namespace {

constexpr std::array<std::string_view, 27> names = {
    "no type", "float",  "uint8",  "int8",      "uint16",     "int16",    "int32",        "int64",      "string",         "bool",       "float16", "double", "uint32", "uint64",
    "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2"};

// Integers in i64, cut to `bits`; i64 arithmetic itself wraps, so this is what the narrow type would have given.
Tensor wrapped(const Tensor& x, int bits, bool is_signed) {
  const Tensor whole = contiguous(x);
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(whole.numel()));
  for (const std::int64_t value : whole.values<std::int64_t>()) {
    const auto up = static_cast<std::uint64_t>(value) << (64 - bits);
    out.push_back(is_signed ? static_cast<std::int64_t>(up) >> (64 - bits) : static_cast<std::int64_t>(up >> (64 - bits)));
  }
  return Tensor::from(out, whole.shape());
}

// To the nearest number with `digits` binary digits (the even one of two), down to 2^least; beyond `most` is infinity.
float rounded(float x, int digits, int least, float most) {
  if (!std::isfinite(x) || x == 0) return x;
  int exponent = 0;
  std::frexp(x, &exponent);
  const int step = std::max(exponent - digits, least);
  const float y = std::ldexp(std::nearbyint(std::ldexp(x, -step)), step);
  return std::fabs(y) > most ? std::copysign(INFINITY, x) : y;
}

Tensor rounded(const Tensor& x, Type type) {
  const Tensor whole = contiguous(x);
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(whole.numel()));
  for (const float value : whole.values<float>()) {
    out.push_back(type == Type::f16 ? rounded(value, 11, -24, 65504.0F) : rounded(value, 8, -133, 3.38953139e38F));
  }
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
    case Type::f64: return Dtype::f64;
    case Type::f32:
    case Type::f16:
    case Type::bf16: return Dtype::f32;
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
    case Dtype::i64: return Type::i64;
    case Dtype::f32: return Type::f32;
    case Dtype::f64: return Type::f64;
  }
  return Type::none;
}

Value settle(const Tensor& x, Type type) {
  const Tensor held = cast(x, storage(type));
  switch (type) {
    case Type::i8: return {wrapped(held, 8, true), type};
    case Type::i16: return {wrapped(held, 16, true), type};
    case Type::i32: return {wrapped(held, 32, true), type};
    case Type::u16: return {wrapped(held, 16, false), type};
    case Type::u32: return {wrapped(held, 32, false), type};
    case Type::f16:
    case Type::bf16: return {rounded(held, type), type};
    default: return {held, type};
  }
}

}  // namespace gradus::onnx
