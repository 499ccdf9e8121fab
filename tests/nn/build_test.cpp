// Networks from text.
#include <map>

#include <gradus/nn.hpp>

#include "nn/near.hpp"

namespace gradus::nn {
namespace {

std::vector<std::string> names_of(Sequential& net) {
  std::vector<std::string> names;
  walk(net, [&](const std::string& path, Param&) { names.push_back(path); });
  return names;
}

TEST(Build, from_text) {
  manual_seed(4);
  Sequential built = build(parse_layers({"flatten", "linear 5", "relu", "linear out=2 bias=false init=he_normal"}), {2, 3});
  EXPECT_EQ(names_of(built), (std::vector<std::string>{"1.weight", "1.bias", "3.weight"}));
  manual_seed(4);
  Sequential same{Flatten{}, Linear{6, 5}, Relu{}, Linear{5, 2, {.bias = false, .init = init::he_normal}}};
  const Tensor x = Tensor::ones({3, 2, 3});
  EXPECT_EQ(built(x).to_vector(), same(x).to_vector());
  const Sequential quoted = build(parse_layers({"linear 2 init='constant 0.5' bias_init=zeros"}), {2});
  expect_near(quoted(Tensor{{1, 2}}), {1.5, 1.5}, 0);
}

TEST(Build, every_type_is_a_module) {
  // What a layer of sizes needs, and the shape of a sample that comes out as it went in.
  const std::map<std::string, std::pair<std::string, Shape>> sized{
      {"linear", {"linear 3", {3}}}, {"conv", {"conv 3 1", {3, 2, 2}}}, {"max_pool", {"max_pool 1", {3, 2, 2}}}, {"avg_pool", {"avg_pool 1", {3, 2, 2}}},
      {"global_avg_pool", {"global_avg_pool", {3, 1, 1}}}, {"positions", {"positions", {2, 3}}}, {"lstm", {"lstm 3", {2, 3}}}, {"gru", {"gru 3", {2, 3}}},
      {"attention", {"attention heads=3", {2, 3}}}, {"transformer", {"transformer heads=1", {2, 3}}}, {"residual", {"residual 'linear 3, tanh'", {3}}}};
  for (const std::string& type : layer_types()) {
    if (type == "embedding") continue;  // integers in, numbers out: below
    const auto found = sized.find(type);
    const Shape sample = found == sized.end() ? Shape{3} : found->second.second;
    const Sequential net = build(parse_layers({found == sized.end() ? type : found->second.first}), sample);
    Shape batch = sample;
    batch.insert(0, 2);
    EXPECT_EQ(net(Tensor::full(batch, 0.5)).shape(), batch) << type;
  }
  const Tensor x{{0.3, 0.6, 0.9}};
  EXPECT_EQ(build(parse_layers({"sigmoid"}), {3})(x).to_vector(), sigmoid(x).to_vector());
  EXPECT_EQ(build(parse_layers({"log_softmax"}), {3})(x).to_vector(), log_softmax(x).to_vector());
}

TEST(Build, errors_say_what_and_how_to_mend_it) {
  const auto fault = [](std::vector<std::string> lines, Shape input) { return message<UsageError>([&] { build(parse_layers(lines), input); }); };
  EXPECT_EQ(fault({"linaer 3"}, {2}), "[layers] there is no layer 'linaer'. Hint: did you mean 'linear'?");
  EXPECT_EQ(fault({"linear"}, {2}), "[linear] needs the size of its output. Hint: such as \"linear 10\"");
  EXPECT_EQ(fault({"linear ten"}, {2}), "[linear] out is 'ten'; it must be a whole number");
  EXPECT_EQ(fault({"linear 2147483648"}, {2}), "[linear] a weight of [2147483648, 2] would hold more than 2^31 numbers. Hint: a smaller layer");
  EXPECT_EQ(fault({"linear 0"}, {2}), "[linear] an output size of '0' is not possible");
  EXPECT_EQ(fault({"linear 3 bais=false"}, {2}), "[linear] there is no option 'bais'. Hint: did you mean 'bias'?");
  EXPECT_EQ(fault({"linear 3 bias=no"}, {2}), "[linear] bias is 'no'; it must be true or false");
  EXPECT_EQ(fault({"linear 3 out=4"}, {2}), "[linear] out is given twice in 'linear 3 out=4'");
  EXPECT_EQ(fault({"relu 3"}, {2}), "[relu] does not take '3' in 'relu 3'");
  EXPECT_EQ(fault({"linear 3"}, {2, 2}), "[linear] takes samples with one axis; here a sample is [2, 2]. Hint: put \"flatten\" before it");
  EXPECT_EQ(fault({"  "}, {2}), "[layers] a layer is empty. Hint: such as [\"linear 64\", \"relu\", \"linear 10\"]");
  EXPECT_EQ(fault({"linear 3 init='x"}, {2}), "[layers] a quote is not closed in 'linear 3 init='x'");
}

TEST(Build, summary) {
  const Sequential net = build(parse_layers({"flatten", "linear 1000", "relu", "linear 10"}), {28, 28});
  EXPECT_EQ(summary(net, {28, 28}),
            "   layer               output    parameters\n"
            "   input               [28, 28]            \n"
            "0  flatten             [784]               \n"
            "1  linear 784 -> 1000  [1000]       785,000\n"
            "2  relu                [1000]              \n"
            "3  linear 1000 -> 10   [10]          10,010\n"
            "   total                            795,010\n");
}


TEST(Build, pictures) {
  manual_seed(5);
  Sequential net = build(parse_layers({"conv 8 3 padding=1 bias=false", "batch_norm", "relu", "max_pool 2", "conv 4 kernel=3x1 stride=2 groups=4", "avg_pool 2x1 stride=1", "flatten", "dropout 0.5", "linear 10"}), {1, 12, 10});
  EXPECT_EQ(summary(net, {1, 12, 10}),
            "   layer                                     output       parameters\n"
            "   input                                     [1, 12, 10]            \n"
            "0  conv2d 1 -> 8, 3x3, padding 1x1           [8, 12, 10]          72\n"
            "1  batch_norm 8                              [8, 12, 10]          16\n"
            "2  relu                                      [8, 12, 10]            \n"
            "3  max_pool2d 2x2                            [8, 6, 5]              \n"
            "4  conv2d 8 -> 4, 3x1, stride 2x2, 4 groups  [4, 2, 3]            28\n"
            "5  avg_pool2d 2x1, stride 1x1                [4, 1, 3]              \n"
            "6  flatten                                   [12]                   \n"
            "7  dropout 0.5                               [12]                   \n"
            "8  linear 12 -> 10                           [10]                130\n"
            "   total                                                         246\n");
  EXPECT_EQ(net(Tensor::ones({2, 1, 12, 10})).shape(), (Shape{2, 10}));
  const Sequential block = build(parse_layers({"residual 'conv 6 3 padding=1 stride=2, batch_norm, relu' shortcut='conv 6 1 stride=2'", "global_avg_pool", "flatten"}), {3, 8, 8});
  EXPECT_EQ(block(Tensor::ones({2, 3, 8, 8})).shape(), (Shape{2, 6}));
}

TEST(Build, sequences) {
  manual_seed(6);
  const BuildOptions text{.dtype = Dtype::i64, .symbols = 65, .init = "normal 0 0.02", .bias_init = "zeros"};
  const auto layers = parse_layers({"embedding 8", "positions", "transformer heads=2", "layer_norm", "lstm 6 layers=2", "gru 5", "linear symbols"});
  const Sequential net = build(layers, {16}, text);
  EXPECT_EQ(net(Tensor::zeros({3, 16}, Dtype::i64)).shape(), (Shape{3, 16, 65}));
  EXPECT_EQ(net(Tensor::zeros({3, 7}, Dtype::i64)).shape(), (Shape{3, 7, 65}));  // shorter ones too
  EXPECT_EQ(summary(net, {16}, Dtype::i64).substr(0, 56), "   layer                   output    parameters\n   input");
  for (const auto& [name, tensor] : tensors_of(net)) {
    if (name.find("norm") != std::string::npos || name.starts_with("3.")) continue;
    const bool bias = name.find("bias") != std::string::npos;
    if (bias && name.find("_l") == std::string::npos) {
      EXPECT_EQ(sum(abs(tensor)).item(), 0) << name;
    }
    if (!bias) {
      EXPECT_LT(max(abs(tensor)).item(), 0.12) << name;
    }
  }
  // Flattened places are one row of numbers again.
  const Sequential flat = build(parse_layers({"embedding 4 count=30", "flatten", "linear 3"}), {5}, {.dtype = Dtype::i64, .symbols = 27});
  EXPECT_EQ(flat(Tensor::zeros({2, 5}, Dtype::i64)).shape(), (Shape{2, 3}));
  EXPECT_EQ(flat[0].text(), "embedding 30 -> 4");
}

TEST(Build, errors_of_layers_with_sizes) {
  const auto fault = [](std::vector<std::string> lines, Shape input, const BuildOptions& options = {}) { return message<UsageError>([&] { build(parse_layers(lines), input, options); }); };
  const BuildOptions text{.dtype = Dtype::i64, .symbols = 27};
  EXPECT_EQ(fault({"conv 8"}, {1, 4, 4}), "[conv] needs the size of its windows. Hint: such as \"conv 32 3\"");
  EXPECT_EQ(fault({"conv"}, {1, 4, 4}), "[conv] needs the number of its output channels. Hint: such as \"conv 32 3\"");
  EXPECT_EQ(fault({"conv 8 3"}, {64}), "[conv] takes pictures [channels, height, width]; here a sample is [64]");
  EXPECT_EQ(fault({"conv 8 0"}, {1, 4, 4}), "[conv] kernel = '0' is not possible: it must be 1 or more");
  EXPECT_EQ(fault({"conv 8 3y3"}, {1, 4, 4}), "[conv] kernel is '3y3'; it must be a whole number");
  EXPECT_EQ(fault({"conv 8 3 groups=2"}, {1, 4, 4}), "[conv] 1 -> 8 channels do not divide into 2 groups");
  EXPECT_EQ(fault({"conv 8 3 kernle=3"}, {1, 4, 4}), "[conv] there is no option 'kernle'. Hint: did you mean 'kernel'?");
  EXPECT_EQ(fault({"conv 2000000000 30"}, {1, 4, 4}), "[conv] a weight of [2000000000, 1, 30, 30] would hold more than 2^31 numbers. Hint: a smaller layer");
  EXPECT_NE(fault({"conv 8 5"}, {1, 4, 4}).find("[conv] "), std::string::npos);
  EXPECT_NE(fault({"max_pool 5"}, {1, 4, 4}).find("[max_pool] "), std::string::npos);
  EXPECT_EQ(fault({"max_pool"}, {1, 4, 4}), "[max_pool] needs the size of its windows. Hint: such as \"max_pool 2\"");
  EXPECT_EQ(fault({"avg_pool 2 padding=2"}, {1, 4, 4}), "[avg_pool] a padding of 2x2 is more than half of the kernel 2x2. Hint: some windows would see nothing else");
  EXPECT_EQ(fault({"dropout 2"}, {4}), "[dropout] p = '2' is not possible: it must be from 0 to 1");
  EXPECT_EQ(fault({"embedding 4"}, {4}), "[embedding] takes symbols; here a sample is [4]. Hint: numbers need no embedding");
  EXPECT_EQ(fault({"embedding"}, {4}, text), "[embedding] needs the width of its vectors. Hint: such as \"embedding 64\"");
  EXPECT_EQ(fault({"embedding 4 count=9"}, {4}, text), "[embedding] count = 9 is too small: the data have 27 symbols");
  EXPECT_EQ(fault({"linear 4"}, {4}, text), "[linear] takes numbers; here a sample is [4] symbols. Hint: put \"embedding 64\" before it");
  EXPECT_EQ(fault({"linear symbols"}, {4}), "[linear] out is 'symbols'; it must be a whole number");
  EXPECT_EQ(fault({"embedding 4", "positions 3"}, {4}, text), "[positions] length = 3 is too small: samples have 4 places");
  EXPECT_EQ(fault({"embedding 4", "transformer"}, {4}, text), "[transformer] needs the number of its heads. Hint: such as \"transformer heads=4\"");
  EXPECT_EQ(fault({"embedding 4", "transformer 3"}, {4}, text), "[transformer] a width of 4 does not divide into 3 heads");
  EXPECT_EQ(fault({"lstm 4"}, {4}), "[lstm] takes sequences [places, numbers]; here a sample is [4]. Hint: \"embedding 64\" makes them of text");
  EXPECT_EQ(fault({"embedding 4", "batch_norm"}, {4}, text), "[batch_norm] takes samples [channels, ...]; here a sample is [4, 4]. Hint: \"layer_norm\" is for sequences");
  EXPECT_EQ(fault({"residual"}, {4}), "[residual] needs the layers whose result is added to x. Hint: such as \"residual 'linear 64, relu'\"");
  EXPECT_EQ(fault({"residual 'linear 3'"}, {4}), "[residual] the body gives [1, 3], and x is [1, 4]. Hint: a shortcut with that shape, such as a 1x1 convolution");
  EXPECT_EQ(fault({"residual 'linaer 4'"}, {4}), "[layers] there is no layer 'linaer'. Hint: did you mean 'linear'?");
}

}  // namespace
}  // namespace gradus::nn
