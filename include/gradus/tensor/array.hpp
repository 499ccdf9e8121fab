// The storage under a tensor. Buffer: counted bytes. Array: a typed, strided window on a buffer.
#pragma once
#include <cstddef>
#include <memory>

#include "../base/memory.hpp"
#include "../base/ref.hpp"
#include "../base/shape.hpp"

namespace gradus {

// Bytes with a count. The memory reaches at least 64 bytes past what was asked for, so that whole vectors can be read and
// written at the end (kernels have no loop tails); foreign memory does not, and says so.
class Buffer final : public Counted {
 public:
  static Ref<Buffer> make(std::size_t bytes);                    // not initialised
  static Ref<Buffer> borrow(const void* data, std::size_t bytes);  // the caller keeps the memory alive
  static Ref<Buffer> planned(std::size_t bytes);  // memory comes later: place() says where, and again whenever it moves
  static void destroy(Buffer* buffer);

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  bool padded() const { return kind_ != Kind::foreign; }
  void place(void* data) { data_ = static_cast<std::byte*>(data); }  // planned buffers only
  std::byte* const* where() const { return &data_; }  // for tasks, which look there at every run

 private:
  enum class Kind : std::uint32_t { local, block, foreign, planned };
  Buffer(Kind kind, std::size_t bytes) : kind_(kind), bytes_(bytes) {}
  static Ref<Buffer> make(Kind kind, std::size_t bytes, std::size_t room);
  Kind kind_;
  std::byte* data_ = nullptr;
  std::size_t bytes_, capacity_ = 0;
};  // followed by small contents, which need no second allocation

// Immutable but for its bytes. Strides are in elements and may be 0 (broadcast) or negative (flipped).
class Array final : public Counted {
 public:
  static Ref<Array> make(const Spec& spec);                                  // contiguous, not initialised
  static Ref<Array> abstract(const Spec& spec);                              // without a buffer
  static Ref<Array> planned(const Spec& spec);                               // contiguous, on a planned buffer
  static Ref<Array> view(Dtype dtype, Dims shape, Dims strides, std::int64_t offset, Ref<Buffer> buffer);
  static void destroy(Array* array);

  Dims shape() const { return {dims(), rank_}; }
  Dims strides() const { return {dims() + rank_, rank_}; }
  Spec spec() const { return {Shape(shape().begin(), shape().end()), dtype_}; }
  std::int64_t numel() const { return gradus::numel(shape()); }
  Dtype dtype() const { return dtype_; }
  bool contiguous() const { return contiguous_; }
  bool is_abstract() const { return !buffer_ || !buffer_->data(); }  // the numbers are not known
  const Ref<Buffer>& buffer() const { return buffer_; }
  std::int64_t offset() const { return offset_; }
  void* data() { return buffer_->data() + offset_ * static_cast<std::int64_t>(size_of(dtype_)); }
  const void* data() const { return const_cast<Array*>(this)->data(); }

  // A number that was written as a literal: it takes the dtype of its partner.
  bool literal = false;

 private:
  static Ref<Array> dense(const Spec& spec, Ref<Buffer> buffer);
  Array(Dtype dtype, std::size_t rank) : dtype_(dtype), rank_(static_cast<std::uint8_t>(rank)) {}
  std::int64_t* dims() { return reinterpret_cast<std::int64_t*>(this + 1); }
  const std::int64_t* dims() const { return reinterpret_cast<const std::int64_t*>(this + 1); }

  Dtype dtype_;
  bool contiguous_ = true;
  std::uint8_t rank_;
  std::int64_t offset_ = 0;
  Ref<Buffer> buffer_;
};  // followed by shape[rank] and strides[rank]

}  // namespace gradus
