// A trace: every operation of a computation in the order of execution, with its numbers, and the way back through it.
//   const Trace t = inspect::record({{"x", x}, {"w", w}}, [](Inputs v) { return square(v[0] * v[1]); });
//   t.steps[t.result].grad                 // 1
// The engine itself is watched (tensor/watch.hpp): no number but the differences has a second implementation. Explanations,
// pictures of graphs and reports are readers of a trace.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../tensor.hpp"
#include "../tensor/op.hpp"

namespace gradus::inspect {

// One input of a step.
struct Link {
  std::size_t from = 0;  // the step that made it
  bool carries = false;  // a gradient goes back along it
  Tensor local = {};     // the derivative of the result with respect to it, of the result's shape; undefined where that is no such tensor
  Tensor product = {};   // what goes back along it: the gradient of the result times the local derivative
};

// What reached a step on the way back, in this order.
struct Arrival {
  std::size_t from = 0, input = 0;  // the step above, and which of its inputs this step is
  Tensor sum = {};                  // with all that came before
};

struct Step {
  enum class Kind { input, parameter, constant, operation };
  Kind kind = Kind::operation;
  std::string name;    // "w", "0.weight"; of operations "v1", "v2", ...
  std::string symbol;  // the name in formulas: "w", "W1"
  std::string group;   // the layer it belongs to; empty: none
  Ref<const Op> op = {};
  std::vector<Link> inputs = {};
  Tensor value = {};
  Tensor grad = {};  // of the result with respect to it; undefined: none
  std::vector<Arrival> arrivals = {};
  // The same by central differences: of grad's shape, or of large tensors one number, the slope along the gradient, to be
  // compared with its norm. Undefined where it would take too long.
  Tensor numeric = {};
  double error = 0;  // relative, of the two
  bool large = false;
  bool literal = false;  // a number of the formula

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
  std::string result = "L";  // the symbol of what comes out
  bool differences = true;
};

// Runs f on the values of the leaves as variables, and the backward walk from its result; a result of more than one number is
// summed. UsageError when nothing differentiable leads to it.
Trace record(const std::vector<Leaf>& leaves, const std::function<Tensor(Inputs)>& f, const RecordOptions& options = {});

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
