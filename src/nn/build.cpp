// Networks from a list of layers as text.
#include <fmt/format.h>

#include <gradus/base/text.hpp>
#include <gradus/nn/activation.hpp>
#include <gradus/nn/linear.hpp>
#include <gradus/nn/sequential.hpp>

namespace gradus::nn {
namespace {

using Maker = AnyModule (*)(const Shape& input, const Options& options);
struct Type {
  const char* name;
  std::vector<std::string> keys;  // options; words without a key are the first, the second, ...
  Maker make;
};

[[noreturn]] void needs(const char* type, const char* what, const char* example) {
  fail<UsageError>(type, std::string("needs ") + what, std::string("such as \"") + example + "\"");
}

AnyModule make_linear(const Shape& input, const Options& options) {
  if (input.size() != 1) {
    fail<UsageError>("linear", "takes samples with one axis; here a sample is " + to_string(input), "put \"flatten\" before it");
  }
  const auto out = options.find("out");
  if (out == options.end()) needs("linear", "the size of its output", "linear 10");
  const std::int64_t size = to_integer("linear", "out", out->second);
  if (size < 1 || size > std::int64_t{1} << 31) fail<UsageError>("linear", "an output size of " + quoted(out->second) + " is not possible");
  if (input[0] > (std::int64_t{1} << 31) / size) {
    fail<UsageError>("linear", "a weight of [" + std::to_string(size) + ", " + std::to_string(input[0]) + "] would hold more than 2^31 numbers", "a smaller layer");
  }
  LinearOptions chosen;
  if (const auto bias = options.find("bias"); bias != options.end()) chosen.bias = to_bool("linear", "bias", bias->second);
  if (const auto init = options.find("init"); init != options.end()) chosen.init = init::by_name(init->second);
  if (const auto init = options.find("bias_init"); init != options.end()) chosen.bias_init = init::by_name(init->second);
  return Linear(input[0], size, chosen);
}

template <class M>
AnyModule make_plain(const Shape&, const Options&) {
  return M{};
}

// An activation with one number, which has the name `key`.
template <class M>
AnyModule make_numbered(const char* type, const char* key, const Options& options) {
  M module;
  if (const auto number = options.find(key); number != options.end()) std::get<0>(reflect::tie_fields(module)) = to_number(type, key, number->second);
  return module;
}

const std::vector<Type>& types() {
  static const std::vector<Type> all = {
      {"linear", {"out", "bias", "init", "bias_init"}, make_linear},
      {"flatten", {}, make_plain<Flatten>},
      {"softmax", {}, make_plain<Softmax>},
      {"log_softmax", {}, make_plain<LogSoftmax>},
#define GRADUS_TYPE(S, function) {#function, {}, make_plain<S>},
      GRADUS_UNARY_OPS(GRADUS_TYPE)
#undef GRADUS_TYPE
#define GRADUS_TYPE(S, function, number, standard) \
  {#function, {#number}, [](const Shape&, const Options& options) { return make_numbered<S>(#function, #number, options); }},
      GRADUS_NUMBERED_ACTIVATIONS(GRADUS_TYPE)
#undef GRADUS_TYPE
  };
  return all;
}

const Type& type_of(const std::string& name) {
  for (const Type& type : types()) {
    if (type.name == name) return type;
  }
  fail_unknown("layers", "layer", name, layer_types());
}

// Words, and "init='normal 0 0.01'" as one: quotes keep blanks together.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool any = false;
  for (const char c : line) {
    if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? '\0' : c;
      any = true;
    } else if (!quote && (c == ' ' || c == '\t')) {
      if (any) words.push_back(std::move(word));
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (quote) fail<UsageError>("layers", "a quote is not closed in " + quoted(line));
  if (any) words.push_back(std::move(word));
  return words;
}

}  // namespace

std::vector<std::string> layer_types() {
  std::vector<std::string> out;
  for (const Type& type : types()) out.emplace_back(type.name);
  return out;
}

std::vector<LayerSpec> parse_layers(const std::vector<std::string>& lines) {
  std::vector<LayerSpec> layers;
  for (const std::string& line : lines) {
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) fail<UsageError>("layers", "a layer is empty", "such as [\"linear 64\", \"relu\", \"linear 10\"]");
    const Type& type = type_of(words[0]);
    LayerSpec layer{words[0], {}};
    std::size_t place = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      std::string key, value;
      if (equals != std::string::npos) {
        key = words[i].substr(0, equals);
        value = words[i].substr(equals + 1);
      } else if (place < type.keys.size()) {
        key = type.keys[place++];
        value = words[i];
      } else {
        fail<UsageError>(words[0], fmt::format("does not take {} in {}", quoted(words[i]), quoted(line)));
      }
      if (!layer.options.emplace(key, value).second) fail<UsageError>(words[0], key + " is given twice in " + quoted(line));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

Sequential build(const std::vector<LayerSpec>& layers, const Shape& input) {
  Sequential net;
  Shape batch = input;
  batch.insert(0, 1);
  Tensor x(Array::abstract({batch, Dtype::f32}));  // carries the shape from layer to layer without computing
  for (const LayerSpec& layer : layers) {
    const Type& type = type_of(layer.type);
    check_keys(layer.type, layer.options, type.keys);
    const Shape shape = x.shape();
    AnyModule module = type.make(Shape(shape.begin() + 1, shape.end()), layer.options);
    x = module(x);
    net.push_back(std::move(module));
  }
  return net;
}

}  // namespace gradus::nn
