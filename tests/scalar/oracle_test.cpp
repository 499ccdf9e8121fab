// Two engines that share nothing but the formulas, on the same random graphs: flat tape against tensors and nodes.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>
#include <gradus/scalar.hpp>

#include <cmath>

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

class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) {}

  // Builds, differentiates and compares; the number of operations in the graph.
  int run(const std::vector<Operation>& operations) {
    const Tape tape;
    const GradScope scope;
    const int leaves = 1 + static_cast<int>(random_.below(3)), wanted = 2 + static_cast<int>(random_.below(10));
    for (int i = 0; i < leaves; ++i) leaf();
    Tensors variables;
    for (const Twin& leaf : nodes_) variables.push_back(leaf.tensor);
    for (int i = 0; i < wanted; ++i) grow(operations[random_.below(operations.size())]);

    // The loss: the last node and some others, so that there are several outputs.
    Tensor loss = sum(nodes_.back().tensor);
    std::vector<Value> outputs = nodes_.back().values;
    for (const Twin& node : nodes_) {
      if (random_.below(4) == 0) {
        loss = loss + sum(node.tensor);
        outputs.insert(outputs.end(), node.values.begin(), node.values.end());
      }
    }
    double total = 0, largest = 1;
    for (const Value& v : outputs) total += v.value(), largest = std::max(largest, std::abs(v.value()));
    EXPECT_NEAR(loss.item(), total, 1e-12 * largest) << text_;

    const Tensors slopes = pullback(loss, 1.0, variables);
    backward(outputs);
    double scale = 0;
    for (int i = 0; i < leaves; ++i) {
      for (const Value& v : nodes_[static_cast<std::size_t>(i)].values) scale = std::max(scale, std::abs(v.grad()));
    }
    for (int i = 0; i < leaves; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::vector<double> slope = slopes[at].to_vector();
      EXPECT_TRUE(slopes[at].shape() == variables[at].shape());
      for (std::size_t k = 0; k < slope.size(); ++k) EXPECT_NEAR(slope[k], nodes_[at].values[k].grad(), 1e-12 * scale) << "leaf " << i << text_;
    }
    for (const Twin& node : nodes_) {
      const std::vector<double> values = node.tensor.to_vector();
      for (std::size_t k = 0; k < values.size(); ++k) EXPECT_NEAR(values[k], node.values[k].value(), 1e-12 * std::abs(values[k])) << text_;
    }
    return wanted;
  }

 private:
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
    Twin x = nodes_[random_.below(nodes_.size())];
    x.tensor = sigmoid(x.tensor) * (domain.hi - domain.lo) + domain.lo;
    for (Value& v : x.values) v = sigmoid(v) * (domain.hi - domain.lo) + domain.lo;
    nodes_.push_back(std::move(x));
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
      Twin y = apply_twin(op, x);
      nodes_.push_back(std::move(y));
      return;
    }
  }

  Random random_;
  std::vector<Twin> nodes_;
  std::string text_;
};

TEST(Oracle, three_thousand_random_graphs) {
  const std::vector<Operation> operations = all_operations();
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGraph(seed).run(operations);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

// Smooth operations only and longer, so that deep sums of products come about.
TEST(Oracle, arithmetic_graphs) {
  std::vector<Operation> operations;
  for (const Operation& op : all_operations()) {
    if (!op.kink) operations.push_back(op);
  }
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGraph(1000000 + seed).run(operations);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

// Also where sampling does not go: at kinks, at zero, at infinities.
TEST(Oracle, every_operation_at_every_special_point) {
  const double points[] = {0.0, -0.0, 1, -1, 0.5, -2.5, 3, 30, -30, 1e-300, -1e-300, 800, -800, 1e300, INFINITY, -INFINITY, NAN};
  for (const Operation& op : all_operations()) {
    for (const double a : points) {
      for (const double b : points) {
        if (op.inputs == 1 && !(b == 1)) continue;
        const double in[] = {a, b, 2};
        const Tape tape;
        const GradScope scope;
        Tensor tensors[3];
        Value values[3];
        for (int k = 0; k < op.inputs; ++k) {
          tensors[k] = variable(Tensor::full({}, in[k], Dtype::f64));
          values[k] = in[k];
        }
        const Tensor y = op.on_tensors(tensors);
        const Value v = op.on_values(values);
        const auto same = [](double p, double q) { return p == q || (p != p && q != q); };
        EXPECT_TRUE(same(y.item(), v.value())) << op.name << " " << a << " " << b << ": " << y.item() << " " << v.value();
        const Tensors slopes = pullback(y, 1.0, Inputs(tensors, static_cast<std::size_t>(op.inputs)));
        v.backward();
        for (int k = 0; k < op.inputs; ++k) {
          const double slope = slopes[static_cast<std::size_t>(k)].item();
          EXPECT_TRUE(same(slope, values[k].grad())) << op.name << " input " << k << " at " << a << " " << b << ": " << slope << " " << values[k].grad();
        }
      }
    }
  }
}

}  // namespace
}  // namespace gradus
