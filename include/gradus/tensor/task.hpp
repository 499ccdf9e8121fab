// Work with everything decided but the numbers: run() computes, again and again, with what its arrays hold at that time.
#pragma once

namespace gradus {

class Task {
 public:
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  void run() { call_(*this); }

 protected:
  explicit Task(void (*call)(Task&)) : call_(call) {}

 private:
  void (*call_)(Task&);  // a plain call: replaying a plan of tiny steps is all about calls
};

// A task that is a function object.
template <class F>
class TaskOf final : public Task {
 public:
  explicit TaskOf(F f) : Task([](Task& self) { static_cast<TaskOf&>(self).f_(); }), f_(static_cast<F&&>(f)) {}

 private:
  F f_;
};

}  // namespace gradus
