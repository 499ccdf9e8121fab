#include "base/small_memory.hpp"

#include <cstdint>
#include <new>

namespace gradus {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t largest = 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr std::size_t largest = 0;
#else
constexpr std::size_t largest = 256;
#endif
#else
constexpr std::size_t largest = 256;
#endif

constexpr std::size_t step = 32, classes = 256 / step;
constexpr std::uint32_t most = 1 << 13;  // kept blocks of a class

struct Free {
  Free* next;
};
struct List {
  Free* first;
  std::uint32_t count;
};
constinit thread_local List lists[classes] = {};
constinit thread_local bool gone = false;  // objects that outlive their thread's lists

// What a thread kept goes when it ends.
struct Keeper {
  bool on = true;
  ~Keeper() {
    gone = true;
    for (List& list : lists) {
      while (Free* block = list.first) {
        list.first = block->next;
        ::operator delete(block);
      }
    }
  }
};
thread_local Keeper keeper;

List& list_of(std::size_t bytes) { return lists[(bytes - 1) / step]; }

}  // namespace

void* take_small(std::size_t bytes) {
  if (bytes > largest) return ::operator new(bytes);
  List& list = list_of(bytes);
  if (Free* const block = list.first) {
    list.first = block->next;
    --list.count;
    return block;
  }
  return ::operator new((bytes + step - 1) / step * step);
}

void give_small(void* data, std::size_t bytes) noexcept {
  if (bytes > largest || gone) return ::operator delete(data);
  List& list = list_of(bytes);
  if (list.count == most) return ::operator delete(data);
  if (!list.first && !keeper.on) return ::operator delete(data);  // makes the keeper, once
  list.first = new (data) Free{list.first};
  ++list.count;
}

}  // namespace gradus
