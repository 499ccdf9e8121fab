// Text from a network that has learned to name the next character.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>

#include "open_run.hpp"

namespace gradus::train {
namespace {

constexpr std::int64_t longest_word = 1000;  // one that does not end by itself

// What comes after a text. The symbols before it are its window.
class Writer {
 public:
  explicit Writer(const OpenedModel& model)
      : net_(model.net), vocabulary_{model.notes.classes}, context_(static_cast<std::size_t>(numel(model.notes.sample))) {
    Shape one = model.notes.sample;
    one.insert(0, 1);
    words_ = net_(Tensor(Array::abstract({one, Dtype::i64}))).rank() == 2;  // it names one character, and not one for each place
  }
  bool words() const { return words_; }
  const std::string& name(std::int64_t symbol) const { return vocabulary_.symbols[static_cast<std::size_t>(symbol)]; }
  std::int64_t find(std::string_view character) const { return vocabulary_.find(character); }

  // A text may begin with anything: a window of its ends, or one line break.
  std::vector<std::int64_t> begin() const {
    if (words_) return std::vector<std::int64_t>(context_, 0);
    return {std::max<std::int64_t>(0, vocabulary_.find("\n"))};
  }

  std::vector<double> logits(const std::vector<std::int64_t>& text) const {
    const std::size_t count = std::min(context_, text.size());
    const Tensor x = Tensor::from(std::span<const std::int64_t>(text).last(count), {1, static_cast<std::int64_t>(count)});
    std::vector<double> all = net_(x).to_vector();
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(vocabulary_.symbols.size()));
    for (const double l : all) {
      if (std::isnan(l)) fail<DataError>("generate", "the network gives NaN: what it learned is broken", "train it again, with a smaller optim.lr");
    }
    return all;
  }

 private:
  const nn::Sequential& net_;
  data::Vocabulary vocabulary_;
  std::size_t context_;
  bool words_ = false;
};

std::int64_t draw(const std::vector<double>& logits, double temperature, Random& random) {
  const auto top = std::max_element(logits.begin(), logits.end());
  if (temperature == 0) return top - logits.begin();
  std::vector<double> sums;
  double sum = 0;
  for (const double l : logits) sums.push_back(sum += l == *top ? 1 : std::exp((l - *top) / temperature));
  return std::min(std::upper_bound(sums.begin(), sums.end(), random.uniform() * sum) - sums.begin(), std::ssize(sums) - 1);
}

}  // namespace

Generated generate(const std::string& folder, const GenerateOptions& options) {
  if (!(options.temperature >= 0) || !std::isfinite(options.temperature)) {
    fail<UsageError>("--temperature", fmt::format("{} is not possible: it must be a number 0 or more", options.temperature));
  }
  if (options.length < 0) fail<UsageError>("--length", fmt::format("{} is not possible: it must be 0 or more", options.length));
  const OpenedRun run = open_run(folder);
  const OpenedModel model = open_model(run);
  if (!model.notes.text) {
    fail<UsageError>("generate", fmt::format("the run in {} has not learned from text", quoted(folder)), "gradus predict asks it about rows");
  }
  const Writer writer(model);
  Generated out{run.recipe.name, writer.words(), options.length, {}};
  if (out.length == 0) out.length = out.words ? 20 : 500;
  std::vector<std::int64_t> begin = writer.begin();
  std::vector<std::int64_t> prompt;
  for (const std::string_view c : data::characters(options.prompt, "--prompt")) {
    const std::int64_t symbol = writer.find(c);
    if (symbol < 0 || (out.words && symbol == 0)) {
      std::string known;
      for (std::size_t i = out.words ? 1 : 0; i < model.notes.classes.size() && known.size() < 200; ++i) known += printable(model.notes.classes[i]);
      fail<UsageError>("--prompt", fmt::format("{} does not occur in what the network has learned from", quoted(c)), "it knows " + known);
    }
    prompt.push_back(symbol);
  }
  if (!prompt.empty() && !out.words) begin.clear();
  begin.insert(begin.end(), prompt.begin(), prompt.end());
  Random random(options.seed);
  const std::int64_t texts = out.words ? out.length : 1, most = out.words ? longest_word : out.length;
  for (std::int64_t i = 0; i < texts; ++i) {
    std::vector<std::int64_t> symbols = begin;
    std::string text = options.prompt;
    for (std::int64_t written = 0; written < most; ++written) {
      const std::int64_t next = draw(writer.logits(symbols), options.temperature, random);
      if (out.words && next == 0) break;
      symbols.push_back(next);
      text += writer.name(next);
    }
    out.texts.push_back(std::move(text));
  }
  return out;
}

std::vector<std::string> predict_text(const OpenedModel& model, const std::string& file) {
  const Writer writer(model);
  const std::string text = read_file(file, std::uint64_t{1} << 30);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string where = fmt::format("{}:{}", file, out.size() + 1);
    std::vector<std::int64_t> symbols = writer.begin();
    for (const std::string_view c : data::characters(line, where)) {
      symbols.push_back(writer.find(c));
      if (symbols.back() < 0) fail<DataError>("predict", fmt::format("{} does not occur in what the network has learned from", quoted(c)), {}, where);
    }
    Random unused(0);
    out.push_back(writer.name(draw(writer.logits(symbols), 0, unused)));
  }
  return out;
}

}  // namespace gradus::train
