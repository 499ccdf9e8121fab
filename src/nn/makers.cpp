// The layers that have sizes, from their options and the shape before them.
#include <fmt/format.h>

#include <gradus/base/text.hpp>
#include <gradus/nn.hpp>

#include "nn/build.hpp"

namespace gradus::nn {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 31;  // numbers in a parameter

// The options of one layer, read with what errors need to say.
struct Words {
  const char* type;
  const Options& options;

  const std::string* find(const char* key) const {
    const auto found = options.find(key);
    return found == options.end() ? nullptr : &found->second;
  }
  [[noreturn]] void needs(const char* what, const char* example) const {
    fail<UsageError>(type, std::string("needs ") + what, std::string("such as \"") + example + "\"");
  }
  std::int64_t whole(const char* key, std::int64_t standard, std::int64_t least = 1, std::int64_t largest = most) const {
    const std::string* text = find(key);
    if (!text) return standard;
    const std::int64_t value = to_integer(type, key, *text);
    if (value < least || value > largest) fail<UsageError>(type, fmt::format("{} = {} is not possible: it must be from {} to {}", key, quoted(*text), least, largest));
    return value;
  }
  std::int64_t size(const char* key, const char* what, const char* example) const {
    if (!find(key)) needs(what, example);
    return whole(key, 0);
  }
  double number(const char* key, double standard, double least, double largest) const {
    const std::string* text = find(key);
    if (!text) return standard;
    const double value = to_number(type, key, *text);
    if (!(value >= least && value <= largest)) fail<UsageError>(type, fmt::format("{} = {} is not possible: it must be from {} to {}", key, quoted(*text), least, largest));
    return value;
  }
  bool flag(const char* key, bool standard) const {
    const std::string* text = find(key);
    return text ? to_bool(type, key, *text) : standard;
  }
  // "3", or "3x5": height and width.
  Pair pair(const char* key, Pair standard, std::int64_t least) const {
    const std::string* text = find(key);
    if (!text) return standard;
    const std::size_t x = text->find('x');
    const Pair value = x == std::string::npos ? Pair(to_integer(type, key, *text)) : Pair(to_integer(type, key, text->substr(0, x)), to_integer(type, key, text->substr(x + 1)));
    if (value.height < least || value.width < least || value.height > 1 << 16 || value.width > 1 << 16) {
      fail<UsageError>(type, fmt::format("{} = {} is not possible: it must be {} or more", key, quoted(*text), least));
    }
    return value;
  }
  Pair kernel(const char* example) const {
    if (!find("kernel")) needs("the size of its windows", example);
    return pair("kernel", 1, 1);
  }
  Initializer start(const char* key) const {
    const std::string* text = find(key);
    return text ? init::by_name(*text) : Initializer();
  }
  void check_weight(const Shape& shape) const {
    double count = 1;
    for (const std::int64_t n : shape) count *= static_cast<double>(n);
    if (count > static_cast<double>(most)) fail<UsageError>(type, "a weight of " + to_string(shape) + " would hold more than 2^31 numbers", "a smaller layer");
  }
  [[noreturn]] void refuse(const Before& before, const char* what, const std::string& hint) const {
    fail<UsageError>(type, fmt::format("takes {}; here a sample is {}", what, to_string(before.sample)), hint);
  }
  void check_numbers(const Before& before) const {
    if (!is_float(before.dtype)) fail<UsageError>(type, fmt::format("takes numbers; here a sample is {} symbols", to_string(before.sample)), "put \"embedding 64\" before it");
  }
  // The width of a sequence [T, C].
  std::int64_t width(const Before& before) const {
    check_numbers(before);
    if (before.sample.size() != 2) refuse(before, "sequences [places, numbers]", "\"embedding 64\" makes them of text");
    return before.sample[1];
  }
  const Shape& picture(const Before& before) const {
    check_numbers(before);
    if (before.sample.size() != 3) refuse(before, "pictures [channels, height, width]", "");
    return before.sample;
  }
};

AnyModule make_linear(const Before& before, const Options& options) {
  const Words words{"linear", options};
  words.check_numbers(before);
  if (before.sample.size() != 1 && !before.sequence) words.refuse(before, "samples with one axis", "put \"flatten\" before it");
  const std::string* out = words.find("out");
  if (!out) words.needs("the size of its output", "linear 10");
  const bool symbols = *out == "symbols" && before.symbols > 0;  // one output for each symbol of a text
  const std::int64_t size = symbols ? before.symbols : to_integer("linear", "out", *out), in = before.sample.back();
  if (size < 1 || size > most) fail<UsageError>("linear", "an output size of " + quoted(*out) + " is not possible");
  words.check_weight({size, in});
  return Linear(in, size, {.bias = words.flag("bias", true), .init = words.start("init"), .bias_init = words.start("bias_init")});
}

AnyModule make_conv(const Before& before, const Options& options) {
  const Words words{"conv", options};
  const std::int64_t in = words.picture(before)[0], out = words.size("out", "the number of its output channels", "conv 32 3");
  const Pair kernel = words.kernel("conv 32 3");
  const std::int64_t groups = words.whole("groups", 1);
  words.check_weight({out, in / groups, kernel.height, kernel.width});
  return Conv2d(in, out, kernel,
                {.stride = words.pair("stride", 1, 1), .padding = words.pair("padding", 0, 0), .dilation = words.pair("dilation", 1, 1), .groups = groups,
                 .bias = words.flag("bias", true), .init = words.start("init"), .bias_init = words.start("bias_init")});
}

AnyModule make_max_pool(const Before& before, const Options& options) {
  const Words words{"max_pool", options};
  words.picture(before);
  return MaxPool2d(words.kernel("max_pool 2"), {.stride = words.pair("stride", 0, 1), .padding = words.pair("padding", 0, 0)});
}
AnyModule make_avg_pool(const Before& before, const Options& options) {
  const Words words{"avg_pool", options};
  words.picture(before);
  return AvgPool2d(words.kernel("avg_pool 2"), {.stride = words.pair("stride", 0, 1), .padding = words.pair("padding", 0, 0)});
}
AnyModule make_global_avg_pool(const Before& before, const Options& options) {
  Words{"global_avg_pool", options}.picture(before);
  return GlobalAvgPool{};
}

AnyModule make_batch_norm(const Before& before, const Options& options) {
  const Words words{"batch_norm", options};
  words.check_numbers(before);
  if (before.sample.empty() || before.sequence) words.refuse(before, "samples [channels, ...]", before.sequence ? "\"layer_norm\" is for sequences" : "");
  return BatchNorm(before.sample[0], {.eps = words.number("eps", 1e-5, 0, 1), .momentum = words.number("momentum", 0.1, 0, 1)});
}
AnyModule make_layer_norm(const Before& before, const Options& options) {
  const Words words{"layer_norm", options};
  words.check_numbers(before);
  if (before.sample.empty()) words.refuse(before, "samples with an axis", "");
  return LayerNorm(before.sample.back(), {.eps = words.number("eps", 1e-5, 0, 1), .bias = words.flag("bias", true)});
}
AnyModule make_dropout(const Before& before, const Options& options) {
  const Words words{"dropout", options};
  words.check_numbers(before);
  return Dropout(words.number("p", 0.5, 0, 1));
}

AnyModule make_embedding(const Before& before, const Options& options) {
  const Words words{"embedding", options};
  if (is_float(before.dtype)) words.refuse(before, "symbols", "numbers need no embedding");
  const std::int64_t width = words.size("width", "the width of its vectors", "embedding 64"), count = words.whole("count", before.symbols);
  if (count < before.symbols) fail<UsageError>("embedding", fmt::format("count = {} is too small: the data have {} symbols", count, before.symbols));
  words.check_weight({count, width});
  return Embedding(count, width, {.init = words.start("init")});
}
AnyModule make_positions(const Before& before, const Options& options) {
  const Words words{"positions", options};
  const std::int64_t width = words.width(before), places = before.sample[0], length = words.whole("length", places);
  if (length < places) fail<UsageError>("positions", fmt::format("length = {} is too small: samples have {} places", length, places));
  words.check_weight({length, width});
  return Positions(length, width, {.init = words.start("init")});
}

template <class Layer, int gates>
AnyModule make_recurrent(const char* type, const char* example, const Before& before, const Options& options) {
  const Words words{type, options};
  const std::int64_t in = words.width(before), hidden = words.size("hidden", "the size of its state", example);
  words.check_weight({gates * hidden, std::max(in, hidden)});
  return Layer(in, hidden,
               {.layers = words.whole("layers", 1, 1, 1000), .bias = words.flag("bias", true), .batch_first = true, .bidirectional = words.flag("bidirectional", false),
                .dropout = words.number("dropout", 0, 0, 1), .init = words.start("init")});
}

AnyModule make_attention(const Before& before, const Options& options) {
  const Words words{"attention", options};
  const std::int64_t width = words.width(before);
  words.check_weight({3 * width, width});
  return CausalSelfAttention(width, words.size("heads", "the number of its heads", "attention heads=4"),
                             {.dropout = words.number("dropout", 0, 0, 1), .bias = words.flag("bias", true), .init = words.start("init"), .bias_init = words.start("bias_init")});
}
AnyModule make_transformer(const Before& before, const Options& options) {
  const Words words{"transformer", options};
  const std::int64_t width = words.width(before);
  const double mlp = words.number("mlp", 4, 0.01, 1000);
  words.check_weight({static_cast<std::int64_t>(std::max(3.0, mlp) * static_cast<double>(width)), width});
  return TransformerBlock(width, words.size("heads", "the number of its heads", "transformer heads=4"),
                          {.mlp = mlp, .dropout = words.number("dropout", 0, 0, 1), .bias = words.flag("bias", true), .init = words.start("init"),
                           .bias_init = words.start("bias_init"), .proj_init = words.start("proj_init")});
}

// "conv 64 3 padding=1, batch_norm, relu"
std::vector<LayerSpec> layers_of(const std::string& list) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    lines.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return parse_layers(lines);
}

