// The header of a safetensors file, as it is before it is held against the file.
#pragma once
#include <gradus/formats/safetensors.hpp>
#include <set>
#include <vector>

namespace gradus::safetensors {

struct Entry {
  std::string name, dtype;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  // bytes from the start of the data
};
struct Header {
  std::vector<Entry> tensors;
  Metadata metadata;
};

// DataError, with `path` as the place, unless the text is a header. What the entries say is not looked at here.
Header parse_header(std::string_view text, const std::string& path);

}  // namespace gradus::safetensors
