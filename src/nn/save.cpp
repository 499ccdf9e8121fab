#include <gradus/nn/save.hpp>

#include "nn/mismatch.hpp"

namespace gradus::detail {

std::map<std::string, Tensor> tensors_of(const std::vector<NamedCell>& cells) {
  std::map<std::string, Tensor> out;
  for (const NamedCell& cell : cells) {
    // No copy is needed: an optimizer writes in place only what nobody else holds, and this is holding.
    if (!out.emplace(cell.path, stop_gradient(cell.cell().value())).second) {
      fail<ValueError>("save", "two parameters are called " + cell.path);
    }
  }
  return out;
}

void assign(const std::vector<NamedCell>& cells, const std::map<std::string, Tensor>& tensors, const std::string& where) {
  std::map<std::string, Spec> needed;
  for (const NamedCell& cell : cells) needed[cell.path] = cell.cell().value().spec();
  if (const std::string fault = mismatch(needed, tensors); !fault.empty()) {
    fail<DataError>("load", "this is not a file of this network: " + fault, {}, where);
  }
  for (const NamedCell& cell : cells) {
    const Tensor& value = tensors.at(cell.path);
    if (cell.param) cell.param->set(value);
    else cell.state->set(value);
  }
}

}  // namespace gradus::detail
