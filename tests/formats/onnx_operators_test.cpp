// Operators of ONNX whose rules are easily got wrong, each on numbers that were worked out by hand.
#if GRADUS_ONNX
#include <gtest/gtest.h>

#include "formats/onnx_builder.hpp"

namespace gradus {
namespace {

TEST(OnnxOperators, SameUpperPutsTheOddPaddingBehind) {
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4}, {1, 1, 4});
  for (const bool upper : {true, false}) {
    Builder b(22);
    b.input("x").output("y").floats("w", {1, 10}, {1, 1, 2});
    set(b.node("Conv", {"x", "w"}, {"y"}), "auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER");
    EXPECT_EQ(b.build()({&x, 1})[0].to_vector(), upper ? (std::vector<double>{21, 32, 43, 4}) : (std::vector<double>{10, 21, 32, 43}));
  }
}

TEST(OnnxOperators, TransposedConvolutionIsTheAdjoint) {
  // <conv(x), g> = <x, conv_transpose(g)> with the same weights, strides, dilations, groups and padding.
  const auto with = [](const char* op) {
    Builder b(22);
    b.input("x").output("y").floats("w", {1, -2, 3, 0.5F, 2, 1, -1, 4}, {2, 1, 2, 2});
    pb::Node& node = b.node(op, {"x", "w"}, {"y"});
    set(node, "strides", std::vector<std::int64_t>{2, 1});
    set(node, "dilations", std::vector<std::int64_t>{1, 2});
    set(node, "pads", std::vector<std::int64_t>{1, 0, 0, 1});
    set(node, "group", std::int64_t{2});
    return b.build();
  };
  manual_seed(1);
  const Tensor x = Tensor::randn({2, 2, 5, 6}), y = with("Conv")({&x, 1})[0], g = Tensor::randn(y.shape());
  const Tensor back = with("ConvTranspose")({&g, 1})[0];
  ASSERT_EQ(back.shape(), x.shape());
  EXPECT_NEAR(sum(y * g).item(), sum(x * back).item(), 1e-3);
}

TEST(OnnxOperators, PoolsCountThePlacesOfTheGreatest) {
  const Tensor x = Tensor::from(std::vector<float>{1, 9, 2, 8, 3, 7}, {1, 1, 2, 3});
  for (const std::int64_t order : {0, 1}) {
    Builder b(22);
    b.input("x").output("y").output("places", i64);
    pb::Node& node = b.node("MaxPool", {"x"}, {"y", "places"});
    set(node, "kernel_shape", std::vector<std::int64_t>{2, 2});
    set(node, "storage_order", order);
    const Tensors y = b.build()({&x, 1});
    EXPECT_EQ(y[0].to_vector(), (std::vector<double>{9, 9}));
    EXPECT_EQ(y[1].to_vector(), order == 0 ? (std::vector<double>{1, 1}) : (std::vector<double>{2, 2}));
  }
}

TEST(OnnxOperators, AveragesCountPaddingOnlyWhenAsked) {
  const Tensor x = Tensor::ones({1, 1, 3});
  for (const std::int64_t counts : {0, 1}) {
    Builder b = single(22, "AveragePool");
    set(only(b), "kernel_shape", std::vector<std::int64_t>{2});
    set(only(b), "strides", std::vector<std::int64_t>{2});
    set(only(b), "pads", std::vector<std::int64_t>{1, 1});
    set(only(b), "ceil_mode", std::int64_t{1});
    set(only(b), "count_include_pad", counts);
    // The third window would begin in the padding behind the end, so there is none.
    EXPECT_EQ(b.build()({&x, 1})[0].to_vector(), counts ? (std::vector<double>{0.5, 1}) : (std::vector<double>{1, 1}));
  }
}

