// Graphs of ten million nodes: forward, backward and freed in a thread with a stack of 256 kB, each in a process of its own
// whose peak memory is bounded. Anything recursive dies here.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/base/clock.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iostream>

namespace gradus {
namespace {

#if GRADUS_SANITIZE
constexpr std::int64_t nodes = 1000000, some = 300000;
constexpr bool bounded = false;  // a sanitizer has memory of its own
#else
constexpr std::int64_t nodes = 10000000, some = 2000000;
constexpr bool bounded = true;
#endif

// In kB: the most memory that this process ever had.
std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return -1;
}

struct Report {
  double forward = 0, backward = 0, release = 0, slope = 0;
  std::int64_t peak = 0;
};

struct Work {
  std::function<Tensor(const Tensor&)> build;
  Report report;
};

void* work_through(void* argument) {
  Work& work = *static_cast<Work*>(argument);
  const double start = now();
  Tensor x = variable(Tensor(0.5)), y;
  {
    const GradScope scope;
    y = work.build(x);
    work.report.forward = now() - start;
    work.report.slope = pullback(y, Tensor(1.0), {&x, 1})[0].item();
    work.report.backward = now() - start - work.report.forward;
  }
  const double end = now();
  y = Tensor();
  work.report.release = now() - end;
  work.report.peak = peak_memory();
  return nullptr;
}

// Runs in a child process, so that its peak is its own, on a thread with a small stack.
Report run_apart(const char* name, std::int64_t count, std::function<Tensor(const Tensor&)> build) {
  int ends[2];
  Report report;
  if (pipe(ends) != 0) return report;
  const pid_t child = fork();
  if (child == 0) {
    set_threads(1);  // a forked process has no team
    Work work{std::move(build), {}};
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    const bool fine = pthread_create(&thread, &attributes, work_through, &work) == 0 && pthread_join(thread, nullptr) == 0 &&
                      write(ends[1], &work.report, sizeof work.report) == sizeof work.report;
    _exit(fine ? 0 : 1);
  }
  close(ends[1]);
  const bool complete = read(ends[0], &report, sizeof report) == sizeof report;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(complete && WIFEXITED(status) && WEXITSTATUS(status) == 0) << name << " ended with status " << status;
  const double bytes = static_cast<double>(report.peak) * 1024;
  std::cout << name << ": forward " << report.forward << " s, backward " << report.backward << " s, freed in " << report.release
            << " s, peak " << bytes / 1e9 << " GB, " << bytes / static_cast<double>(count) << " bytes a node\n";
  EXPECT_TRUE(!bounded || bytes < 3.5e9) << name << ": " << bytes << " bytes";
  return report;
}

TEST(DeepChain, that_saves_nothing) {
  EXPECT_EQ(run_apart("chain of neg", some, [](Tensor v) {
              for (std::int64_t i = 0; i < some; ++i) v = -v;
              return v;
            }).slope, 1);
}

TEST(DeepChain, that_saves_every_result) {
  EXPECT_NEAR(run_apart("chain of sqrt", nodes, [](Tensor v) {
                for (std::int64_t i = 0; i < nodes; ++i) v = sqrt(v);
                return v;
              }).slope, 0, 1e-30);
}

TEST(DeepChain, with_a_second_path_at_every_node) {
  EXPECT_NEAR(run_apart("chain of v + x", some, [](const Tensor& x) {
                Tensor v = x;
                for (std::int64_t i = 0; i < some; ++i) v = v + x;
                return v;
              }).slope, static_cast<double>(some + 1), 0.5);
}

TEST(DeepChain, of_diamonds) {
  // Two ways through each of the diamonds: 2^n paths, each of them times 1/2.
  EXPECT_EQ(run_apart("ladder of diamonds", some, [](Tensor v) {
              for (std::int64_t i = 0; i < some / 4; ++i) v = v * 0.5 + (-v) * -0.5;
              return v;
            }).slope, 1);
}

TEST(DeepChain, wide_fan_in) {
  EXPECT_EQ(run_apart("fan of a million", 1000000, [](const Tensor& x) {
              std::vector<Tensor> parts;
              for (int i = 0; i < 1000000; ++i) parts.push_back(reshape(x, {1}));
              return sum(concat(parts));
            }).slope, 1000000);
}

TEST(DeepChain, many_variables) {
  std::vector<Tensor> variables;
  const GradScope scope;
  for (int i = 0; i < 300000; ++i) variables.push_back(variable(Tensor{1}));
  const double start = now();
  const Tensors slopes = pullback(sum(concat(variables)), Tensor(1.0), variables);
  EXPECT_EQ(slopes.size(), variables.size());
  EXPECT_EQ(slopes[123456].item(), 1);
  EXPECT_LT(now() - start, 60);  // and not the square of their number
}

TEST(DeepChain, released_in_another_thread_and_in_the_middle) {
  Tensor x = variable(Tensor(0.5)), v = x, half;
  {
    const GradScope scope;
    for (int i = 0; i < 200000; ++i) {
      v = -v;
      if (i == 100000) half = v;
    }
  }
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  const auto drop = [](void* t) -> void* {
    *static_cast<Tensor*>(t) = Tensor();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, drop, &v), 0);
  pthread_join(thread, nullptr);
  EXPECT_EQ(pullback(half, Tensor(1.0), {&x, 1})[0].item(), -1);  // the older half is still whole
}

}  // namespace
}  // namespace gradus
