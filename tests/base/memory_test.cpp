// The caching allocator: blocks come back, aligned, also when another thread freed them, and go back to the system on trim.
#include <gtest/gtest.h>

#include <gradus/base/memory.hpp>

#include <cstring>
#include <new>
#include <set>
#include <thread>
#include <vector>

namespace gradus {
namespace {

TEST(Memory, blocks_are_large_enough_and_aligned) {
  std::vector<Allocation> blocks;
  for (std::size_t bytes = 1; bytes < (std::size_t{1} << 24); bytes = bytes * 5 / 4 + 1) {
    const Allocation b = allocate(bytes);
    EXPECT_GE(b.bytes, bytes);
    EXPECT_LE(b.bytes, bytes + bytes / 4 + 64) << bytes;  // at most a quarter is wasted
    const auto at = reinterpret_cast<std::uintptr_t>(b.data);
    EXPECT_EQ(at % 64, 0u);
    const std::size_t huge_page = std::size_t{2} << 20;
    EXPECT_TRUE(bytes < huge_page || at % huge_page == 0);
    std::memset(b.data, 1, b.bytes);
    blocks.push_back(b);
  }
  // No two overlap.
  std::set<std::pair<std::uintptr_t, std::uintptr_t>> spans;
  for (const Allocation& b : blocks) spans.insert({reinterpret_cast<std::uintptr_t>(b.data), reinterpret_cast<std::uintptr_t>(b.data) + b.bytes});
  std::uintptr_t end = 0;
  for (const auto& [from, to] : spans) EXPECT_LE(end, from), end = to;
  for (const Allocation& b : blocks) deallocate(b);
}

TEST(Memory, a_freed_block_is_given_out_again) {
  const Allocation a = allocate(5000);
  deallocate(a);
  const Allocation b = allocate(a.bytes);  // the same class, up to its last byte
  EXPECT_EQ(a.data, b.data);
  const Allocation c = allocate(5000);
  EXPECT_NE(b.data, c.data);
  deallocate(b);
  deallocate(c);
  deallocate({});
}

TEST(Memory, the_counts_add_up) {
  trim();
  const MemoryUse before = memory_use();
  EXPECT_EQ(before.cached, 0u);
  const Allocation a = allocate(1 << 20);
  EXPECT_EQ(memory_use().live, before.live + a.bytes);
  EXPECT_GE(memory_use().peak, before.live + a.bytes);
  deallocate(a);
  EXPECT_EQ(memory_use().live, before.live);
  EXPECT_EQ(memory_use().cached, a.bytes);
  const Allocation b = allocate(1 << 20);
  EXPECT_EQ(memory_use().cached, 0u);
  deallocate(b);
  trim();
  EXPECT_EQ(memory_use().cached, 0u);
}

TEST(Memory, another_thread_may_free) {
  std::vector<Allocation> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(allocate(3000));
  std::set<void*> known;
  for (const Allocation& b : blocks) known.insert(b.data);
  const std::size_t live = memory_use().live;
  std::thread([&] {
    for (const Allocation& b : blocks) deallocate(b);
  }).join();  // its cache goes to the common pool
  EXPECT_LT(memory_use().live, live);
  const Allocation again = allocate(3000);
  EXPECT_TRUE(known.count(again.data));
  deallocate(again);
  trim();
  EXPECT_EQ(memory_use().cached, 0u);
}

TEST(Memory, many_threads_at_once) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      std::vector<Allocation> mine;
      for (int i = 0; i < 3000; ++i) {
        const Allocation b = allocate(static_cast<std::size_t>(64 + (i * 37 + t) % 5000));
        std::memset(b.data, t, b.bytes);
        mine.push_back(b);
        if (mine.size() > 20) {
          const auto* bytes = static_cast<const unsigned char*>(mine.front().data);
          ASSERT_EQ(bytes[0], t);
          ASSERT_EQ(bytes[mine.front().bytes - 1], t);
          deallocate(mine.front());
          mine.erase(mine.begin());
        }
        if (i % 1000 == 999) trim();
      }
      for (const Allocation& b : mine) deallocate(b);
    });
  }
  for (auto& t : threads) t.join();
}

TEST(Memory, too_much_is_bad_alloc) {
#if GRADUS_SANITIZE
  GTEST_SKIP() << "a sanitizer ends the program when it is asked for this much";
#endif
  const std::size_t live = memory_use().live;
  EXPECT_THROW(allocate(std::size_t{1} << 61), std::bad_alloc);
  EXPECT_EQ(memory_use().live, live);
}

}  // namespace
}  // namespace gradus
