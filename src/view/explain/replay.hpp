// A recorded computation again, from other values of one of its steps.
#pragma once
#include <array>

#include <gradus/view/trace.hpp>

namespace gradus::inspect {

// A function of the value of one step, computed by the recorded operations: the result of the trace, by all that rests on the step; or
// `alone`, by the operations that take it and nothing else: what they make times its gradient, in units of the largest of these gradients.
class Replay {
 public:
  Replay(const Trace& trace, std::size_t from, bool alone);
  double cost = 0;   // multiplications, about, each time
  double start = 0;  // its value where it was recorded
  double unit = 1;   // so many times this function is the result, for slopes

  double operator()(const Tensor& value);

  // The slope along a way on which every element with a kink goes on in the branch that the gradient takes; h: how far to look.
  struct Held {
    double slope = 0;
    std::int64_t kinks = 0;  // elements of steps
    bool between = true;     // what was taken lies between the slopes from both sides
  };
  Held held(const Tensor& way, double h);

 private:
  using Points = std::array<Tensor, 4>;  // at h, -h, h/4, -h/4

  const Tensor& input(const Link& link, std::size_t k) const;
  Tensor compute(const Step& step, std::size_t k) const;
  double outcome(std::size_t k) const;
  Tensor tangent(const Step& step, std::size_t k) const;
  void hold(const Step& step, Points& y, double h, Held& out) const;

  const Trace& trace_;
  std::size_t from_;
  bool alone_;
  std::vector<std::size_t> order_;  // the steps that are computed again
  std::vector<Points> moved_;
};

}  // namespace gradus::inspect
