// Stands in for nlohmann's JSON library in a plain build (GRADUS_PLAIN): what safetensors uses of it, a reader that hands each
// piece to a handler as it comes, and text made from numbers, words, lists and objects.
#pragma once
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nlohmann {

namespace plain {

// The bytes of the character of UTF-8 that `text` begins with; 0 when there is none.
inline std::size_t character(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned a = at(0), b = at(1);
  const std::size_t n = a < 0x80 ? 1 : a >= 0xC2 && a < 0xE0 ? 2 : a >= 0xE0 && a < 0xF0 ? 3 : a >= 0xF0 && a < 0xF5 ? 4 : 0;
  for (std::size_t i = 1; i < n; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  // Too long forms, halves of a pair, and beyond the last character.
  if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b >= 0xA0) || (a == 0xF0 && b < 0x90) || (a == 0xF4 && b >= 0x90)) return 0;
  return n;
}

}  // namespace plain

// A value as its text. Of an object the entries are kept, sorted by name.
class json {
 public:
  using number_integer_t = std::int64_t;
  using number_unsigned_t = std::uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = std::vector<std::uint8_t>;
  struct exception : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  json() : text_("null") {}
  template <class T>
    requires std::is_integral_v<T>
  json(T number) : text_(std::to_string(number)) {}
  json(std::string_view word) : text_(quoted(word)), is_word_(true) {}
  json(const std::string& word) : json(std::string_view(word)) {}
  json(const char* word) : json(std::string_view(word)) {}
  template <class T>
  json(const std::vector<T>& list) : parts_(list.begin(), list.end()), text_(listed()) {}
  json(const std::map<std::string, std::string>& words) : entries_(words.begin(), words.end()), is_object_(true) {}
  // A list; an object if every entry is a list of a word and a value.
  json(std::initializer_list<json> list) : parts_(list), is_object_(true) {
    for (const json& part : parts_) is_object_ = is_object_ && part.parts_.size() == 2 && part.parts_[0].is_word_;
    if (!is_object_) text_ = listed();
    for (const json& part : is_object_ ? parts_ : std::vector<json>()) entries_.emplace(part.parts_[0].word(), part.parts_[1]);
  }
  static json object() { return std::map<std::string, std::string>(); }

  json& operator[](const std::string& name) { return entries_[name]; }
  std::string dump() const {
    if (!is_object_) return text_;
    std::string text;
    for (const auto& [name, value] : entries_) text += (text.empty() ? "" : ",") + quoted(name) + ":" + value.dump();
    return "{" + text + "}";
  }

 private:
  std::string word() const { return text_.substr(1, text_.size() - 2); }  // names of fields, which have nothing to escape
  std::string listed() const {
    std::string text;
    for (const json& part : parts_) text += (text.empty() ? "" : ",") + part.dump();
    return "[" + text + "]";
  }
  static std::string quoted(std::string_view word) {
    std::string text = "\"";
    while (!word.empty()) {
      const std::size_t n = plain::character(word);
      if (n == 0) throw exception("invalid UTF-8");
      const std::size_t place = std::string_view("\"\\\b\f\n\r\t").find(word[0]);
      if (place != std::string_view::npos) {
        text += '\\', text += "\"\\bfnrt"[place];
      } else if (static_cast<unsigned char>(word[0]) < 0x20) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(word[0]));
        text += code;
      } else {
        text += word.substr(0, n);
      }
      word.remove_prefix(n);
    }
    return text + "\"";
  }

  std::vector<json> parts_;
  std::map<std::string, json> entries_;
  std::string text_;
  bool is_word_ = false, is_object_ = false;

 public:
  template <class Handler>
  static bool sax_parse(std::string_view text, Handler* handler);
  template <class Iterator, class Handler>
  static bool sax_parse(Iterator begin, Iterator end, Handler* handler) {
    return sax_parse(std::string_view(&*begin, static_cast<std::size_t>(end - begin)), handler);
  }
};

namespace plain {

struct Fault {};

// A value and what is in it, one after the other. How deep values may lie in each other is for the handler to say.
template <class Handler>
class Reader {
 public:
  Reader(std::string_view text, Handler& to) : text_(text), to_(to) {}
  std::size_t read() const { return at_; }

  void document() {
    value();
    space();
    if (at_ != text_.size()) ++at_, throw Fault();
  }

