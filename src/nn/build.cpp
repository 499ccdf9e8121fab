// Networks from a list of layers as text.
#include "nn/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <gradus/base/text.hpp>
#include <gradus/nn/activation.hpp>

namespace gradus::nn {
namespace {

template <class M>
AnyModule make_plain(const Before&, const Options&) {
  return M{};
}

// An activation with one number, which has the name `key`.
template <class M>
AnyModule make_numbered(const char* type, const char* key, const Options& options) {
  M module;
  if (const auto number = options.find(key); number != options.end()) std::get<0>(reflect::tie_fields(module)) = to_number(type, key, number->second);
  return module;
}

std::vector<LayerType> all_types() {
  std::vector<LayerType> all = layers_with_numbers();
  const std::vector<LayerType> others = {
      {"flatten", {}, make_plain<Flatten>},
      {"softmax", {}, make_plain<Softmax>},
      {"log_softmax", {}, make_plain<LogSoftmax>},
#define GRADUS_TYPE(S, function) {#function, {}, make_plain<S>},
      GRADUS_UNARY_OPS(GRADUS_TYPE)
#undef GRADUS_TYPE
#define GRADUS_TYPE(S, function, number, standard) \
  {#function, {#number}, [](const Before&, const Options& options) { return make_numbered<S>(#function, #number, options); }},
      GRADUS_NUMBERED_ACTIVATIONS(GRADUS_TYPE)
#undef GRADUS_TYPE
  };
  all.insert(all.end(), others.begin(), others.end());
  return all;
}
const std::vector<LayerType>& types() {
  static const std::vector<LayerType> all = all_types();
  return all;
}

const LayerType& type_of(const std::string& name) {
  for (const LayerType& type : types()) {
    if (type.name == name) return type;
  }
  fail_unknown("layers", "layer", name, layer_types());
}

// Words, and "init='normal 0 0.01'" as one: quotes keep blanks together, and an = within them is text.
struct Word {
  std::string text;
  std::size_t equals = std::string::npos;  // where the = stands that ends a key
};
std::vector<Word> words_of(const std::string& line) {
  std::vector<Word> words;
  Word word;
  char quote = 0;
  bool any = false;
  for (const char c : line) {
    if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? '\0' : c;
      any = true;
    } else if (!quote && (c == ' ' || c == '\t')) {
      if (any) words.push_back(std::move(word));
      word = {};
      any = false;
    } else {
      if (c == '=' && !quote && word.equals == std::string::npos) word.equals = word.text.size();
      word.text += c;
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
  for (const LayerType& type : types()) out.emplace_back(type.name);
  return out;
}

std::vector<LayerSpec> parse_layers(const std::vector<std::string>& lines) {
  std::vector<LayerSpec> layers;
  for (const std::string& line : lines) {
    const std::vector<Word> words = words_of(line);
    if (words.empty()) fail<UsageError>("layers", "a layer is empty", "such as [\"linear 64\", \"relu\", \"linear 10\"]");
    const LayerType& type = type_of(words[0].text);
    LayerSpec layer{words[0].text, {}};
    std::size_t place = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto& [word, equals] = words[i];
      std::string key, value;
      if (equals != std::string::npos) {
        key = word.substr(0, equals);
        value = word.substr(equals + 1);
      } else if (place < type.keys.size()) {
        key = type.keys[place++];
        value = word;
      } else {
        fail<UsageError>(layer.type, fmt::format("does not take {} in {}", quoted(word), quoted(line)));
      }
      if (!layer.options.emplace(key, value).second) fail<UsageError>(layer.type, key + " is given twice in " + quoted(line));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

void build_onto(Sequential& net, const std::vector<LayerSpec>& layers, Before& before) {
  for (const LayerSpec& layer : layers) {
    const LayerType& type = type_of(layer.type);
    Options options = layer.options;
    check_keys(layer.type, options, type.keys);
    const auto standard = [&](const char* key, const std::string& value) {
      if (!value.empty() && std::ranges::find(type.keys, key) != type.keys.end()) options.try_emplace(key, value);
    };
    if (before.build) {
      standard("init", before.build->init);
      standard("bias_init", before.build->bias_init);
    }
    try {
      AnyModule module = type.make(before, options);
      Shape batch = before.sample;
      batch.insert(0, 1);
      const Tensor y = module(Tensor(Array::abstract({batch, before.dtype})));  // the shape, without computing
      const Shape shape = y.shape();
      const bool reads_symbols = !is_float(before.dtype);
      before.sample = Shape(shape.begin() + 1, shape.end());
      before.dtype = y.dtype();
      before.sequence = (before.sequence || (reads_symbols && is_float(y.dtype())) || layer.type == "lstm" || layer.type == "gru") && before.sample.size() == 2;
      net.push_back(std::move(module));
    } catch (const UsageError&) {
      throw;
    } catch (const InternalError&) {
      throw;
    } catch (const Error& error) {  // sizes that do not fit are the user's words
      fail<UsageError>(layer.type, error.detail(), error.hint());
    }
  }
}

Sequential build(const std::vector<LayerSpec>& layers, const Shape& input, const BuildOptions& options) {
  Sequential net;
  Before before{input, options.dtype, false, options.symbols, &options};
  build_onto(net, layers, before);
  return net;
}

}  // namespace gradus::nn
