// A plan: tasks on memory given out beforehand, and what has to be put in place before they run.
#pragma once
#include <gradus/plan/compile.hpp>

#include <unordered_set>

#include "plan/arena.hpp"
#include "plan/check.hpp"
#include "plan/memory.hpp"
#include "plan/passes.hpp"

namespace gradus::plan {

// Values that never leave the group that makes them: they are in no memory but a tile's.
std::unordered_set<const Buffer*> inside_groups(const Program& program, const Groups& groups);

class Plan {
 public:
  Plan(Program program, const Options& options);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  bool fits(Given x) const;
  bool made_for_now() const;  // for the mode and the threads that are set
  Tensors run(Given x, std::int64_t times, Function f);  // f: what was traced
  Report report() const;
  Report measure(Given x, int runs);

 private:
  void take(Given x);
  void prepare();
  void finish();
  void check(Function f);  // finds what is not as in eager, and changes nothing
  void make_tasks();
  struct Values;
  static Values values_of(const Program& program, const Groups& groups, const Options& options);
  void fit_into(std::size_t budget, const Options& options);
  void give_memory(const Options& options);
  void settle();  // values lie where the arena is now
  std::unique_ptr<Task> task_for(const std::vector<std::size_t>& group);

  Program program_;
  Groups groups_;
  std::unordered_set<const Buffer*> inside_;  // values that never leave their group
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::size_t> first_uses_;  // slot uses that are placed before the first task
  std::vector<Tensor> held_;             // the inputs of the run under way: work that writes one of them must see that it is read
  std::vector<Tensor> results_;          // of the last run: used again when the caller has dropped them
  std::vector<std::pair<Buffer*, Lifetime>> places_;  // what lies in the arena, and how long
  std::shared_ptr<Arena> arena_;
  const void* placed_at_ = nullptr;  // where in memory the values were placed
  std::size_t arena_bytes_ = 0;
  const std::int64_t check_every_;
  std::int64_t calls_ = 0;
  Program traced_;  // before any pass; only if it is to be checked
  const bool training_;
  const int threads_;
  const bool deterministic_;
};

}  // namespace gradus::plan
