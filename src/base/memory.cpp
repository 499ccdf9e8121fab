#include <sys/mman.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <gradus/base/memory.hpp>
#include <mutex>
#include <new>
#include <vector>

namespace gradus {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr int first_large = 4 * 14, classes = first_large + 32 * 27 + 1;  // four sizes for each power of two, from 1 MiB on 32
constexpr std::size_t most = std::size_t{1} << 47;    // no machine has as much
constexpr std::size_t thread_share = 64 << 20;        // a thread keeps this much to itself, the rest goes to the common pool

// 64, 80, 96, 112, 128, 160, ...: at most a quarter is wasted, and 3 % of large blocks, which plans live in.
int class_of(std::size_t bytes) {
  if (bytes <= 64) return 0;
  const int power = std::bit_width(bytes - 1) - 1;  // 2^power < bytes <= 2^(power + 1)
  const std::size_t step = std::size_t{1} << (power - (power < 20 ? 2 : 5));
  return (power < 20 ? (power - 6) * 4 : first_large + (power - 20) * 32) + static_cast<int>((bytes - (std::size_t{1} << power) + step - 1) / step);
}
std::size_t bytes_of(int size_class) {
  const bool large = size_class >= first_large;
  const int power = large ? 20 + (size_class - first_large) / 32 : size_class / 4 + 6;
  return (std::size_t{1} << power) + static_cast<std::size_t>(large ? (size_class - first_large) % 32 : size_class % 4) * (std::size_t{1} << (power - (large ? 5 : 2)));
}

std::atomic<std::size_t> live{0}, peak{0}, cached{0}, work{0};

void give_back(void* data, std::size_t bytes) {
  cached -= bytes;
  std::free(data);
}

struct Pool {
  std::array<std::vector<void*>, classes> free;
  void* take(int c) {
    if (free[c].empty()) return nullptr;
    void* data = free[c].back();
    free[c].pop_back();
    return data;
  }
  void clear() {
    for (int c = 0; c < classes; ++c) {
      for (void* data : free[c]) give_back(data, bytes_of(c));
      free[c].clear();
    }
  }
};

struct CommonPool {
  std::mutex mutex;
  Pool pool;
};
CommonPool& common() {
  static CommonPool* pool = new CommonPool;  // never destroyed: tensors may outlive main
  return *pool;
}

thread_local bool pool_gone = false;  // a tensor that outlives its thread's pool
struct ThreadPool {
  Pool pool;
  std::size_t bytes = 0;
  ~ThreadPool() {
    pool_gone = true;
    std::lock_guard lock(common().mutex);
    for (int c = 0; c < classes; ++c) {
      auto& to = common().pool.free[c];
      to.insert(to.end(), pool.free[c].begin(), pool.free[c].end());
    }
  }
};
thread_local ThreadPool mine;

void* from_system(std::size_t bytes) {
  const bool huge = bytes >= huge_page;
  const std::size_t alignment = huge ? huge_page : 64, rounded = (bytes + alignment - 1) / alignment * alignment;
  void* data = std::aligned_alloc(alignment, rounded);
  if (data && huge) madvise(data, rounded, MADV_HUGEPAGE);
  return data;
}

}  // namespace

Allocation allocate(std::size_t bytes) {
  if (bytes > most) throw std::bad_alloc();
  const int c = class_of(bytes);
  bytes = bytes_of(c);
  void* data = nullptr;
  if (!pool_gone && (data = mine.pool.take(c))) {
    mine.bytes -= bytes;
    cached -= bytes;
  } else {
    {
      std::lock_guard lock(common().mutex);
      if ((data = common().pool.take(c))) cached -= bytes;
    }
    if (!data && !(data = from_system(bytes))) {
      trim();
      if (!(data = from_system(bytes))) throw std::bad_alloc();
    }
  }
  const std::size_t now = live += bytes;
  for (std::size_t seen = peak; now > seen && !peak.compare_exchange_weak(seen, now);) {
  }
  return {data, bytes};
}

void deallocate(Allocation block) noexcept {
  if (!block.data) return;
  const int c = class_of(block.bytes);
  live -= block.bytes;
  cached += block.bytes;
  try {
    if (!pool_gone && mine.bytes + block.bytes <= thread_share) {
      mine.pool.free[c].push_back(block.data);
      mine.bytes += block.bytes;
    } else {
      std::lock_guard lock(common().mutex);
      common().pool.free[c].push_back(block.data);
    }
  } catch (...) {
    give_back(block.data, block.bytes);
  }
}

void trim() noexcept {
  if (!pool_gone) {
    mine.pool.clear();
    mine.bytes = 0;
  }
  std::lock_guard lock(common().mutex);
  common().pool.clear();
}

MemoryUse memory_use() { return {live, peak, cached, work}; }
void count_work(std::ptrdiff_t bytes) noexcept { work += static_cast<std::size_t>(bytes); }

}  // namespace gradus
