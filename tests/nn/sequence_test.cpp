// Layers over sequences: embeddings, recurrent layers, attention, transformer blocks; and residual blocks.
#include <cmath>

#include "nn/check.hpp"

namespace gradus::nn {
namespace {

TEST(Embedding, takes_rows) {
  Embedding layer(3, 2);
  layer.weight = Tensor{{0, 1}, {10, 11}, {20, 21}};
  const Tensor index = Tensor::from(std::vector<std::int64_t>{2, 0, 0, 1}, {2, 2}), y = layer(index);
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  expect_near(y, {20, 21, 0, 1, 0, 1, 10, 11}, 0);
  const Embedding wide(65, 100, {.dtype = Dtype::f64});
  expect_gradients(Embedding(3, 2, {.dtype = Dtype::f64}), index);
  expect_layer_rules(wide, index);
  EXPECT_EQ(parameter_names(wide), (std::vector<std::string>{"weight"}));
  double square = 0;
  for (const double v : wide.weight.value().to_vector()) square += v * v / 6500;
  EXPECT_NEAR(square, 1, 0.1);  // normal, as PyTorch's
  struct Net {
    Embedding token{3, 2};
  } net;
  parameters(net);
  EXPECT_EQ(message<DtypeError>([&] { net.token(Tensor{1, 2}); }), "[embedding] takes integers, and the input is f32 [2]  in net.token");
  EXPECT_NE(message<ValueError>([&] { net.token(Tensor::from(std::vector<std::int64_t>{3}, {1})); }).find("  in net.token"), std::string::npos);
  EXPECT_EQ(message<ShapeError>([] { Embedding(-1, 2); }), "[embedding] sizes cannot be negative: -1 -> 2");
}

TEST(Positions, adds_a_row_to_each_place) {
  Positions layer(3, 2);
  layer.weight = Tensor{{1, 2}, {3, 4}, {5, 6}};
  expect_near(layer(Tensor{{{10, 10}, {20, 20}}, {{0, 0}, {0, 0}}}), {11, 12, 23, 24, 1, 2, 3, 4}, 0);  // fewer places than rows
  manual_seed(1);
  const Positions other(3, 2, {.dtype = Dtype::f64});
  expect_gradients(other, Tensor::randn({2, 2, 2}, Dtype::f64));
  expect_gradients(other, Tensor::randn({2, 3, 2}, Dtype::f64));
  expect_layer_rules(other, Tensor::randn({1, 3, 2}, Dtype::f64));
  EXPECT_EQ(message<ShapeError>([&] { layer(Tensor::ones({1, 4, 2})); }), "[positions] the input is [1, 4, 2], but this layer takes [..., T, 2] with T up to 3");
}

TEST(Recurrent, lstm_is_its_cell_step_by_step) {
  manual_seed(2);
  const LSTM layer(3, 2, {.batch_first = true, .dtype = Dtype::f64});
  const Tensor x = Tensor::randn({4, 5, 3}, Dtype::f64);
  const RecurrentWeights w{layer.cells[0].w_ih, layer.cells[0].w_hh, layer.cells[0].b_ih, layer.cells[0].b_hh};
  Tensor h = Tensor::zeros({4, 2}, Dtype::f64), c = h;
  for (std::int64_t t = 0; t < 5; ++t) {
    const Tensor both = lstm_cell(squeeze(slice(x, 1, {t, t + 1}), 1), h, c, w);
    h = slice(both, -1, {0, 2});
    c = slice(both, -1, {2, 4});
    expect_near(squeeze(slice(layer(x), 1, {t, t + 1}), 1), h.to_vector(), 1e-12);
  }
  const RecurrentResult result = layer.run(x);
  expect_near(result.h, h.to_vector(), 1e-12);
  expect_near(result.c, c.to_vector(), 1e-12);
  // Going on from a state is the same as having read everything at once.
  const RecurrentResult first = layer.run(slice(x, 1, {0, 3}));
  expect_near(layer.run(slice(x, 1, {3, 5}), {.h = first.h, .c = first.c}).h, h.to_vector(), 1e-12);
}

TEST(Recurrent, options) {
  manual_seed(3);
  const GRU gru(3, 2, {.layers = 2, .bidirectional = true});
  EXPECT_EQ(parameter_names(gru),
            (std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse",
                                      "bias_hh_l0_reverse", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1", "weight_ih_l1_reverse", "weight_hh_l1_reverse",
                                      "bias_ih_l1_reverse", "bias_hh_l1_reverse"}));  // PyTorch's names
  EXPECT_EQ(gru.cells[2].w_ih.value().shape(), (Shape{6, 4}));
  EXPECT_EQ(gru(Tensor::ones({7, 5, 3})).shape(), (Shape{7, 5, 4}));  // [T, N, C] unless batch_first
  EXPECT_EQ(gru.run(Tensor::ones({7, 5, 3})).h.shape(), (Shape{4, 5, 2}));
  EXPECT_EQ(gru.text(), "gru 3 -> 2, 2 layers, both directions");
  EXPECT_EQ(LSTM(64, 256).text(), "lstm 64 -> 256");
  EXPECT_EQ(count_parameters(LSTM(64, 256)), 4 * 256 * (64 + 256 + 2));
  EXPECT_EQ(count_parameters(GRU(4, 5, {.bias = false})), 3 * 5 * (4 + 5));
  const LSTM start(4, 16);
  for (const double v : start.cells[0].b_hh.value().to_vector()) EXPECT_LE(std::abs(v), 0.25);
  // Dropout stands between the layers, in training alone.
  const LSTM dropping(3, 4, {.layers = 2, .batch_first = true, .dropout = 0.5});
  const Tensor x = Tensor::randn({2, 6, 3});
  const std::vector<double> without = dropping(x).to_vector();
  EXPECT_EQ(dropping(x).to_vector(), without);
  const Mode training(true);
  const RecurrentResult with = dropping.run(x), blind = LSTM(3, 4, {.layers = 2, .batch_first = true, .dropout = 1}).run(x);
  EXPECT_NE(sum(abs(blind.output)).item(), 0);  // what the last layer gives is not dropped
  EXPECT_EQ(blind.output[0].to_vector(), blind.output[1].to_vector());  // and it has seen nothing
  EXPECT_NE(with.output.to_vector(), without);
  EXPECT_EQ(with.h.shape(), (Shape{2, 2, 4}));
  EXPECT_EQ(with.c.shape(), (Shape{2, 2, 4}));
}

TEST(Recurrent, keeps_the_rules_of_layers) {
  manual_seed(4);
  const Tensor x = Tensor::randn({2, 3, 2}, Dtype::f64);
  const LSTM lstm(2, 2, {.layers = 2, .batch_first = true, .dropout = 0.5, .dtype = Dtype::f64});
  const GRU gru(2, 3, {.bidirectional = true, .dtype = Dtype::f64});
  expect_gradients(lstm, x);
  expect_gradients(gru, x);
  expect_layer_rules(lstm, x);
  expect_layer_rules(gru, x);
  struct Net {
    LSTM lstm{3, 4, {.batch_first = true}};
    GRU gru{3, 4};
  } net;
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net.lstm(Tensor::ones({2, 5, 4})); }), "[lstm] the input is [2, 5, 4], but this layer takes [N, T, 3]  in net.lstm");
  EXPECT_EQ(message<ShapeError>([&] { net.gru(Tensor::ones({3})); }), "[gru] the input is [3], but this layer takes [T, N, 3]  in net.gru");
  EXPECT_EQ(message<ValueError>([] { LSTM(2, 2, {.layers = 0}); }), "[lstm] 0 layers: at least one is needed");
  EXPECT_EQ(message<ShapeError>([] { GRU(2, 0); }), "[gru] sizes of 2 -> 0 are not possible");
}

