#include "backend/cpu/dense.hpp"

#include <gradus/base/memory.hpp>

#include <algorithm>
#include <new>
#include <vector>

namespace gradus::cpu {
namespace {

constexpr std::align_val_t alignment{64};

struct Chunk {
  std::byte* data;
  std::size_t size;
};

// Chunks after the current one are free. Once nothing is in use any more, several chunks become one.
struct Stack {
  std::vector<Chunk> chunks;
  WorkMark top{0, 0};

  ~Stack() { drop(0); }
  void drop(std::size_t keep) {
    while (chunks.size() > keep) {
      ::operator delete(chunks.back().data, alignment);
      count_work(-static_cast<std::ptrdiff_t>(chunks.back().size));
      chunks.pop_back();
    }
  }
  void* take(std::size_t bytes) {
    bytes = (bytes + 63) & ~std::size_t{63};
    if (top.chunk == 0 && top.used == 0 && chunks.size() > 1) {
      std::size_t all = 0;
      for (const Chunk& c : chunks) all += c.size;
      drop(0);
      grow(std::max(all, bytes));
    }
    if (chunks.empty()) grow(bytes);
    while (chunks[top.chunk].size - top.used < bytes) {
      if (top.chunk + 1 < chunks.size() && chunks[top.chunk + 1].size < bytes) drop(top.chunk + 1);
      if (top.chunk + 1 == chunks.size()) grow(std::max(bytes, 2 * chunks.back().size));
      top = {top.chunk + 1, 0};
    }
    void* data = chunks[top.chunk].data + top.used;
    top.used += bytes;
    return data;
  }
  void grow(std::size_t bytes) {
    chunks.reserve(chunks.size() + 1);
    bytes = std::max(bytes, std::size_t{1} << 16);
    chunks.push_back({static_cast<std::byte*>(::operator new(bytes, alignment)), bytes});
    count_work(static_cast<std::ptrdiff_t>(bytes));
  }
};

Stack& stack() {
  thread_local Stack stack;
  return stack;
}

}  // namespace

WorkMark work_mark() { return stack().top; }
void* work_take(std::size_t bytes) { return stack().take(bytes); }
void work_release(WorkMark mark) { stack().top = mark; }

}  // namespace gradus::cpu