AnyModule make_residual(const Before& before, const Options& options) {
  const Words words{"residual", options};
  const std::string* body = words.find("body");
  if (!body) words.needs("the layers whose result is added to x", "residual 'linear 64, relu'");
  Residual residual;
  Before inner = before, around = before;
  build_onto(residual.body, layers_of(*body), inner);
  if (const std::string* shortcut = words.find("shortcut")) build_onto(residual.shortcut, layers_of(*shortcut), around);
  return residual;
}

}  // namespace

std::vector<LayerType> layers_with_numbers() {
  return {
      {"linear", {"out", "bias", "init", "bias_init"}, make_linear},
      {"conv", {"out", "kernel", "stride", "padding", "dilation", "groups", "bias", "init", "bias_init"}, make_conv},
      {"max_pool", {"kernel", "stride", "padding"}, make_max_pool},
      {"avg_pool", {"kernel", "stride", "padding"}, make_avg_pool},
      {"global_avg_pool", {}, make_global_avg_pool},
      {"batch_norm", {"momentum", "eps"}, make_batch_norm},
      {"layer_norm", {"eps", "bias"}, make_layer_norm},
      {"dropout", {"p"}, make_dropout},
      {"embedding", {"width", "count", "init"}, make_embedding},
      {"positions", {"length", "init"}, make_positions},
      {"lstm", {"hidden", "layers", "dropout", "bidirectional", "bias", "init"}, [](const Before& b, const Options& o) { return make_recurrent<LSTM, 4>("lstm", "lstm 256", b, o); }},
      {"gru", {"hidden", "layers", "dropout", "bidirectional", "bias", "init"}, [](const Before& b, const Options& o) { return make_recurrent<GRU, 3>("gru", "gru 256", b, o); }},
      {"attention", {"heads", "dropout", "bias", "init", "bias_init"}, make_attention},
      {"transformer", {"heads", "mlp", "dropout", "bias", "init", "bias_init", "proj_init"}, make_transformer},
      {"residual", {"body", "shortcut"}, make_residual},
  };
}

}  // namespace gradus::nn