TEST(Attention, is_softmax_of_scores_over_what_came_before) {
  manual_seed(5);
  const CausalSelfAttention layer(4, 2, {.dtype = Dtype::f64});
  const Tensor x = Tensor::randn({2, 3, 4}, Dtype::f64), all = layer.qkv(x);  // [2, 3, 12]
  Tensors heads;
  for (std::int64_t head = 0; head < 2; ++head) {
    const auto part = [&](std::int64_t which) { return slice(all, 2, {which * 4 + head * 2, which * 4 + head * 2 + 2}); };
    const Tensor scores = matmul(part(0), T(part(1))) / std::sqrt(2.0), seen = tril(Tensor::ones({3, 3}, Dtype::f64));
    heads.push_back(matmul(softmax(where(seen > 0, scores, -1e30), -1), part(2)));
  }
  const Tensor wanted = layer.proj(concat(heads, -1));
  expect_near(layer(x), wanted.to_vector(), 1e-12);
  expect_near(layer(x[0]), wanted[0].to_vector(), 1e-12);  // one sequence
  Tensor later = contiguous(x + Tensor{{{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}}});  // what comes later changes nothing before it
  expect_near(slice(layer(later), 1, {0, 2}), slice(layer(x), 1, {0, 2}).to_vector(), 1e-12);
  EXPECT_EQ(layer.text(), "causal_self_attention 4, 2 heads");
  EXPECT_EQ(parameter_names(layer), (std::vector<std::string>{"qkv.weight", "qkv.bias", "proj.weight", "proj.bias"}));
}

TEST(Attention, keeps_the_rules_of_layers) {
  manual_seed(6);
  const Tensor x = Tensor::randn({2, 3, 4}, Dtype::f64);
  const CausalSelfAttention layer(4, 2, {.dtype = Dtype::f64}), dropping(4, 2, {.dropout = 0.3, .bias = false, .dtype = Dtype::f64});
  expect_gradients(layer, x);
  expect_gradients(dropping, x);
  expect_layer_rules(layer, x);
  EXPECT_EQ(dropping(x).to_vector(), dropping(x).to_vector());
  {
    const Mode training(true);
    EXPECT_NE(dropping(x).to_vector(), dropping(x).to_vector());
  }
  struct Net {
    CausalSelfAttention look{4, 2};
  } net;
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net.look(Tensor::ones({2, 3, 5})); }), "[causal_self_attention] the input is [2, 3, 5], but this layer takes [N, T, 4]  in net.look");
  EXPECT_EQ(message<ShapeError>([] { CausalSelfAttention(4, 3); }), "[causal_self_attention] a width of 4 does not divide into 3 heads");
}