TEST(OnnxOperators, BatchNormalizationOfTheBatch) {
  Builder b(15);
  b.input("x").output("y").output("m").output("v").floats("s", {2}, {1}).floats("b", {1}, {1}).floats("mean", {10}, {1}).floats("var", {20}, {1});
  pb::Node& node = b.node("BatchNormalization", {"x", "s", "b", "mean", "var"}, {"y", "m", "v"});
  set(node, "training_mode", std::int64_t{1});
  set(node, "momentum", 0.75F);
  set(node, "epsilon", 0.0F);
  const Tensor x = Tensor::from(std::vector<float>{-1, 1}, {2, 1});
  const Tensors y = b.build()({&x, 1});
  EXPECT_EQ(y[0].to_vector(), (std::vector<double>{-1, 3}));
  EXPECT_EQ(y[1].to_vector(), (std::vector<double>{7.5}));
  EXPECT_EQ(y[2].to_vector(), (std::vector<double>{15.25}));
}

TEST(OnnxOperators, SequencesEndWhereTheirLengthsSay) {
  // h' = x + h without an activation that bends: sums, from the front and from the back.
  Builder b(14);
  b.input("x").output("y").output("last").floats("w", {1, 1}, {2, 1, 1}).floats("r", {1, 1}, {2, 1, 1}).ints("lengths", {3, 1});
  pb::Node& node = b.node("RNN", {"x", "w", "r", "", "lengths"}, {"y", "last"});
  set(node, "direction", "bidirectional");
  set(node, "hidden_size", std::int64_t{1});
  pb::Attribute& activations = *node.add_attribute();
  activations.set_name("activations");
  activations.set_type(pb::Attribute::STRINGS);
  for (int i = 0; i < 2; ++i) activations.add_strings("Affine");
  const Tensor x = Tensor::from(std::vector<float>{1, 10, 2, 20, 3, 30}, {3, 2, 1});  // [time, batch, 1]
  const Tensors y = b.build()({&x, 1});
  EXPECT_EQ(y[0].shape(), (Shape{3, 2, 2, 1}));  // [time, direction, batch, 1]
  EXPECT_EQ(y[0].to_vector(), (std::vector<double>{1, 10, 6, 10, 3, 0, 5, 0, 6, 0, 3, 0}));
  EXPECT_EQ(y[1].to_vector(), (std::vector<double>{6, 10, 6, 10}));
}

TEST(OnnxOperators, ScatterTakesEqualPlacesOneAfterTheOther) {
  const std::pair<const char*, std::vector<double>> expected[] = {{"none", {3, 1, 4}}, {"add", {6, 1, 5}}, {"mul", {6, 1, 4}}, {"max", {3, 1, 4}}, {"min", {1, 1, 1}}};
  for (const auto& [reduction, result] : expected) {
    Builder b(18);
    b.input("x").output("y").ints("at", {0, -1, 0}).floats("new", {2, 4, 3}, {3});
    set(b.node("ScatterElements", {"x", "at", "new"}, {"y"}), "reduction", reduction);
    const Tensor x{1, 1, 1};
    EXPECT_EQ(b.build()({&x, 1})[0].to_vector(), result) << reduction;
  }
}

TEST(OnnxOperators, GradientsWithinAModelNest) {
  Builder b(12);
  b.model.add_opset_import()->set_domain("ai.onnx.preview.training");
  b.model.mutable_opset_import(1)->set_version(1);
  b.input("x").output("d").output("dd");
  b.node("Mul", {"x", "x"}, {"square"});
  b.node("Mul", {"square", "x"}, {"cube"});
  const auto gradient = [&](const char* y, const char* out) {
    pb::Node& node = b.node("Gradient", {"x"}, {out});
    node.set_domain("ai.onnx.preview.training");
    set(node, "y", y);
    pb::Attribute& xs = *node.add_attribute();
    xs.set_name("xs");
    xs.set_type(pb::Attribute::STRINGS);
    xs.add_strings("x");
  };
  gradient("cube", "d");
  gradient("d", "dd");
  const Tensor x{2, -1};
  const Tensors y = b.build()({&x, 1});
  EXPECT_EQ(y[0].to_vector(), (std::vector<double>{12, 3}));
  EXPECT_EQ(y[1].to_vector(), (std::vector<double>{12, -6}));
}

}  // namespace
}  // namespace gradus
#endif
