// Two engines that share nothing but the formulas, on the same random graphs: flat tape against tensors and nodes.
#pragma once
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>
#include <gradus/scalar.hpp>

#include <cmath>
#include <functional>

namespace gradus {
namespace {

// One elementwise operation for both engines.
struct Operation {
  const char* name;
  int inputs;
  lang::Range domain[3];
  Tensor (*on_tensors)(const Tensor* x);
  Value (*on_values)(const Value* x);
  double (*kink)(const double* x);  // null: smooth everywhere
};

using Number = lang::Scalar<double>;

template <class S>
Operation operation(Tensor (*on_tensors)(const Tensor*), Value (*on_values)(const Value*)) {
  Operation out{S::name, S::family::inputs, {}, on_tensors, on_values, nullptr};
  for (int i = 0; i < out.inputs; ++i) {
    if constexpr (requires { S::domains; }) out.domain[i] = S::domains[i];
    else out.domain[i] = S::domain;
  }
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (requires(Number x) { S::kink((void(I), x)...); }) {
      out.kink = [](const double* x) { return Number(S::kink(Number(x[I])...)).value; };
    }
  }(std::make_index_sequence<static_cast<std::size_t>(S::family::inputs)>{});
  return out;
}

#define GRADUS_OP(S, function) \
  operation<ops::S>([](const Tensor* x) { return function(x[0]); }, [](const Value* x) { return function(x[0]); }),
const Operation unary[] = {GRADUS_UNARY_OPS(GRADUS_OP)};
#undef GRADUS_OP
#define GRADUS_OP(S, function) \
  operation<ops::S>([](const Tensor* x) { return function(x[0], x[1]); }, [](const Value* x) { return function(x[0], x[1]); }),
const Operation binary[] = {GRADUS_BINARY_OPS(GRADUS_OP)};
#undef GRADUS_OP
#define GRADUS_OP(S, function)                                              \
  operation<ops::S>([](const Tensor* x) { return function(x[0], x[1], x[2]); }, \
                    [](const Value* x) { return function(x[0], x[1], x[2]); }),
const Operation ternary[] = {GRADUS_TERNARY_OPS(GRADUS_OP)};
#undef GRADUS_OP

std::vector<Operation> all_operations() {
  std::vector<Operation> out(std::begin(unary), std::end(unary));
  out.insert(out.end(), std::begin(binary), std::end(binary));
  out.insert(out.end(), std::begin(ternary), std::end(ternary));
  std::erase_if(out, [](const Operation& op) { return op.domain[0].whole; });  // those of integers have no values of the scalar engine
  return out;
}

// A result in both engines; the values are row-major.
struct Twin {
  Tensor tensor;
  std::vector<Value> values;
};

// The place in an array of shape `from` that element i of `to` reads. Written anew here, so that it is no copy of ours.
std::size_t source_of(std::size_t i, const Shape& from, const Shape& to) {
  std::size_t place = 0, step = 1, rest = i;
  for (std::size_t k = 0; k < to.size(); ++k) {  // from the back
    const auto size = static_cast<std::size_t>(to[to.size() - 1 - k]), at = rest % size;
    rest /= size;
    if (k >= from.size()) continue;
    const auto own = static_cast<std::size_t>(from[from.size() - 1 - k]);
    place += (own == 1 ? 0 : at) * step;
    step *= own;
  }
  return place;
}

Twin apply_twin(const Operation& op, const std::vector<const Twin*>& x) {
  Tensor tensors[3];
  for (std::size_t k = 0; k < x.size(); ++k) tensors[k] = x[k]->tensor;
  Twin out{cast(op.on_tensors(tensors), Dtype::f64), {}};  // comparisons give bools
  const Shape shape = out.tensor.shape();
  for (std::size_t i = 0; i < static_cast<std::size_t>(out.tensor.numel()); ++i) {
    Value in[3];
    for (std::size_t k = 0; k < x.size(); ++k) in[k] = x[k]->values[source_of(i, x[k]->tensor.shape(), shape)];
    out.values.push_back(op.on_values(in));
  }
  return out;
}

bool within(const Twin& x, lang::Range domain) {
  for (const Value& v : x.values) {
    if (!(v.value() >= domain.lo && v.value() <= domain.hi)) return false;
  }
  return true;
}

bool near_kink(const Operation& op, const std::vector<const Twin*>& x) {
  if (!op.kink) return false;
  Shape shape;
  for (const Twin* t : x) shape = broadcast("test", shape, t->tensor.shape());
  for (std::size_t i = 0; i < static_cast<std::size_t>(numel(shape)); ++i) {
    double at[3];
    for (std::size_t k = 0; k < x.size(); ++k) at[k] = x[k]->values[source_of(i, x[k]->tensor.shape(), shape)].value();
    if (std::abs(op.kink(at)) < 1e-6) return true;
  }
  return false;
}

// A random graph over the whole list of operations, with moves, sums and products between, in both engines at once. It is also
// kept as a program, so that it can run again inside any transform.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) {}