TEST(Transformer, adds_attention_and_then_an_mlp) {
  manual_seed(7);
  TransformerBlock block(4, 2, {.mlp = 2, .dtype = Dtype::f64});
  block.norm1.weight = Tensor::randn({4}, Dtype::f64);
  block.norm2.bias = Tensor::randn({4}, Dtype::f64);
  const Tensor x = Tensor::randn({2, 3, 4}, Dtype::f64);
  const Tensor middle = x + block.attention(block.norm1(x)), wanted = middle + block.down(gelu(block.up(block.norm2(middle))));
  expect_near(block(x), wanted.to_vector(), 1e-12);
  EXPECT_EQ(block.up.weight.value().shape(), (Shape{8, 4}));
  EXPECT_EQ(block.text(), "transformer 4, 2 heads");
  EXPECT_EQ(parameter_names(TransformerBlock(4, 1, {.bias = false})),
            (std::vector<std::string>{"norm1.weight", "attention.qkv.weight", "attention.proj.weight", "norm2.weight", "up.weight", "down.weight"}));
  EXPECT_EQ(count_parameters(TransformerBlock(128, 4)), 128 * 384 + 384 + 128 * 128 + 128 + 2 * (128 * 512) + 512 + 128 + 4 * 128);
  const TransformerBlock started(4, 2, {.init = init::by_name("constant 2"), .bias_init = init::zeros, .proj_init = init::by_name("constant 3")});
  EXPECT_EQ(started.attention.qkv.weight.value()[0][0].item(), 2);
  EXPECT_EQ(started.attention.proj.weight.value()[0][0].item(), 3);
  EXPECT_EQ(started.up.weight.value()[0][0].item(), 2);
  EXPECT_EQ(started.down.weight.value()[0][0].item(), 3);
  EXPECT_EQ(started.attention.qkv.bias.value()[0].item(), 0);
}

TEST(Transformer, keeps_the_rules_of_layers) {
  manual_seed(8);
  const Tensor x = Tensor::randn({1, 3, 4}, Dtype::f64);
  const TransformerBlock block(4, 2, {.mlp = 1.5, .dropout = 0.2, .dtype = Dtype::f64});
  expect_gradients(block, x);
  expect_layer_rules(block, x);
  struct Net {
    std::vector<TransformerBlock> blocks{TransformerBlock(4, 2), TransformerBlock(4, 2)};
  } net;
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net.blocks[1](Tensor::ones({2, 3, 5})); }), "[layer_norm] the input is [2, 3, 5], but this layer takes [..., 4]  in net.blocks.1.norm1");
  EXPECT_EQ(message<ShapeError>([&] { net.blocks[1].attention(Tensor::ones({2, 3, 5})); }),
            "[causal_self_attention] the input is [2, 3, 5], but this layer takes [N, T, 4]  in net.blocks.1.attention");
  EXPECT_EQ(message<ShapeError>([] { TransformerBlock(4, 0); }), "[transformer] a width of 4 does not divide into 0 heads");
}

TEST(Residual, adds_what_the_body_gives_to_x_or_its_shortcut) {
  manual_seed(9);
  const Linear inner(2, 2), wide(2, 3), around(2, 3);
  const Tensor x{{1, 2}, {3, 4}};
  const Residual plain{.body = {inner, Relu{}}};
  EXPECT_EQ(plain(x).to_vector(), (x + relu(inner(x))).to_vector());
  const Residual with{.body = {wide}, .shortcut = {around}};
  EXPECT_EQ(with(x).to_vector(), (wide(x) + around(x)).to_vector());
  EXPECT_EQ(parameter_names(with), (std::vector<std::string>{"body.0.weight", "body.0.bias", "shortcut.0.weight", "shortcut.0.bias"}));
  EXPECT_EQ(with.text(), "residual of 1, with a shortcut");
  expect_gradients(Residual{.body = {Linear(2, 2, {.dtype = Dtype::f64}), Tanh{}}}, Tensor::randn({3, 2}, Dtype::f64));
  expect_layer_rules(with, x);
  EXPECT_EQ(message<ShapeError>([&] { Residual{.body = {wide}}(x); }),
            "[residual] the body gives [2, 3], and x is [2, 2]. Hint: a shortcut with that shape, such as a 1x1 convolution");
  const auto column = [](const Tensor& t) { return sum(t, Axes{1}, true); };  // [2, 1] would broadcast
  EXPECT_EQ(message<ShapeError>([&] { Residual{.body = {column}}(x); }),
            "[residual] the body gives [2, 1], and x is [2, 2]. Hint: a shortcut with that shape, such as a 1x1 convolution");
}

}  // namespace
}  // namespace gradus::nn
