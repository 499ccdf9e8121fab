// Models built in memory: what operator sets changed, what is differentiated, and what broken files are told.
#if GRADUS_ONNX
#include <gtest/gtest.h>

#include <gradus/autodiff/grad.hpp>
#include <limits>

#include "formats/onnx_builder.hpp"

namespace gradus {
namespace {

std::string error_of(const Builder& b) {
  try {
    b.build();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}
#define EXPECT_PART(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << text

TEST(Onnx, IsDifferentiated) {
  Builder b(13);
  b.input("x").output("y").ints("axes", {0});
  b.node("Mul", {"x", "x"}, {"square"});
  b.node("Tanh", {"square"}, {"t"});
  b.node("ReduceSum", {"t", "axes"}, {"y"});
  const onnx::Model model = b.build();
  EXPECT_EQ(model.inputs(), Names{"x"});
  EXPECT_EQ(model.operators(), (Names{"Mul", "ReduceSum", "Tanh"}));
  const Tensor x{0.5, -1};
  const auto ours = [](const Tensor& t) { return sum(tanh(square(t))); };
  const auto theirs = [&](const Tensor& t) { return sum(model({&t, 1})[0]); };
  EXPECT_EQ(grad(theirs)(x).to_vector(), grad(ours)(x).to_vector());
  const auto slope = [](const auto& f) { return [f](const Tensor& t) { return sum(grad(f)(t)); }; };
  const std::vector<double> second = grad(slope(theirs))(x).to_vector(), expected = grad(slope(ours))(x).to_vector();
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(second[i], expected[i], 1e-5);
}

// Operator sets.

TEST(Onnx, SoftmaxOfTheRestBefore13) {
  const Tensor x = Tensor::zeros({2, 2, 2});
  EXPECT_EQ(single(12, "Softmax").build()({&x, 1})[0].to_vector(), std::vector<double>(8, 0.25));
  EXPECT_EQ(single(13, "Softmax").build()({&x, 1})[0].to_vector(), std::vector<double>(8, 0.5));
}

TEST(Onnx, AttributesThatBecameInputs) {
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {1, 2, 3});
  const auto run = [&](const Builder& b) { return b.build()({&x, 1}); };
  for (const int opset : {11, 13}) {
    Builder squeeze = single(opset, "Squeeze"), reduce = single(opset, "ReduceSum");
    if (opset < 13) {
      set(only(squeeze), "axes", std::vector<std::int64_t>{0});
      set(only(reduce), "axes", std::vector<std::int64_t>{2});
    } else {
      squeeze.ints("axes", {0});
      reduce.ints("axes", {2});
      only(squeeze).add_input("axes");
      only(reduce).add_input("axes");
    }
    EXPECT_EQ(run(squeeze)[0].shape(), (Shape{2, 3}));
    EXPECT_EQ(run(reduce)[0].to_vector(), (std::vector<double>{6, 15}));
    EXPECT_EQ(run(reduce)[0].shape(), (Shape{1, 2, 1}));
  }
  Builder clip6 = single(6, "Clip"), clip11 = single(11, "Clip");
  set(only(clip6), "min", 2.0F);
  set(only(clip6), "max", 4.0F);
  clip11.floats("low", {2}, {}).floats("high", {4}, {});
  for (const char* name : {"low", "high"}) only(clip11).add_input(name);
  EXPECT_EQ(run(clip6)[0].to_vector(), (std::vector<double>{2, 2, 3, 4, 4, 4}));
  EXPECT_EQ(run(clip11)[0].to_vector(), run(clip6)[0].to_vector());

  Builder slice9 = single(9, "Slice"), slice10 = single(10, "Slice");
  set(only(slice9), "starts", std::vector<std::int64_t>{1});
  set(only(slice9), "ends", std::vector<std::int64_t>{9});
  set(only(slice9), "axes", std::vector<std::int64_t>{2});
  EXPECT_EQ(run(slice9)[0].to_vector(), (std::vector<double>{2, 3, 5, 6}));
  slice10.ints("starts", {-1}).ints("ends", {std::numeric_limits<std::int64_t>::min()}).ints("axes", {2}).ints("steps", {-2});
  for (const char* name : {"starts", "ends", "axes", "steps"}) only(slice10).add_input(name);
  EXPECT_EQ(run(slice10)[0].to_vector(), (std::vector<double>{3, 1, 6, 4}));

  Builder pad2 = single(2, "Pad"), pad13 = single(13, "Pad");
  set(only(pad2), "pads", std::vector<std::int64_t>{0, 0, 1, 0, 0, -2});
  set(only(pad2), "value", 7.0F);
  pad13.ints("pads", {0, 0, 1, 0, 0, -2}).floats("value", {7}, {});
  for (const char* name : {"pads", "value"}) only(pad13).add_input(name);
  EXPECT_EQ(run(pad2)[0].to_vector(), (std::vector<double>{7, 1, 7, 4}));
  EXPECT_EQ(run(pad13)[0].to_vector(), run(pad2)[0].to_vector());
}

TEST(Onnx, SplitByCountTheLastPartMayBeSmaller) {
  Builder b(18);
  b.input("x").output("a").output("b");
  set(b.node("Split", {"x"}, {"a", "b"}), "num_outputs", std::int64_t{2});
  const Tensor x = Tensor::arange(5, Dtype::f32);
  const Tensors parts = b.build()({&x, 1});
  EXPECT_EQ(parts[0].to_vector(), (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(parts[1].to_vector(), (std::vector<double>{3, 4}));
}

TEST(Onnx, DropoutIsIdentityUnlessItTrains) {
  const Tensor x{1, 2};
  for (const int opset : {7, 10, 12, 22}) EXPECT_EQ(single(opset, "Dropout").build()({&x, 1})[0].to_vector(), (std::vector<double>{1, 2}));
  EXPECT_THROW(single(6, "Dropout").build()({&x, 1}), onnx::UnsupportedError);
}

TEST(Onnx, OldBroadcastBeginsAtAnAxis) {
  Builder b(6);
  b.input("x").output("y").floats("b", {10, 20}, {2});
  pb::Node& node = b.node("Add", {"x", "b"}, {"y"});
  set(node, "broadcast", std::int64_t{1});
  set(node, "axis", std::int64_t{0});
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_EQ(b.build()({&x, 1})[0].to_vector(), (std::vector<double>{10, 10, 10, 20, 20, 20}));
}

TEST(Onnx, OptionalInputsAreLeftOutByAnEmptyName) {
  Builder b(11);
  b.input("x").output("y").floats("high", {1}, {});
  b.node("Clip", {"x", "", "high"}, {"y"});
  const Tensor x{-5, 5};
  EXPECT_EQ(b.build()({&x, 1})[0].to_vector(), (std::vector<double>{-5, 1}));
}

// Functions of the model.

TEST(Onnx, FunctionsAreRunWithTheAttributesOfTheCall) {
  Builder b(18);
  b.model.add_opset_import()->set_domain("mine");
  b.model.mutable_opset_import(1)->set_version(1);
  b.input("x").output("y").output("z");
  pb::Function& f = *b.model.add_functions();
  f.set_name("Leak");
  f.set_domain("mine");
  f.add_input("a");
  f.add_output("b");
  f.add_attribute("slope");
  f.add_opset_import()->set_version(18);
  pb::Attribute& passed = *Builder::fill(*f.add_node(), "LeakyRelu", {"a"}, {"b"}).add_attribute();
  passed.set_name("alpha");
  passed.set_type(pb::Attribute::FLOAT);
  passed.set_ref_attr_name("slope");
  pb::Node& call = b.node("Leak", {"x"}, {"y"});
  call.set_domain("mine");
  set(call, "slope", 0.5F);
  b.node("Leak", {"x"}, {"z"}).set_domain("mine");  // without: the default of LeakyRelu
  const onnx::Model model = b.build();
  EXPECT_EQ(model.operators(), Names{"LeakyRelu"});
  const Tensor x{-2, 2};
  EXPECT_EQ(model({&x, 1})[0].to_vector(), (std::vector<double>{-1, 2}));
  EXPECT_NEAR(model({&x, 1})[1].to_vector()[0], -0.02, 1e-7);

  Builder::fill(*f.add_node(), "Leak", {"b"}, {"c"}).set_domain("mine");
  EXPECT_PART(error_of(b), "function 'mine.Leak' calls itself");
}

// Element types.

TEST(Onnx, NarrowUnsignedNumbersWrap) {
  Builder b(14);
  b.input("x", u16).output("y", u16);
  b.node("Add", {"x", "x"}, {"y"});
  const Tensor x = Tensor::from(std::vector<std::int64_t>{40000, 3}, {2});
  EXPECT_EQ(b.build()({&x, 1})[0].to_vector(), (std::vector<double>{80000 - 65536, 6}));
}

TEST(Onnx, IntegersAreDividedTowardsZero) {
  Builder b(14);
  b.input("x", i64).output("y", i64).output("m", i64).ints("d", {2, -2, -1}).ints("z", {0});
  b.node("Div", {"x", "d"}, {"y"});
  b.node("Mod", {"x", "d"}, {"m"});
  const Tensor x = Tensor::from(std::vector<std::int64_t>{-7, 7, std::numeric_limits<std::int64_t>::min()}, {3});
  const Tensors y = b.build()({&x, 1});
  EXPECT_EQ(y[0].values<std::int64_t>()[0], -3);
  EXPECT_EQ(y[0].values<std::int64_t>()[1], -3);
  EXPECT_EQ(y[0].values<std::int64_t>()[2], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(y[1].to_vector(), (std::vector<double>{1, -1, 0}));
  b.node("Div", {"x", "z"}, {"w"});
  EXPECT_THROW(b.build()({&x, 1}), DataError);
}

TEST(Onnx, LargeUint64IsRefusedWhereTheSignWouldMatter) {
  Builder b(14);
  b.input("x", u64).output("y", u64);
  b.node("Max", {"x", "x"}, {"y"});
  const Tensor x = Tensor::from(std::vector<std::int64_t>{-1}, {1});
  EXPECT_THROW(b.build()({&x, 1}), onnx::UnsupportedError);
}

// Broken models.

TEST(Onnx, EveryTruncationIsRefusedOrComplete) {
  Builder b(13);
  b.input("x").output("y").floats("w", {1, 2, 3}, {3});
  b.node("Mul", {"x", "w"}, {"y"});
  const std::string bytes = b.bytes();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    try {
      onnx::Model::parse(std::string_view(bytes).substr(0, n), "cut");
    } catch (const DataError&) {
    } catch (const onnx::UnsupportedError&) {
    }
  }
  EXPECT_NO_THROW(onnx::Model::parse(bytes, "whole"));
}

TEST(Onnx, ChangedBytesNeverCrash) {
  Builder b(13);
  b.input("x").output("y").floats("w", {1, 2, 3}, {3}).ints("shape", {3, 1});
  b.node("Mul", {"x", "w"}, {"t"});
  b.node("Reshape", {"t", "shape"}, {"y"});
  const std::string bytes = b.bytes();
  const Tensor x{1, 2, 3};
  std::uint32_t state = 1;
  const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 8; };
  for (int i = 0; i < 4000; ++i) {
    std::string changed = bytes;
    for (std::uint32_t k = 0; k <= next() % 3; ++k) changed[next() % changed.size()] = static_cast<char>(next());
    try {
      onnx::Model::parse(changed, "changed")({&x, 1});
    } catch (const Error&) {
    }
  }
}

TEST(Onnx, SaysWhatIsWrongWithAGraph) {
  Builder cycle(13);
  cycle.input("x").output("y");
  cycle.node("Add", {"x", "z"}, {"y"});
  cycle.node("Neg", {"y"}, {"z"});
  EXPECT_PART(error_of(cycle), "node 0 (Add) reads 'z', which only node 1 makes: there is a cycle");
  Builder nothing(13);
  nothing.input("x").output("y");
  nothing.node("Add", {"x", "w"}, {"y"});
  EXPECT_PART(error_of(nothing), "reads 'w', which nothing makes");
  Builder twice(13);
  twice.input("x").output("y");
  twice.node("Neg", {"x"}, {"y"});
  twice.node("Abs", {"x"}, {"y"});
  EXPECT_PART(error_of(twice), "'y' is given twice");
  Builder without(13);
  without.input("x").output("y");
  EXPECT_PART(error_of(without), "output 'y' is made by no node");
  Builder no_set(13);
  no_set.model.clear_opset_import();
  EXPECT_PART(error_of(no_set), "no operator set");
  EXPECT_PART(error_of([] { Builder b(13); b.model.clear_graph(); return b; }()), "no graph");
  EXPECT_THROW(onnx::Model::parse("", "empty"), DataError);
  EXPECT_THROW(onnx::Model::read("/nowhere/model.onnx"), DataError);
}

TEST(Onnx, SizesAreHeldAgainstTheData) {
  Builder short_of(13);
  short_of.floats("w", {1, 2}, {1000000, 1000000});
  EXPECT_PART(error_of(short_of), "1000000000000 numbers, but 2 are there");
  Builder negative(13);
  negative.floats("w", {1}, {-1});
  EXPECT_PART(error_of(negative), "negative");
  Builder huge(13);
  huge.floats("w", {}, {INT64_MAX, INT64_MAX});
  EXPECT_PART(error_of(huge), "tensor 'w' is broken");
  Builder of_shape(13);
  of_shape.output("y").ints("shape", {1 << 30, 1 << 30});
  of_shape.node("ConstantOfShape", {"shape"}, {"y"});
  EXPECT_THROW(of_shape.build()({}), DataError);
}

TEST(Onnx, NamesWhatItDoesNotDo) {
  const Tensor x{1, 2};
  try {
    single(13, "Frobnicate").build()({&x, 1});
    FAIL();
  } catch (const onnx::UnsupportedError& error) {
    EXPECT_EQ(error.op(), "onnx.Frobnicate");
    EXPECT_PART(error.what(), "no such operator");
  }
  Builder strings(13);
  strings.model.mutable_graph()->add_initializer()->set_name("w");
  strings.model.mutable_graph()->mutable_initializer(0)->set_data_type(text);
  EXPECT_THROW(strings.build(), onnx::UnsupportedError);
  Builder outside(13);
  outside.floats("w", {}, {1});
  outside.model.mutable_graph()->mutable_initializer(0)->set_data_location(pb::Tensor::EXTERNAL);
  EXPECT_THROW(outside.build(), onnx::UnsupportedError);
}

TEST(Onnx, InputsAreChecked) {
  const onnx::Model model = single(13, "Neg").build();
  EXPECT_THROW(model({}), ValueError);
  const Tensor whole = Tensor::arange(2);
  EXPECT_THROW(model({&whole, 1}), DtypeError);
  Builder wrong = single(13, "Elu");
  set(only(wrong), "alpha", "much");
  const Tensor x{1, 2};
  EXPECT_THROW(wrong.build()({&x, 1}), DataError);
}

// Cases.

std::string file_of(const std::vector<float>& values) {
  pb::Tensor t;
  t.set_data_type(f32);
  t.add_dims(static_cast<std::int64_t>(values.size()));
  for (const float value : values) t.add_float_data(value);
  return t.SerializeAsString();
}
onnx::Outcome outcome(const std::string& op, const std::vector<float>& in, const std::vector<float>& out) {
  return onnx::conform({"case", single(13, op).bytes(), {{{file_of(in)}, {file_of(out)}}}});
}

TEST(OnnxConform, Verdicts) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(outcome("Neg", {1, nan, infinity}, {-1, nan, -infinity}).verdict, onnx::Outcome::passed);
  EXPECT_EQ(outcome("Neg", {1}, {-1.0009F}).verdict, onnx::Outcome::passed);
  const onnx::Outcome far = outcome("Neg", {1, 1}, {-1, -1.002F});
  EXPECT_EQ(far.verdict, onnx::Outcome::failed);
  EXPECT_EQ(far.reason, "output 'y' is -1 at 1, not -1.002");
  EXPECT_EQ(outcome("Neg", {infinity}, {infinity}).verdict, onnx::Outcome::failed);
  EXPECT_EQ(outcome("Neg", {1}, {nan}).verdict, onnx::Outcome::failed);
  EXPECT_EQ(outcome("Neg", {nan}, {1}).verdict, onnx::Outcome::failed);
  EXPECT_EQ(outcome("Neg", {1, 2}, {-1}).reason, "output 'y' has the shape [2], not [1]");
  EXPECT_EQ(outcome("Shape", {1, 2}, {2}).reason, "output 'y' is int64, not float");
  const onnx::Outcome loop = outcome("Loop", {1}, {1});
  EXPECT_EQ(loop.verdict, onnx::Outcome::unsupported);
  EXPECT_EQ(loop.reason, "control flow");
  EXPECT_EQ(outcome("MatMul", {1}, {1}).verdict, onnx::Outcome::failed);  // an operator that is there, wrongly used
  EXPECT_THROW(onnx::conform({"case", "no model", {}}), DataError);
  EXPECT_THROW(onnx::conform({"case", single(13, "Neg").bytes(), {{{"no tensor"}, {file_of({1})}}}}), DataError);
  EXPECT_THROW(onnx::conform({"case", single(13, "Neg").bytes(), {{{}, {file_of({1})}}}}), DataError);
}

}  // namespace
}  // namespace gradus
#endif