 private:
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  char take() {
    const char c = next();
    ++at_;
    if (at_ > text_.size()) throw Fault();
    return c;
  }
  void expect(char c) {
    if (take() != c) throw Fault();
  }
  bool take_if(char c) { return next() == c && (++at_, true); }
  void space() {
    while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r') ++at_;
  }
  void word(std::string_view word) {
    for (const char c : word) expect(c);
  }
  void value() {
    space();
    const char c = next();
    if (c == '{') object();
    else if (c == '[') list();
    else if (c == '"') {
      std::string s = string();
      to_.string(s);
    } else if (c == 'n') word("null"), to_.null();
    else if (c == 't') word("true"), to_.boolean(true);
    else if (c == 'f') word("false"), to_.boolean(false);
    else number();
  }
  void object() {
    take();
    to_.start_object(static_cast<std::size_t>(-1));
    space();
    if (!take_if('}')) {
      do {
        space();
        std::string name = string();
        to_.key(name);
        space();
        expect(':');
        value();
        space();
      } while (take_if(','));
      expect('}');
    }
    to_.end_object();
  }
  void list() {
    take();
    to_.start_array(static_cast<std::size_t>(-1));
    space();
    if (!take_if(']')) {
      do {
        value();
        space();
      } while (take_if(','));
      expect(']');
    }
    to_.end_array();
  }
  bool digits() {
    const std::size_t first = at_;
    while (next() >= '0' && next() <= '9') ++at_;
    return at_ > first;
  }
  void number() {
    const std::size_t first = at_;
    bool whole = true;
    const bool negative = take_if('-');
    if (!take_if('0') && !digits()) take(), throw Fault();
    if (take_if('.')) {
      whole = false;
      if (!digits()) take(), throw Fault();
    }
    if (take_if('e') || take_if('E')) {
      whole = false;
      if (!take_if('+')) take_if('-');
      if (!digits()) take(), throw Fault();
    }
    const char *begin = text_.data() + first, *end = text_.data() + at_;
    std::uint64_t natural;
    std::int64_t integer;
    double real = 0;
    if (whole && !negative && std::from_chars(begin, end, natural).ec == std::errc()) to_.number_unsigned(natural);
    else if (whole && negative && std::from_chars(begin, end, integer).ec == std::errc()) to_.number_integer(integer);
    else std::from_chars(begin, end, real), to_.number_float(real, std::string(begin, end));
  }
  unsigned code() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = take();
      const std::size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
      if (digit == std::string_view::npos) throw Fault();
      code = 16 * code + static_cast<unsigned>(digit);
    }
    return code;
  }
  std::string string() {
    std::string text;
    expect('"');
    while (true) {
      const std::size_t n = character(text_.substr(at_ < text_.size() ? at_ : text_.size()));
      const char c = take();
      if (c == '"') return text;
      if (n == 0 || static_cast<unsigned char>(c) < 0x20) throw Fault();
      if (c != '\\') {
        text += text_.substr(at_ - 1, n);
        at_ += n - 1;
        continue;
      }
      const char escaped = take();
      const std::size_t place = std::string_view("\"\\/bfnrt").find(escaped);
      if (place != std::string_view::npos) {
        text += "\"\\/\b\f\n\r\t"[place];
        continue;
      }
      if (escaped != 'u') throw Fault();
      unsigned u = code();
      if (u >= 0xDC00 && u < 0xE000) throw Fault();
      if (u >= 0xD800 && u < 0xDC00) {
        word("\\u");
        const unsigned low = code();
        if (low < 0xDC00 || low >= 0xE000) throw Fault();
        u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
      }
      const int more = u < 0x80 ? 0 : u < 0x800 ? 1 : u < 0x10000 ? 2 : 3;
      constexpr unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
      text += static_cast<char>(lead[more] | u >> 6 * more);
      for (int i = more; i-- > 0;) text += static_cast<char>(0x80 | (u >> 6 * i & 0x3F));
    }
  }

  std::string_view text_;
  Handler& to_;
  std::size_t at_ = 0;
};

}  // namespace plain

template <class Handler>
bool json::sax_parse(std::string_view text, Handler* handler) {
  plain::Reader<Handler> reader(text, *handler);
  try {
    reader.document();
    return true;
  } catch (const plain::Fault&) {
    return handler->parse_error(reader.read(), {}, exception("not JSON"));
  }
}

}  // namespace nlohmann
