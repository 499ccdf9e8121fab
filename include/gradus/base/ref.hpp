// Ref<T>: a counted pointer to an object that holds its own count. Copies are safe between threads.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace gradus {

// Whether this process has never started a thread: counting is then ten times cheaper.
inline bool single_threaded() {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded;
#else
  return false;
#endif
}

// Base of counted objects. T::destroy(T*) is called when the last Ref goes.
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  void retain() const {
    if (single_threaded()) refs_.store(refs_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    else refs_.fetch_add(1, std::memory_order_relaxed);
  }
  bool release() const {  // true: it was the last
    if (!single_threaded()) return refs_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    const std::int32_t left = refs_.load(std::memory_order_relaxed) - 1;
    refs_.store(left, std::memory_order_relaxed);
    return left == 0;
  }
  bool unique() const { return refs_.load(std::memory_order_acquire) == 1; }

 protected:
  ~Counted() = default;

 private:
  mutable std::atomic<std::int32_t> refs_{0};
};

template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* p) : p_(p) {
    if (p_) p_->retain();
  }
  Ref(const Ref& other) : Ref(other.p_) {}
  Ref(Ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~Ref() { reset(); }

  void reset() {
    if (T* p = std::exchange(p_, nullptr); p && p->release()) T::destroy(p);
  }
  T* detach() { return std::exchange(p_, nullptr); }  // the caller now owns one count
  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.p_ == b.p_; }

 private:
  T* p_ = nullptr;
};

}  // namespace gradus
