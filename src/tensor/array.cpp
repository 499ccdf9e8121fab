#include <gradus/tensor/array.hpp>

#include <algorithm>
#include <new>

#include "base/small_memory.hpp"

namespace gradus {

namespace {

std::size_t size_with(std::size_t rank) { return sizeof(Array) + 2 * rank * sizeof(std::int64_t); }
std::size_t local_room(std::size_t bytes) { return (bytes + 15) / 16 * 16 + 64; }

}  // namespace

Ref<Buffer> Buffer::make(Kind kind, std::size_t bytes, std::size_t room) {
  static_assert(sizeof(Buffer) % 16 == 0);
  return Ref<Buffer>(new (take_small(sizeof(Buffer) + room)) Buffer(kind, bytes));
}

Ref<Buffer> Buffer::make(std::size_t bytes) {
  if (bytes <= 64) {
    Ref<Buffer> buffer = make(Kind::local, bytes, local_room(bytes));
    buffer->data_ = reinterpret_cast<std::byte*>(buffer.get() + 1);
    return buffer;
  }
  Ref<Buffer> buffer = make(Kind::block, bytes, 0);
  const Allocation block = allocate((bytes + 63) / 64 * 64 + 64);
  buffer->data_ = static_cast<std::byte*>(block.data);
  buffer->capacity_ = block.bytes;
  return buffer;
}

Ref<Buffer> Buffer::borrow(const void* data, std::size_t bytes) {
  Ref<Buffer> buffer = make(Kind::foreign, bytes, 0);
  buffer->data_ = static_cast<std::byte*>(const_cast<void*>(data));
  return buffer;
}

Ref<Buffer> Buffer::planned(std::size_t bytes) { return make(Kind::planned, bytes, 0); }

void Buffer::destroy(Buffer* buffer) {
  if (buffer->kind_ == Kind::block) deallocate({buffer->data_, buffer->capacity_});
  const std::size_t size = sizeof(Buffer) + (buffer->kind_ == Kind::local ? local_room(buffer->bytes_) : 0);
  buffer->~Buffer();
  give_small(buffer, size);
}

namespace {

bool is_contiguous(Dims shape, Dims strides) {
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

}  // namespace

Ref<Array> Array::view(Dtype dtype, Dims shape, Dims strides, std::int64_t offset, Ref<Buffer> buffer) {
  Ref<Array> array(new (take_small(size_with(shape.size()))) Array(dtype, shape.size()));
  std::copy(shape.begin(), shape.end(), array->dims());
  std::copy(strides.begin(), strides.end(), array->dims() + shape.size());
  array->offset_ = offset;
  array->contiguous_ = is_contiguous(shape, strides);
  array->buffer_ = std::move(buffer);
  return array;
}

// In row-major order, without gaps.
Ref<Array> Array::dense(const Spec& spec, Ref<Buffer> buffer) {
  const std::size_t rank = spec.shape.size();
  Ref<Array> array(new (take_small(size_with(rank))) Array(spec.dtype, rank));
  std::int64_t* sizes = array->dims();
  for (std::int64_t step = 1, i = static_cast<std::int64_t>(rank); i-- > 0;) {
    sizes[i] = spec.shape[static_cast<std::size_t>(i)];
    sizes[rank + static_cast<std::size_t>(i)] = step;
    step *= std::max<std::int64_t>(1, sizes[i]);
  }
  array->buffer_ = std::move(buffer);
  return array;
}

Ref<Array> Array::make(const Spec& spec) {
  const std::int64_t n = checked_numel("tensor", spec.shape, spec.dtype);
  return dense(spec, Buffer::make(static_cast<std::size_t>(n) * size_of(spec.dtype)));
}

Ref<Array> Array::abstract(const Spec& spec) { return dense(spec, nullptr); }

Ref<Array> Array::planned(const Spec& spec) {
  const std::int64_t n = checked_numel("tensor", spec.shape, spec.dtype);
  return dense(spec, Buffer::planned(static_cast<std::size_t>(n) * size_of(spec.dtype)));
}

void Array::destroy(Array* array) {
  const std::size_t size = size_with(array->rank_);
  array->~Array();
  give_small(array, size);
}

}  // namespace gradus
