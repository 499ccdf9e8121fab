// A trace: every operation of a computation in the order of execution, with its numbers, and the way back through it.
//   const Trace t = inspect::record({{"x", x}, {"w", w}}, [](Inputs v) { return square(v[0] * v[1]); });
//   t.steps[t.result].grad                 // 1
// The engine itself is watched (tensor/watch.hpp): no number but the differences has a second implementation. Explanations,
// pictures of graphs and reports are readers of a trace.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../tensor.hpp"
#include "../tensor/op.hpp"

namespace gradus::inspect {

// One input of a step.
struct Link {
  std::size_t from = 0;  // the step that made it
  bool carries = false;  // a gradient goes back along it
  bool stopped = false;  // a constant from here on, as stop_gradient wants it
  Tensor local = {};     // the derivative of the result with respect to it, of the result's shape; undefined where that is no such tensor
  Tensor product = {};   // what goes back along it: the gradient of the result times the local derivative
};

struct Trace;

// What reached a step on the way back, in this order.
struct Arrival {
  std::size_t from = 0, input = 0;  // the step above, and which of its inputs this step is
  Tensor sum = {};                  // with all that came before
};

// What central differences say of a gradient.
enum class Check {
  none,     // there is nothing to compare
  agrees,
  differs,
  kink,     // the slopes from the left and from the right are two; the gradient is right for the branches that it takes
  edge,     // nothing is computed on one side, as of sqrt at 0
};
// How a gradient was compared: each number by itself; or of a large tensor its slope along one way, by all that rests on it, or, where
// that would take too long or the slope is too small, by the operations that take it alone, given the gradients of what they make.
enum class Compared { each, along, alone };

struct Step {
  enum class Kind { input, parameter, constant, operation };
  Kind kind = Kind::operation;
  std::string name;    // "w", "0.weight"; of operations "v1", "v2", ...
  std::string symbol;  // the name in formulas: "w", "W1"
  std::string group = {};  // the layer it belongs to; empty: none
  Ref<const Op> op = {};
  std::vector<Link> inputs = {};
  Tensor value = {};
  Tensor grad = {};  // of the result with respect to it; undefined: none
  std::vector<Arrival> arrivals = {};
  // The same by central differences: of grad's shape, or of a large tensor one number, the slope along a way, to be compared with `along`.
  Tensor numeric = {};
  double error = 0;  // relative, of the two, away from kinks
  Check check = Check::none;
  Compared compared = Compared::each;
  double along = 0;              // the gradient times that way
  std::int64_t kinks = 0;        // elements of steps that had two slopes, and went on in the branch that the gradient takes
  Tensor left = {}, right = {};  // at kinks the two slopes, elsewhere numeric; undefined when there is no kink, or for a large tensor
  bool literal = false;  // a number of the formula
  std::shared_ptr<const Trace> inside = {};  // of a composite operation that is told as one: what it is made of, its inputs first
  bool adds_up = false;                      // and there is a sum in it, so it is not elementwise

  bool is_leaf() const { return kind != Kind::operation; }
};

struct Trace {
  std::vector<Step> steps;        // whatever a step is made of stands before it
  std::size_t result = 0;         // the loss
  std::vector<std::size_t> back;  // operations in the order of the backward walk
};

// What a computation begins with. Floats become variables unless they are constants.
struct Leaf {
  std::string name;
  Tensor value;
  Step::Kind kind = Step::Kind::input;
  std::string symbol = {};  // as the name
  std::string group = {};
};

struct RecordOptions {
  bool differences = true;
};

// Runs f on the values of the leaves as variables, and the backward walk from its result; a result of more than one number is
// summed. The result is called L and the steps v1, v2, ..., or otherwise where a leaf has such a name. UsageError when nothing differentiable leads to it.
Trace record(const std::vector<Leaf>& leaves, const std::function<Tensor(Inputs)>& f, const RecordOptions& options = {});

// A NaN or an infinity where it appeared first: in the values in order, else on the way back.
struct NotFinite {
  std::size_t step = 0;    // whose value or gradient it is
  std::size_t through = 0; // on the way back: the operation that it came through
  bool gradient = false, nan = false;
};
std::optional<NotFinite> first_not_finite(const Trace& trace);

// The layer that steps belong to from now on, while something is recorded in this thread.
void begin_group(const std::string& name);

// The gradient of one input of a step, given that of its result: by the rule of its operation.
Tensor pull_through(const Trace& trace, const Step& step, std::size_t input, const Tensor& g);

// A way from a step to the result, as (step, input) from below: step k + 1 takes step k as that input.
struct Path {
  std::vector<std::pair<std::size_t, std::size_t>> links;
  Tensor product;  // the gradient that comes along this way alone
};
struct Paths {
  std::vector<Path> listed;
  double count = 0;  // of all there are
  Tensor sum;        // over all: the gradient
};
Paths paths_from(const Trace& trace, std::size_t step, std::size_t most = 24);

}  // namespace gradus::inspect
