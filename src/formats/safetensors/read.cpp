#include <fmt/format.h>

#include <algorithm>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>

#include "formats/safetensors/format.hpp"
#include "formats/safetensors/header.hpp"

namespace gradus::safetensors {
namespace {

[[noreturn]] void fault(const std::string& path, const std::string& what) { fail<DataError>("safetensors", what, {}, path); }

std::string header_text(const InputFile& file) {
  const auto other = [&](const std::string& what) { fail<DataError>("safetensors", what, "is this a safetensors file?", file.path()); };
  if (file.size() < 8) other(fmt::format("the file has {} bytes; even an empty one has more than 8", file.size()));
  unsigned char bytes[8];
  file.read(0, bytes, 8);
  std::uint64_t length = 0;
  for (int i = 0; i < 8; ++i) length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  if (length > file.size() - 8) other(fmt::format("the header is said to have {} bytes, but only {} follow", length, file.size() - 8));
  if (length > longest_header) other(fmt::format("the header has {} bytes; at most {} are allowed", length, longest_header));
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(8, text.data(), text.size());
  return text;
}

// The dtype, once the entry's own numbers agree with one another.
Dtype checked_dtype(const Entry& entry, const std::string& path) {
  const std::optional<Dtype> dtype = dtype_by_name(entry.dtype);
  if (!dtype) {
    fault(path, fmt::format("tensor {} is {}, {}", quoted(entry.name), is_other_dtype(entry.dtype) ? entry.dtype : quoted(entry.dtype),
                            is_other_dtype(entry.dtype) ? "which Gradus does not have: F64, F32, BF16, F16, I64 to I8, U8 and BOOL are read" : "which is no element type"));
  }
  std::int64_t count = 0;
  try {
    count = checked_numel("safetensors", entry.shape, *dtype);
  } catch (const ShapeError& error) {
    fault(path, fmt::format("tensor {}: {}", quoted(entry.name), error.detail()));
  }
  const std::uint64_t bytes = static_cast<std::uint64_t>(count) * size_of(*dtype);
  if (entry.end < entry.begin || entry.end - entry.begin != bytes) {
    fault(path, fmt::format("tensor {} is {} {} and needs {} bytes, but lies at {}..{}", quoted(entry.name), entry.dtype, to_string(entry.shape), bytes, entry.begin, entry.end));
  }
  return *dtype;
}

// The data of all tensors, side by side, fill the file exactly: no byte is read twice, none is hidden.
void check_layout(const std::vector<Entry>& entries, std::uint64_t bytes, const std::string& path) {
  std::vector<const Entry*> order;
  for (const Entry& entry : entries) order.push_back(&entry);
  std::ranges::sort(order, [](const Entry* a, const Entry* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  std::uint64_t at = 0;
  for (const Entry* entry : order) {
    if (entry->begin != at) {
      fault(path, fmt::format("tensor {} begins at byte {} of the data, {} the tensor before it ends, at {}", quoted(entry->name), entry->begin,
                              entry->begin < at ? "before" : "some bytes after", at));
    }
    at = entry->end;
  }
  if (at != bytes) fault(path, fmt::format("the tensors have {} bytes of data, the file has {}", at, bytes));
}

}  // namespace

File read(const std::string& path) {
  const InputFile file(path);
  const std::string text = header_text(file);
  Header header = parse_header(text, path);
  std::vector<Dtype> dtypes;
  for (const Entry& entry : header.tensors) dtypes.push_back(checked_dtype(entry, path));
  const std::uint64_t start = 8 + text.size();
  check_layout(header.tensors, file.size() - start, path);

  // From here on memory is taken: as much as the file has bytes.
  File out{{}, std::move(header.metadata)};
  for (std::size_t i = 0; i < header.tensors.size(); ++i) {
    const Entry& entry = header.tensors[i];
    Ref<Array> array = Array::make({entry.shape, dtypes[i]});
    const auto bytes = static_cast<std::size_t>(entry.end - entry.begin);
    if (bytes > 0) file.read(start + entry.begin, array->data(), bytes);
    if (dtypes[i] == Dtype::boolean) {
      const auto* values = static_cast<const unsigned char*>(array->data());
      const auto* wrong = std::find_if(values, values + bytes, [](unsigned char value) { return value > 1; });
      if (wrong != values + bytes) fault(path, fmt::format("tensor {} is BOOL, but holds {}", quoted(entry.name), *wrong));
    }
    out.tensors.emplace(entry.name, Tensor(std::move(array)));
  }
  return out;
}

}  // namespace gradus::safetensors
