#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <gradus/formats/safetensors.hpp>
#include <nlohmann/json.hpp>

#include "formats/safetensors/format.hpp"

namespace gradus::safetensors {
namespace {

// The numbers row-major. A view is copied into `owned`.
std::string_view bytes_of(const std::string& name, const Tensor& x, std::vector<std::string>& owned) {
  if (x.is_abstract()) fail<TraceError>("safetensors", "the numbers of " + quoted(name) + " are not known while a function is traced");
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  if (bytes == 0) return {};
  if (x.is_contiguous()) return {static_cast<const char*>(x.array().data()), bytes};
  std::string& out = owned.emplace_back();
  out.reserve(bytes);
  const Dims shape = x.array().shape(), strides = x.array().strides();
  const std::size_t element = size_of(x.dtype());
  const char* at = static_cast<const char*>(x.array().data());
  Shape index(shape.size());
  for (std::int64_t left = x.numel(); left > 0; --left) {
    out.append(at, element);
    for (std::size_t i = shape.size(); i-- > 0;) {  // count on, the last axis fastest
      at += strides[i] * static_cast<std::int64_t>(element);
      if (++index[i] < shape[i]) break;
      at -= strides[i] * shape[i] * static_cast<std::int64_t>(element);
      index[i] = 0;
    }
  }
  return out;
}

}  // namespace

void write(const std::string& path, const Tensors& tensors, const Metadata& metadata) {
  static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");
  // The widest elements first, so that all lie where a reader that maps the file can use them; then by name.
  std::vector<const Tensors::value_type*> order;
  for (const auto& entry : tensors) {
    if (const char* fault = name_fault(entry.first)) fail<ValueError>("safetensors", fmt::format("a tensor cannot be called {}: {}", quoted(entry.first), fault));
    order.push_back(&entry);
  }
  std::ranges::stable_sort(order, [](const auto* a, const auto* b) { return size_of(a->second.dtype()) > size_of(b->second.dtype()); });

  nlohmann::json header = nlohmann::json::object();  // its keys are sorted
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<std::string> owned;
  owned.reserve(tensors.size());  // views of its strings are kept
  std::vector<std::string_view> pieces(2);
  std::uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& [name, tensor] = *entry;
    const std::string_view bytes = bytes_of(name, tensor, owned);
    const Shape shape = tensor.shape();
    header[name] = {{"dtype", dtype_name(tensor.dtype())},
                    {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                    {"data_offsets", {offset, offset + bytes.size()}}};
    offset += bytes.size();
    if (!bytes.empty()) pieces.push_back(bytes);
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    fail<ValueError>("safetensors", "the metadata is not UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begin at a multiple of 8
  if (text.size() > longest_header) fail<ValueError>("safetensors", fmt::format("the header has {} bytes; no reader takes more than {}", text.size(), longest_header));
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i) length[static_cast<std::size_t>(i)] = static_cast<char>(text.size() >> (8 * i) & 0xFF);
  pieces[0] = length;
  pieces[1] = text;
  write_file_atomically(path, pieces);
}

}  // namespace gradus::safetensors
