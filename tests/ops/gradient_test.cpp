// The gradients of elementwise operations as operations of their own.
#include <gtest/gtest.h>

#include <gradus/ops.hpp>
#include <gradus/ops/registry.hpp>

namespace gradus {
namespace {

template <class S, int I>
void check_part(const OpEntry& entry) {
  if constexpr (ops::has_derivative<S, I>()) {
    EXPECT_EQ((ops::Grad<S, I>::passes_on), entry.derivatives[I] == "t") << entry.info.name << ", input " << I;
    const Ref<const Op> op(new ops::OpOf<ops::Grad<S, I>>(ops::Grad<S, I>{}));
    const std::string input = entry.info.inputs > 1 ? std::string("/d") + "abc"[I] : "";
    EXPECT_EQ(op->info().name, "d " + std::string(entry.info.name) + input);
    EXPECT_EQ(op->info().part, I + 1);
  }
}

template <class S>
void check() {
  const OpEntry& entry = find_op(S::name);
  check_part<S, 0>(entry);
  check_part<S, 1>(entry);
  check_part<S, 2>(entry);
}

TEST(Gradient, has_the_name_of_its_operation_and_is_left_out_where_it_is_1) {
#define GRADUS_OP(S, ...) check<ops::S>();
  GRADUS_MAP_OPS(GRADUS_OP)
#undef GRADUS_OP
}

TEST(Gradient, where_it_is_1_is_the_very_gradient_that_came) {
  const Tensor a = Tensor::ones({3}), b = Tensor::ones({3}), g = Tensor::ones({3});
  const Ref<const Op> op = ops::make_op(ops::Add{});
  const Tensor x[] = {a, b};
  const Tensors grads = op->vjp(x, a + b, g, TensorSet::input(0) | TensorSet::input(1));
  EXPECT_EQ(&grads[0].array(), &g.array());
  EXPECT_EQ(&grads[1].array(), &g.array());
}

}  // namespace
}  // namespace gradus
