#include "formats/safetensors/header.hpp"

#include <fmt/format.h>

#include <gradus/base/text.hpp>
#include <nlohmann/json.hpp>

#include "formats/safetensors/format.hpp"

namespace gradus::safetensors {
namespace {

// A hundred bytes of header can name a tensor; this keeps what we build from it in proportion to the file.
constexpr std::size_t most_entries = 100'000;

// Takes the JSON as it is read: no tree is built, and since only three levels have a meaning, depth cannot grow.
class Handler {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  explicit Handler(const std::string& path) : path_(path) {}
  Header take() { return std::move(header_); }

  bool start_object(std::size_t) {
    switch (at_) {
      case At::start: at_ = At::names; return true;
      case At::metadata: at_ = At::metadata_keys; return true;
      case At::tensor: at_ = At::fields; return true;
      default: refuse("an object");
    }
  }
  bool end_object() {
    if (at_ == At::fields) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!fields_.contains(field)) fault(fmt::format("tensor {} has no {}", quoted(entry_.name), field));
      }
      header_.tensors.push_back(std::move(entry_));
    }
    at_ = at_ == At::names ? At::end : At::names;
    return true;
  }
  bool key(string_t& text) {
    if (at_ == At::names) {
      if (names_.size() == most_entries) fault(fmt::format("there are more than {} tensors", most_entries));
      if (!names_.insert(text).second) fault(fmt::format("{} appears twice", quoted(text)));
      if (text == "__metadata__") {
        at_ = At::metadata;
        return true;
      }
      if (const char* what = name_fault(text)) fault(fmt::format("a tensor is called {}: {}", quoted(text), what));
      entry_ = {};
      entry_.name = text;
      fields_.clear();
      at_ = At::tensor;
    } else if (at_ == At::metadata_keys) {
      if (header_.metadata.size() == most_entries) fault(fmt::format("there are more than {} entries of metadata", most_entries));
      if (header_.metadata.contains(text)) fault(fmt::format("{} appears twice in the metadata", quoted(text)));
      key_ = text;
      at_ = At::metadata_value;
    } else {
      if (!fields_.insert(text).second) fault(fmt::format("tensor {} says {} twice", quoted(entry_.name), quoted(text)));
      if (text == "dtype") at_ = At::dtype;
      else if (text == "shape") at_ = At::shape;
      else if (text == "data_offsets") at_ = At::offsets;
      else fault(fmt::format("tensor {} has a field {} that the format does not know", quoted(entry_.name), quoted(text)));
    }
    return true;
  }
  bool string(string_t& text) {
    if (at_ == At::metadata_value) {
      header_.metadata.emplace(key_, text);
      at_ = At::metadata_keys;
    } else if (at_ == At::dtype) {
      entry_.dtype = text;
      at_ = At::fields;
    } else {
      refuse("text");
    }
    return true;
  }
  bool start_array(std::size_t) {
    count_ = 0;
    if (at_ == At::shape) at_ = At::sizes;
    else if (at_ == At::offsets) at_ = At::offset_values;
    else refuse("a list");
    return true;
  }
  bool end_array() {
    if (at_ == At::offset_values && count_ != 2) fault(fmt::format("data_offsets of tensor {} has {} numbers, not 2", quoted(entry_.name), count_));
    at_ = At::fields;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) {
    ++count_;
    if (at_ == At::sizes) {
      if (count_ > max_rank) fault(fmt::format("tensor {} has more than {} axes", quoted(entry_.name), max_rank));
      if (value > INT64_MAX) fault(fmt::format("tensor {} has an axis of size {}", quoted(entry_.name), value));
      entry_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (at_ == At::offset_values) {
      if (count_ > 2) fault(fmt::format("data_offsets of tensor {} has more than 2 numbers", quoted(entry_.name)));
      (count_ == 1 ? entry_.begin : entry_.end) = value;
    } else {
      refuse("a number");
    }
    return true;
  }
  bool number_integer(number_integer_t value) { refuse(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) { refuse(quoted(text)); }
  bool null() { refuse("null"); }
  bool boolean(bool) { refuse("true or false"); }
  bool binary(binary_t&) { refuse("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    fault(fmt::format("the header is not JSON at byte {}", 8 + position));
  }

 private:
  // What comes next.
  enum class At { start, names, metadata, metadata_keys, metadata_value, tensor, fields, dtype, shape, sizes, offsets, offset_values, end };

  [[noreturn]] void fault(const std::string& what) const { fail<DataError>("safetensors", what, {}, path_); }
  [[noreturn]] void refuse(const std::string& what) const {
    const bool in_tensor = at_ >= At::tensor && at_ < At::end;
    const bool in_metadata = at_ >= At::metadata && at_ <= At::metadata_value;
    fault(fmt::format("{} stands where it must not be{}", what,
                      in_tensor ? ", in tensor " + quoted(entry_.name) : in_metadata ? ", in the metadata, which holds only text" : ", in the header"));
  }

  const std::string& path_;
  Header header_;
  Entry entry_;
  std::set<std::string> names_, fields_;
  std::string key_;
  int count_ = 0;
  At at_ = At::start;
};

}  // namespace

Header parse_header(std::string_view text, const std::string& path) {
  if (text.empty() || text[0] != '{') fail<DataError>("safetensors", "the header does not begin with '{'", "is this a safetensors file?", path);
  // The JSON library takes a zero byte for the end, whatever may follow.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    fail<DataError>("safetensors", fmt::format("the header is not JSON at byte {}", 8 + zero + 1), {}, path);
  }
  Handler handler(path);
  nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
  return handler.take();
}

}  // namespace gradus::safetensors
