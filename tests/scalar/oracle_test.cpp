// Two engines that share nothing but the formulas, on the same random graphs: flat tape against tensors and nodes. The tensors'
// gradient is taken in every mode: eager, checkpointed, forward, and nested in all orders.
#include "scalar/random_graph.hpp"

namespace gradus {
namespace {

TEST(Oracle, three_thousand_random_graphs_in_every_mode) {
  const std::vector<Operation> operations = all_operations();
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGraph graph(seed);
    graph.run(operations);
    graph.transforms();
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
    RandomGraph(1000000 + seed).run(operations, false);
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
