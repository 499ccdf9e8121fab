// parallel_for: every element once, whatever the sizes; exceptions come through; what is nested stays where it is.
#include <gtest/gtest.h>

#include <gradus/base/error.hpp>
#include <gradus/base/threads.hpp>

#include <atomic>
#include <set>
#include <mutex>
#include <thread>
#include <vector>

namespace gradus {
namespace {

struct Team {
  int before = threads();
  explicit Team(int count) { set_threads(count); }
  ~Team() { set_threads(before); }
};

TEST(Threads, every_element_is_met_once) {
  for (const int team : {1, 2, 3, 7}) {
    const Team t(team);
    for (const std::int64_t n : {0, 1, 2, 63, 64, 65, 100, 1000, 4097}) {
      for (const std::int64_t grain : {1, 3, 64, 5000}) {
        std::vector<std::atomic<int>> met(static_cast<std::size_t>(n));
        std::atomic<int> parts{0};
        parallel_for(n, grain, [&](std::int64_t first, std::int64_t last) {
          ++parts;
          EXPECT_LT(first, last);
          EXPECT_EQ(first % grain, 0);
          EXPECT_TRUE(last == n || last % grain == 0);
          for (std::int64_t i = first; i < last; ++i) ++met[static_cast<std::size_t>(i)];
        });
        for (const auto& m : met) ASSERT_EQ(m, 1) << n << " in grains of " << grain << " by " << team;
        EXPECT_LE(parts, team);
        EXPECT_TRUE(n == 0 || n > grain || parts == 1);
      }
    }
  }
}

// Small work stays where it is, large work is shared, and a part begins at a multiple.
TEST(Threads, as_many_as_the_work_is_worth) {
  const Team t(3);
  for (const std::int64_t n : {1, 1000, 32768, 100'000'000}) {
    for (const Cost cost : {Cost(1), Cost(1, 1, 1024), Cost(1000, 1), Cost(8, 16, 3), Cost(0)}) {
      std::atomic<int> parts{0};
      std::atomic<std::int64_t> met{0};
      parallel_for(n, cost, [&](std::int64_t first, std::int64_t last) {
        ++parts;
        EXPECT_EQ(first % cost.multiple, 0);
        met += last - first;
      });
      EXPECT_EQ(met, n);
      const std::int64_t work = n * cost.each / cost.per;
      if (work <= 32768) {
        EXPECT_EQ(parts, 1) << n << " items of " << cost.each << "/" << cost.per;
      } else if (work > 3 * 64 * 32768) {  // however long this machine takes to start a team
        EXPECT_EQ(parts, 3) << n << " items of " << cost.each << "/" << cost.per;
      }
    }
  }
}

TEST(Threads, negative_counts_are_nothing) {
  parallel_for(-5, 1, [](std::int64_t, std::int64_t) { FAIL(); });
}

TEST(Threads, more_than_one_thread_works) {
  const Team t(3);
  std::mutex mutex;
  std::set<std::thread::id> workers;
  parallel_for(3, 1, [&](std::int64_t, std::int64_t) {
    std::lock_guard lock(mutex);
    workers.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(workers.size(), 3u);
  EXPECT_TRUE(workers.count(std::this_thread::get_id()));
}

TEST(Threads, exceptions_come_through_and_the_team_lives_on) {
  const Team t(4);
  for (int bad = 0; bad < 4; ++bad) {
    EXPECT_THROW(parallel_for(4, 1, [&](std::int64_t first, std::int64_t) {
      if (first == bad) fail<ValueError>("part", std::to_string(first));
    }), ValueError);
  }
  EXPECT_THROW(parallel_for(4, 1, [](std::int64_t, std::int64_t) { throw std::bad_alloc(); }), std::bad_alloc);
  std::atomic<std::int64_t> sum{0};
  parallel_for(100, 1, [&](std::int64_t first, std::int64_t last) { sum += last - first; });
  EXPECT_EQ(sum, 100);
}

TEST(Threads, nested_work_stays_on_its_thread) {
  const Team t(2);
  std::atomic<int> strangers{0}, done{0};
  parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    const auto self = std::this_thread::get_id();
    EXPECT_EQ(use_team(2), 1);
    parallel_for(1000, 1, [&](std::int64_t first, std::int64_t last) {
      strangers += std::this_thread::get_id() != self;
      done += static_cast<int>(last - first);
    });
    EXPECT_THROW(parallel_for(10, 1, [](std::int64_t, std::int64_t) { fail<ValueError>("inner", ""); }), ValueError);
  });
  EXPECT_EQ(strangers, 0);
  EXPECT_EQ(done, 2000);
}

TEST(Threads, two_users_at_once) {
  const Team t(2);
  std::vector<std::thread> users;
  std::atomic<std::int64_t> sum{0};
  for (int u = 0; u < 3; ++u) {
    users.emplace_back([&] {
      for (int i = 0; i < 200; ++i) parallel_for(100, 10, [&](std::int64_t first, std::int64_t last) { sum += last - first; });
    });
  }
  for (auto& user : users) user.join();
  EXPECT_EQ(sum, 3 * 200 * 100);
}

TEST(Threads, a_wrong_count_is_an_error) {
  const int before = threads();
  try {
    set_threads(0);
    FAIL();
  } catch (const ValueError& e) {
    EXPECT_STREQ(e.what(), "[set_threads] 0 threads asked for; at least 1 is needed");
  }
  EXPECT_THROW(set_threads(-3), ValueError);
  EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace gradus
