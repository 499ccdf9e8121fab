// Operators that prepare data for a model: counts of n-grams, the mel filter bank.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;
using Gram = std::vector<Int>;

// The n-grams of the pool by what they are: their place in the lists of indexes and weights.
std::map<Gram, std::size_t> pool_of(const Call& call) {
  const auto pool = call.ints("pool_int64s"), starts = call.ints("ngram_counts");
  if (!pool) call.unsupported("strings");
  if (!starts) call.fault("attribute 'ngram_counts' is missing");
  std::map<Gram, std::size_t> grams;
  std::size_t count = 0;
  for (std::size_t n = 1; n <= starts->size(); ++n) {
    const Int first = (*starts)[n - 1], last = n < starts->size() ? (*starts)[n] : static_cast<Int>(pool->size());
    if (first < 0 || last < first || last > static_cast<Int>(pool->size()) || (last - first) % static_cast<Int>(n) != 0) call.fault("ngram_counts and the pool do not fit");
    for (Int at = first; at < last; at += static_cast<Int>(n)) grams.emplace(Gram(pool->begin() + at, pool->begin() + at + static_cast<Int>(n)), count++);
  }
  return grams;
}

Values tf_idf(const Call& call) {
  const std::map<Gram, std::size_t> grams = pool_of(call);
  const Shape indexes = call.ints("ngram_indexes").value_or(Shape{}), shape = call[0].shape();
  const std::vector<double> weights = call.numbers("weights");
  const std::string mode = call.text("mode", "");
  if (mode != "TF" && mode != "IDF" && mode != "TFIDF") call.fault("mode must be TF, IDF or TFIDF");
  if (shape.size() != 1 && shape.size() != 2) call.fault(fmt::format("needs one or two axes, got {}", to_string(shape)));
  if (indexes.size() != grams.size() || (!weights.empty() && weights.size() != grams.size())) call.fault("the pool, ngram_indexes and weights differ in number");
  const Int rows = shape.size() == 2 ? shape[0] : 1, length = shape.back(), most_skip = call.integer("max_skip_count"), width = indexes.empty() ? 0 : *std::ranges::max_element(indexes) + 1;
  const Int shortest = call.integer("min_gram_length"), longest = std::min(call.integer("max_gram_length"), length);
  if (shortest < 1 || most_skip < 0 || std::ranges::any_of(indexes, [](Int i) { return i < 0; })) call.fault("a length, skip or index is below its least");
  check_size(call, {rows, width});
  std::vector<float> out(static_cast<std::size_t>(rows * width));
  const Tensor tokens = contiguous(cast(call[0], Dtype::i64));
  const auto all = tokens.values<Int>();
  for (Int row = 0; row < rows; ++row) {
    for (Int n = shortest; n <= longest; ++n) {
      // Tokens of a gram are `step` apart; a single token has no steps.
      for (Int step = 1; step <= (n == 1 ? 1 : std::min(most_skip + 1, length)); ++step) {
        for (Int first = 0; first + (n - 1) * step < length; ++first) {
          Gram gram;
          for (Int i = 0; i < n; ++i) gram.push_back(all[static_cast<std::size_t>(row * length + first + i * step)]);
          const auto found = grams.find(gram);
          if (found == grams.end()) continue;
          float& cell = out[static_cast<std::size_t>(row * width + indexes[found->second])];
          const float weight = weights.empty() || mode == "TF" ? 1 : static_cast<float>(weights[found->second]);
          cell = mode == "IDF" ? weight : cell + weight;
        }
      }
    }
  }
  Shape to{width};
  if (shape.size() == 2) to.insert(0, rows);
  return {Value(Tensor::from(out, to), Type::f32)};
}

// Triangles over the bins of a spectrum, equally wide on the mel scale.
Values mel_weights(const Call& call) {
  const Int mels = call.int_at(0), length = call.int_at(1), rate = call.int_at(2), type = call.integer("output_datatype", 1);
  if (mels < 1 || length < 1 || rate < 1 || length > (Int{1} << 31)) call.fault("the numbers of bins, the length and the rate must be positive");
  if (!is_held(static_cast<int>(type))) call.unsupported(type_name(static_cast<int>(type)));
  const Int bins = length / 2 + 1;
  check_size(call, {bins, mels});
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  const double low = mel(call.number_at(3)), step = (mel(call.number_at(4)) - low) / static_cast<double>(mels + 2);
  const auto edge = [&](Int i) {
    const double hertz = 700 * (std::pow(10, (static_cast<double>(i) * step + low) / 2595) - 1);
    return static_cast<Int>(std::floor(static_cast<double>(length + 1) * hertz / static_cast<double>(rate)));
  };
  std::vector<float> out(static_cast<std::size_t>(bins * mels));
  for (Int i = 0; i < mels; ++i) {
    const Int from = edge(i), center = edge(i + 1), to = edge(i + 2);
    if (from < 0 || to > bins || center < from || to < center) call.fault("the frequencies do not lie in the spectrum");
    const auto at = [&](Int bin) -> float& { return out[static_cast<std::size_t>(bin * mels + i)]; };
    for (Int bin = from; bin <= center && bin < bins; ++bin) at(bin) = center == from ? 1 : static_cast<float>(bin - from) / static_cast<float>(center - from);
    for (Int bin = center; bin < to; ++bin) at(bin) = static_cast<float>(to - bin) / static_cast<float>(to - center);
  }
  return {Value(Tensor::from(out, {bins, mels}), static_cast<Type>(type))};
}

constexpr Operator table[] = {{"TfIdfVectorizer", tf_idf}, {"MelWeightMatrix", mel_weights}};

}  // namespace

std::span<const Operator> feature_operators() { return table; }

}  // namespace gradus::onnx