  // Builds, differentiates and compares the two engines; the number of operations in the graph.
  int run(const std::vector<Operation>& operations, bool moves = true) {
    const Tape tape;
    const GradScope scope;
    const int leaves = 1 + static_cast<int>(random_.below(3)), wanted = 2 + static_cast<int>(random_.below(10));
    for (int i = 0; i < leaves; ++i) leaf();
    for (const Twin& leaf : nodes_) variables_.push_back(leaf.tensor);
    for (int i = 0; i < wanted; ++i) {
      if (moves && random_.below(4) == 0) move();
      else grow(operations[random_.below(operations.size())]);
    }
    // The loss: the last node and some others, so that there are several outputs.
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (i + 1 == nodes_.size() || random_.below(4) == 0) outputs_.push_back(i);
    }
    std::vector<Value> outputs;
    for (const std::size_t i : outputs_) outputs.insert(outputs.end(), nodes_[i].values.begin(), nodes_[i].values.end());
    double total = 0, largest = 1;
    for (const Value& v : outputs) total += v.value(), largest = std::max(largest, std::abs(v.value()));
    Tensors tensors;
    for (const Twin& node : nodes_) tensors.push_back(node.tensor);
    const Tensor loss = total_of(tensors);
    EXPECT_NEAR(loss.item(), total, 1e-12 * largest) << text_;

