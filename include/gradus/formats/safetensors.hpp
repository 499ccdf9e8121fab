// safetensors: named tensors in one file that holds nothing but their numbers. Eight bytes of header length (little-endian),
// a JSON header, the data. Weights travel to and from other frameworks in it.
//   safetensors::write("model.safetensors", {{"weight", w}}, {{"recipe", "digits"}});
//   Tensor w = safetensors::read("model.safetensors").tensors.at("weight");
#pragma once
#include <map>
#include <string>

#include "../tensor.hpp"

namespace gradus::safetensors {

using Tensors = std::map<std::string, Tensor>;
using Metadata = std::map<std::string, std::string>;

struct File {
  Tensors tensors;
  Metadata metadata;
};

// Replaces the file atomically. Tensors are sorted by name, and neither time nor path is stored, so that equal contents give
// equal bytes. Tensors that are not contiguous are written row-major. ValueError for names that no reader would take.
void write(const std::string& path, const Tensors& tensors, const Metadata& metadata = {});

// DataError for anything that is not exactly as the format says: the file is checked against its own size before memory is
// taken. Element types: F32, F64, I64, U8, BOOL.
File read(const std::string& path);

}  // namespace gradus::safetensors
