// SmallVec<T, N>: a vector whose first N elements need no allocation. For shapes, axes and the inputs of a node.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

namespace gradus {

template <class T, std::size_t N>
class SmallVec {
 public:
  using value_type = T;

  SmallVec() = default;  // the others call it, so that what they hold is freed when a copy throws
  explicit SmallVec(std::size_t n, const T& value = T{}) : SmallVec() { resize(n, value); }
  SmallVec(std::initializer_list<T> items) : SmallVec() { append(items.begin(), items.end()); }
  template <std::input_iterator Iterator>  // so that Shape(5, 1) is five ones
  SmallVec(Iterator first, Iterator last) : SmallVec() {
    append(first, last);
  }
  SmallVec(const SmallVec& other) : SmallVec() { append(other.begin(), other.end()); }
  SmallVec(SmallVec&& other) noexcept { take(other); }
  SmallVec& operator=(SmallVec other) noexcept {
    clear();
    take(other);
    return *this;
  }
  ~SmallVec() { clear(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return heap_ ? heap_ : local(); }
  const T* data() const { return heap_ ? heap_ : local(); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void push_back(T value) {
    if (size_ == capacity_) reserve(capacity_ * 2);
    std::construct_at(data() + size_, std::move(value));
    ++size_;
  }
  void pop_back() { std::destroy_at(data() + --size_); }
  void resize(std::size_t n, T value = T{}) {
    while (size_ > n) pop_back();
    reserve(n);
    while (size_ < n) push_back(value);
  }
  void reserve(std::size_t n) {
    if (n <= capacity_) return;
    T* moved = std::allocator<T>().allocate(n);
    std::uninitialized_move(begin(), end(), moved);
    std::destroy(begin(), end());
    drop_heap();
    heap_ = moved;
    capacity_ = n;
  }
  template <class Iterator>
  void append(Iterator first, Iterator last) {
    if constexpr (std::contiguous_iterator<Iterator>) {
      const auto n = static_cast<std::size_t>(last - first);
      if (size_ + n > capacity_) reserve(size_ + n > 2 * capacity_ ? size_ + n : 2 * capacity_);
      std::uninitialized_copy(first, last, data() + size_);
      size_ += n;
    } else {
      for (; first != last; ++first) push_back(*first);
    }
  }
  void erase(std::size_t i) {
    for (; i + 1 < size_; ++i) data()[i] = std::move(data()[i + 1]);
    pop_back();
  }
  void insert(std::size_t i, T value) {
    push_back(std::move(value));
    for (std::size_t k = size_ - 1; k > i; --k) std::swap(data()[k], data()[k - 1]);
  }
  void clear() {
    std::destroy(begin(), end());
    drop_heap();
    heap_ = nullptr;
    capacity_ = N;
    size_ = 0;
  }

  operator std::span<const T>() const { return {data(), size_}; }
  friend bool operator==(const SmallVec& a, const SmallVec& b) {
    bool same = a.size_ == b.size_;
    for (std::size_t i = 0; same && i < a.size_; ++i) same = a[i] == b[i];
    return same;
  }

 private:
  T* local() { return reinterpret_cast<T*>(bytes_); }
  const T* local() const { return reinterpret_cast<const T*>(bytes_); }
  void drop_heap() {
    if (heap_) std::allocator<T>().deallocate(heap_, capacity_);
  }
  void take(SmallVec& other) noexcept {
    if (other.heap_) {
      heap_ = std::exchange(other.heap_, nullptr);
      capacity_ = std::exchange(other.capacity_, N);
      size_ = std::exchange(other.size_, 0);
      return;
    }
    std::uninitialized_move(other.begin(), other.end(), local());
    size_ = other.size_;
    other.clear();
  }

  std::size_t size_ = 0, capacity_ = N;
  T* heap_ = nullptr;
  alignas(T) std::byte bytes_[N * sizeof(T)];
};

}  // namespace gradus