    slopes_ = pullback(loss, 1.0, variables_);
    backward(outputs);
    for (int i = 0; i < leaves; ++i) {
      for (const Value& v : nodes_[static_cast<std::size_t>(i)].values) scale_ = std::max(scale_, std::abs(v.grad()));
    }
    for (const Twin& node : nodes_) {
      for (const Value& v : node.values) along_ = std::max(along_, std::abs(v.grad()) * std::max(1.0, std::abs(v.value())));
    }
    for (int i = 0; i < leaves; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::vector<double> slope = slopes_[at].to_vector();
      EXPECT_TRUE(slopes_[at].shape() == variables_[at].shape());
      for (std::size_t k = 0; k < slope.size(); ++k) EXPECT_NEAR(slope[k], nodes_[at].values[k].grad(), 1e-12 * std::max(scale_, 1e-3 * along_)) << "leaf " << i << text_;
    }
    for (const Twin& node : nodes_) {
      const std::vector<double> values = node.tensor.to_vector();
      double size = 0;
      for (const double v : values) size = std::max(size, std::abs(v));
      for (std::size_t k = 0; k < values.size(); ++k) EXPECT_NEAR(values[k], node.values[k].value(), 1e-13 * size) << text_;
    }
    return wanted;
  }

  // The same gradient another way: eager again, checkpointed, forward; and the second derivatives along a direction in the
  // four orders in which two transforms nest.
  void transforms() {
    Tensors x, v;
    for (const Tensor& t : variables_) {
      x.push_back(stop_gradient(t));
      std::vector<double> direction;
      for (std::int64_t i = 0; i < t.numel(); ++i) direction.push_back(random_.uniform() * 2 - 1);
      v.push_back(Tensor::from(direction, t.shape()));
    }
    const TensorsFunction loss = [this](const Tensors& in) { return run_again(in); };
    const TensorsFunction kept = [&](const Tensors& in) { return detail::apply_checkpoint([this](Inputs i) { return run_again(Tensors(i.begin(), i.end())); }, in); };
    const double slope = dot_of(slopes_, v).item();
    const double size = along_;
    if (!(size < 1e100)) return;
    expect_equal(gradient(kept, x), slopes_, 1e-12 * size, "checkpointed");
    EXPECT_NEAR(tangent(loss, x, v).item(), slope, 1e-9 * size) << "forward" << text_;
    EXPECT_NEAR(tangent(kept, x, v).item(), slope, 1e-9 * size) << "forward, checkpointed" << text_;
    // d/dx (g(x) . v): backward over backward; the tangent of the gradient: forward over backward.
    const TensorsFunction along = [&](const Tensors& in) { return dot_of(gradient(loss, in), v); };
    const TensorsFunction pushed = [&](const Tensors& in) { return tangent(kept, in, v); };
    const Tensors h = gradient(along, x);
    double curvature = size;
    for (const Tensor& t : h) {
      for (const double e : t.to_vector()) curvature = std::max(curvature, std::abs(e));
    }
    if (!(curvature < 1e100)) return;
    expect_equal(gradient(pushed, x), h, 1e-9 * curvature, "backward over forward");
    EXPECT_NEAR(tangent(along, x, v).item(), dot_of(h, v).item(), 1e-9 * curvature) << "forward over backward" << text_;
    EXPECT_NEAR(tangent(pushed, x, v).item(), dot_of(h, v).item(), 1e-9 * curvature) << "forward over forward" << text_;
  }

 private:
  using TensorsFunction = std::function<Tensor(const Tensors&)>;

  static Tensor dot_of(const Tensors& a, const Tensors& b) {
    Tensor total = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) total = total + sum(a[i] * b[i]);
    return total;
  }
  static Tensors gradient(const TensorsFunction& f, const Tensors& x) {
    const GradScope scope;
    Tensors variables;
    for (const Tensor& t : x) variables.push_back(variable(t));
    return pullback(f(variables), 1.0, variables);
  }
  static Tensor tangent(const TensorsFunction& f, const Tensors& x, const Tensors& v) {
    const Level level;
    Tensors in;
    for (std::size_t i = 0; i < x.size(); ++i) in.push_back(detail::with_tangent(x[i], v[i], level.number()));
    return detail::split_tangent(f(in), level.number()).tangent;
  }
  void expect_equal(const Tensors& a, const Tensors& b, double tolerance, const char* what) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::vector<double> p = a[i].to_vector(), q = b[i].to_vector();
      for (std::size_t k = 0; k < p.size(); ++k) EXPECT_NEAR(p[k], q[k], tolerance) << what << ", leaf " << i << text_;
    }
  }

  Tensor total_of(const Tensors& nodes) const {
    Tensor total = 0.0;
    for (const std::size_t i : outputs_) total = total + sum(nodes[i]);
    return total;
  }
  Tensor run_again(const Tensors& leaves) const {
    Tensors nodes = leaves;
    for (const auto& step : program_) nodes.push_back(step(nodes));
    return total_of(nodes);
  }
  void add(Twin node, std::function<Tensor(const Tensors&)> step) {
    nodes_.push_back(std::move(node));
    program_.push_back(std::move(step));
  }

  void leaf() {
    const Shape shapes[] = {{}, {}, {3}, {1}, {2, 3}, {2, 1}, {1, 3}, {2, 2, 1}};
    const Shape shape = shapes[random_.below(std::size(shapes))];
    std::vector<double> numbers;
    Twin twin;
    for (std::int64_t i = 0; i < numel(shape); ++i) {
      numbers.push_back(random_.uniform() * 4 - 2);
      twin.values.push_back(numbers.back());
    }
    twin.tensor = variable(Tensor::from(numbers, shape));
    nodes_.push_back(std::move(twin));
  }

  // A node inside the domain: one that is there, or one squeezed into it by x -> lo + (hi - lo) sigmoid(x).
  std::size_t operand(lang::Range domain) {
    for (int tries = 0; tries < 4; ++tries) {
      const std::size_t i = random_.below(nodes_.size());
      if (within(nodes_[i], domain)) return i;
    }
    const std::size_t from = random_.below(nodes_.size());
    const auto squeeze = [domain](const auto& x) { return sigmoid(x) * (domain.hi - domain.lo) + domain.lo; };
    Twin x = nodes_[from];
    x.tensor = squeeze(x.tensor);
    for (Value& v : x.values) v = squeeze(v);
    add(std::move(x), [squeeze, from](const Tensors& nodes) { return squeeze(nodes[from]); });
    return nodes_.size() - 1;
  }

  void grow(const Operation& op) {
    for (int tries = 0; tries < 8; ++tries) {
      std::vector<std::size_t> places;
      for (int k = 0; k < op.inputs; ++k) places.push_back(k > 0 && random_.below(5) == 0 ? places[0] : operand(op.domain[k]));
      std::vector<const Twin*> x;
      bool fits = true;
      for (int k = 0; k < op.inputs; ++k) {
        x.push_back(&nodes_[places[static_cast<std::size_t>(k)]]);
        fits &= within(*x.back(), op.domain[k]);
      }
      Shape shape;
      for (const Twin* t : x) {
        if (!is_broadcastable(t->tensor.shape(), shape) && !is_broadcastable(shape, t->tensor.shape())) {
          for (std::size_t i = 1; i <= std::min(shape.size(), t->tensor.shape().size()); ++i) {
            const std::int64_t m = shape[shape.size() - i], n = t->tensor.shape()[t->tensor.shape().size() - i];
            fits &= m == n || m == 1 || n == 1;
          }
        }
        if (fits) shape = broadcast("test", shape, t->tensor.shape());
      }
      if (!fits || near_kink(op, x)) continue;
      text_ += std::string(", ") + op.name;
      add(apply_twin(op, x), [op, places](const Tensors& nodes) {
        Tensor in[3];
        for (std::size_t k = 0; k < places.size(); ++k) in[k] = nodes[places[k]];
        return cast(op.on_tensors(in), Dtype::f64);
      });
      return;
    }
  }

  // A move: its scalar twin reads where the same move takes the numbers 0, 1, 2, ... A sum or a product: by loops.
  void move() {
    const std::size_t from = random_.below(nodes_.size());
    const Twin& x = nodes_[from];
    const std::int64_t rank = x.tensor.rank();
    if (rank == 0) return;
    Twin y;
    std::function<Tensor(const Tensor&)> f;
    const std::int64_t axis = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(rank)));
    switch (random_.below(7)) {
      case 0: f = [](const Tensor& t) { return flatten(t); }; break;
      case 1: f = [axis](const Tensor& t) { return transpose(t, axis, -1); }; break;
      case 2: f = [axis](const Tensor& t) { return flip(t, axis); }; break;
      case 3: f = [axis](const Tensor& t) { return slice(t, axis, {0, INT64_MAX, 2}); }; break;
      case 4: f = [axis](const Tensor& t) { return concat({t, flip(t, axis)}, axis); }; break;
      case 5: return sum_of(from, axis);
      default: return gram_of(from);
    }
    text_ += ", move";
    y.tensor = f(x.tensor);
    const Tensor places = f(reshape(Tensor::arange(x.tensor.numel()), x.tensor.shape()));
    for (const double i : places.to_vector()) y.values.push_back(x.values[static_cast<std::size_t>(i)]);
    add(std::move(y), [f, from](const Tensors& nodes) { return f(nodes[from]); });
  }
  void sum_of(std::size_t from, std::int64_t axis) {
    const Twin& x = nodes_[from];
    const auto at = static_cast<std::size_t>(axis);
    std::size_t outer = 1, inner = 1, n = static_cast<std::size_t>(x.tensor.size(axis));
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.tensor.rank()); ++i) (i < at ? outer : i > at ? inner : n) *= i == at ? 1 : static_cast<std::size_t>(x.tensor.shape()[i]);
    Twin y{sum(x.tensor, axis), {}};
    for (std::size_t o = 0; o < outer; ++o) {
      for (std::size_t i = 0; i < inner; ++i) {
        Value total = 0.0;
        for (std::size_t k = 0; k < n; ++k) total = total + x.values[(o * n + k) * inner + i];
        y.values.push_back(total);
      }
    }
    text_ += ", sum";
    add(std::move(y), [from, axis](const Tensors& nodes) { return sum(nodes[from], axis); });
  }
  void gram_of(std::size_t from) {  // x times its transpose: one tensor in both places of a product
    const Twin& x = nodes_[from];
    if (x.tensor.rank() != 2 || !within(x, {-100, 100})) return;
    const auto m = static_cast<std::size_t>(x.tensor.size(0)), n = static_cast<std::size_t>(x.tensor.size(1));
    Twin y{matmul(x.tensor, T(x.tensor)), {}};
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < m; ++j) {
        Value total = 0.0;
        for (std::size_t k = 0; k < n; ++k) total = total + x.values[i * n + k] * x.values[j * n + k];
        y.values.push_back(total);
      }
    }
    text_ += ", matmul";
    add(std::move(y), [from](const Tensors& nodes) { return matmul(nodes[from], T(nodes[from])); });
  }

  Random random_;
  std::vector<Twin> nodes_;
  std::vector<std::function<Tensor(const Tensors&)>> program_;  // what makes each node after the leaves
  std::vector<std::size_t> outputs_;
  Tensors variables_, slopes_;
  double scale_ = 0;  // the largest gradient of a leaf
  double along_ = 1;  // how large what flows along the graph is: it may cancel out, and then its rounding errors are what is left
  std::string text_;
};

}  // namespace
}  // namespace gradus
