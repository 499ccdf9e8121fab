// Data sets of characters: windows of one text, and lists of words.
#include <gradus/data/text.hpp>

#include <algorithm>
#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <unordered_set>

#include "bytes.hpp"
#include "memory.hpp"
#include "sets.hpp"
#include "utf8.hpp"

namespace gradus::data {
namespace {

constexpr std::uint64_t largest_file = std::uint64_t{1} << 30;

Tensor whole_numbers(const std::vector<std::int64_t>& values, Shape shape) { return Tensor::from(values, std::move(shape)); }

Dataset dataset_of(const std::string& name, Tensor x, Tensor y, const Vocabulary& vocabulary) {
  Dataset d;
  d.name = name;
  d.sample_shape = {x.size(1)};
  d.x = std::move(x);
  d.y = std::move(y);
  d.classes = vocabulary.symbols;
  return d;
}

std::string shown(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size() && i < 5; ++i) out += (i ? ", " : "") + quoted(texts[i]);
  return texts.size() > 5 ? out + ", ..." : out;
}

std::int64_t checked_context(std::int64_t given, std::int64_t standard) {
  if (given < 0 || given > 100'000) fail<UsageError>("data.context", std::to_string(given) + " is not possible: it must be from 1 to 100000");
  return given == 0 ? standard : given;
}

// The numbers of the characters. Those that training has not seen are left out, and said.
std::vector<std::int64_t> encode(std::string_view text, const Vocabulary& vocabulary, const std::string& file, std::vector<std::string>& notes) {
  std::vector<std::int64_t> out;
  std::vector<std::string> unknown;
  std::int64_t dropped = 0;
  for (const std::string_view c : characters(text, file)) {
    if (const std::int64_t symbol = vocabulary.find(c); symbol >= 0) {
      out.push_back(symbol);
      continue;
    }
    ++dropped;
    if (std::ranges::find(unknown, c) == unknown.end()) unknown.emplace_back(c);
  }
  if (dropped > 0) {
    notes.push_back(std::to_string(dropped) + (dropped == 1 ? " character" : " characters") + " of the test part did not occur in training and " +
                    (dropped == 1 ? "is" : "are") + " left out: " + shown(unknown));
  }
  return out;
}

Dataset windows(const std::string& name, const std::vector<std::int64_t>& symbols, std::int64_t context, const Vocabulary& vocabulary, const std::string& file,
                const char* part) {
  const auto length = static_cast<std::int64_t>(symbols.size());
  const std::int64_t n = (length - 1) / context;  // the last character has none after it
  if (length == 0 || n < 1) {
    fail<DataError>("data", "the " + std::string(part) + " part has " + std::to_string(length) + " characters, and one window needs " + std::to_string(context + 1),
                    "a longer text, or a smaller data.context", file);
  }
  const auto from = [&](std::ptrdiff_t first) {
    return whole_numbers({symbols.begin() + first, symbols.begin() + first + static_cast<std::ptrdiff_t>(n * context)}, {n, context});
  };
  return dataset_of(name, from(0), from(1), vocabulary);
}

}  // namespace

std::vector<std::string_view> characters(std::string_view text, const std::string& where) {
  if (const std::size_t bad = find_bad_utf8(text); bad < text.size()) {
    fail<DataError>("data", "this is not text in UTF-8: see byte " + std::to_string(bad), {}, where);
  }
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

Vocabulary Vocabulary::learn(std::string_view text, const std::string& where) {
  std::unordered_set<std::string_view> seen;
  for (const std::string_view c : characters(text, where)) seen.insert(c);
  Vocabulary out{{seen.begin(), seen.end()}};
  std::ranges::sort(out.symbols);  // bytes of UTF-8 have the order of code points
  return out;
}

std::int64_t Vocabulary::find(std::string_view character) const {
  const auto found = std::ranges::find(symbols, character);
  return found == symbols.end() ? -1 : found - symbols.begin();
}

// The first nine tenths of the characters train, the rest tests.
Split load_text(const SetInfo& set, const Source& source) {
  const std::int64_t context = checked_context(source.context, 64);
  const std::string file = find_table(set.table.file, source.path, set.hint);
  const std::string text = Bytes::open(file).rest(largest_file);
  const std::vector<std::string_view> all = characters(text, file);
  if (all.empty()) fail<DataError>("data", "the file is empty", {}, file);
  const std::size_t border = all.size() / 10 * 9 + all.size() % 10 * 9 / 10;
  const auto bytes = border < all.size() ? static_cast<std::size_t>(all[border].data() - text.data()) : text.size();
  const std::string_view train = std::string_view(text).substr(0, bytes), test = std::string_view(text).substr(bytes);
  const Vocabulary vocabulary = source.symbols ? Vocabulary{*source.symbols} : Vocabulary::learn(train, file);
  Split split;
  std::vector<std::string> notes;
  split.train = windows(set.name, encode(train, vocabulary, file, notes), context, vocabulary, file, "training");
  split.test = windows(set.name, encode(test, vocabulary, file, notes), context, vocabulary, file, "test");
  split.train.notes = notes;
  return split;
}

namespace {

struct Word {
  std::string_view text;
  std::int64_t line;
};

std::vector<Word> words_of(std::string_view text, const std::string& file) {
  std::vector<Word> out;
  std::int64_t line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end + 1;
    ++line;
    while (!word.empty() && (word.back() == '\r' || word.back() == ' ')) word.remove_suffix(1);
    if (word.find(end_of_word) != std::string_view::npos) {
      fail<DataError>("data", quoted(word) + " holds '.', which stands for the end of a word", {}, file + ":" + std::to_string(line));
    }
    if (!word.empty()) out.push_back({word, line});
  }
  return out;
}

// Every character of every word, and its end, with the `context` symbols before it.
Dataset predictions(const std::string& name, const std::vector<std::string_view>& words, std::int64_t context, const Vocabulary& vocabulary, const std::string& file,
                    std::vector<std::string>& notes) {
  std::vector<std::int64_t> x, y;
  std::vector<std::string> strange;
  for (const std::string_view word : words) {
    std::vector<std::int64_t> symbols(static_cast<std::size_t>(context), 0);
    for (const std::string_view c : characters(word, file)) symbols.push_back(vocabulary.find(c));
    if (std::ranges::find(symbols, -1) != symbols.end()) {
      strange.emplace_back(word);
      continue;
    }
    symbols.push_back(0);
    for (std::size_t i = static_cast<std::size_t>(context); i < symbols.size(); ++i) {
      x.insert(x.end(), symbols.begin() + static_cast<std::ptrdiff_t>(i) - context, symbols.begin() + static_cast<std::ptrdiff_t>(i));
      y.push_back(symbols[i]);
    }
  }
  if (!strange.empty()) {
    notes.push_back(std::to_string(strange.size()) + (strange.size() == 1 ? " word has" : " words have") + " characters that did not occur in training and " +
                    (strange.size() == 1 ? "is" : "are") + " left out: " + shown(strange));
  }
  const auto n = static_cast<std::int64_t>(y.size());
  return dataset_of(name, whole_numbers(x, {n, context}), whole_numbers(y, {n}), vocabulary);
}

}  // namespace

// In an order that is always the same one: 80 % train, 10 % validate, 10 % test.
Split load_words(const SetInfo& set, const Source& source) {
  const std::int64_t context = checked_context(source.context, 8);
  const std::string file = find_table(set.table.file, source.path, set.hint);
  const std::string text = Bytes::open(file).rest(largest_file);
  characters(text, file);  // it must be text
  const std::vector<Word> words = words_of(text, file);
  const std::size_t n = words.size();
  if (n < 10) fail<DataError>("data", "there are " + std::to_string(n) + " words, one a line; 10 are needed at least, for a test of one", {}, file);
  std::vector<std::string_view> parts[3];
  const std::vector<std::int64_t> order = shuffled(static_cast<std::int64_t>(n), random(0, Stream::held_out, 0));
  for (std::size_t i = 0; i < n; ++i) parts[i < n * 8 / 10 ? 0 : i < n * 9 / 10 ? 1 : 2].push_back(words[static_cast<std::size_t>(order[i])].text);
  Vocabulary vocabulary;
  if (source.symbols) {
    vocabulary.symbols = *source.symbols;
  } else {
    std::string all;
    for (const std::string_view word : parts[0]) all += word;
    vocabulary = Vocabulary::learn(all, file);
    vocabulary.symbols.insert(vocabulary.symbols.begin(), std::string(end_of_word));
  }
  std::vector<std::string> notes;
  Split split;
  split.train = predictions(set.name, parts[0], context, vocabulary, file, notes);
  split.validation = predictions(set.name, parts[1], context, vocabulary, file, notes);
  split.test = predictions(set.name, parts[2], context, vocabulary, file, notes);
  split.train.notes = notes;
  return split;
}

Transform shifted_windows(const Dataset& text) {
  const Tensor x = contiguous(text.x), y = contiguous(text.y);
  if (x.rank() != 2 || !(x.spec() == y.spec()) || x.dtype() != Dtype::i64 || x.size(0) == 0) {
    fail<ValueError>("shifted_windows", "takes windows of integers [n, T] with targets of that shape; x is " + to_string(x.shape()) + ", y is " + to_string(y.shape()));
  }
  std::vector<std::int64_t> symbols(x.values<std::int64_t>().begin(), x.values<std::int64_t>().end());
  symbols.push_back(y.values<std::int64_t>().back());
  return [symbols = std::move(symbols), context = x.size(1)](Batch, const BatchInfo& info) {
    const auto last = static_cast<std::int64_t>(symbols.size()) - 1 - context;  // where the last whole window begins
    const auto shift = static_cast<std::int64_t>(random(info.seed, Stream::windows, static_cast<std::uint64_t>(info.epoch)).below(static_cast<std::uint64_t>(context)));
    const auto part = [&](std::int64_t later) {
      return filled<std::int64_t>({static_cast<std::int64_t>(info.rows.size()), context}, [&](std::int64_t* to, std::int64_t) {
        for (const std::int64_t row : info.rows) to = std::copy_n(symbols.begin() + std::min(row * context + shift, last) + later, context, to);
      });
    };
    return Batch{part(0), part(1)};
  };
}

}  // namespace gradus::data
