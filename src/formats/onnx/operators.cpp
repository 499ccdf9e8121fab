#include "formats/onnx/operators.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace gradus::onnx {
namespace {

struct Reason {
  std::string_view what, of;  // names that begin like one of `of`, separated by spaces
};
constexpr Reason reasons[] = {
    {"control flow", "If Loop Scan"},
    {"sequences", "Sequence SplitToSequence ConcatFromSequence"},
    {"optional values", "Optional"},
    {"strings", "String RegexFullMatch LabelEncoder CategoryMapper"},
    {"quantised types", "Quantize Dequantize DynamicQuantize QLinear ConvInteger MatMulInteger"},
    {"random numbers, which no file can expect", "RandomNormal RandomUniform Multinomial Bernoulli"},
    {"complex numbers", "DFT STFT"},
};

using Table = std::unordered_map<std::string_view, const Operator*>;

Table make_table() {
  Table table;
  for (const auto family : {elementwise_operators(), activation_operators(), integer_operators(), shape_operators(), create_operators(), index_operators(), scatter_operators(), order_operators(), sample_operators(), feature_operators(), reduce_operators(),
                            contract_operators(), conv_operators(), pool_operators(), norm_operators(), resize_operators(), recurrent_operators(), loss_operators(), training_operators()}) {
    for (const Operator& op : family) table.emplace(op.name, &op);
  }
  return table;
}

}  // namespace

const Operator* find_operator(std::string_view name) {
  static const Table table = make_table();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

std::string why_unsupported(std::string_view name) {
  for (const auto& [what, of] : reasons) {
    for (std::size_t at = 0; at < of.size();) {
      const std::size_t end = std::min(of.find(' ', at), of.size());
      if (name.starts_with(of.substr(at, end - at))) return std::string(what);
      at = end + 1;
    }
  }
  return "Gradus has no such operator";
}

}  // namespace gradus::onnx
