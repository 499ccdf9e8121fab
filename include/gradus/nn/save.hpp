// Networks in files: parameters and states by name, as safetensors.
//   save(net, "model.safetensors");
//   load(net, "model.safetensors");   // all or nothing
#pragma once
#include "../autodiff.hpp"
#include "../formats/safetensors.hpp"

namespace gradus {

namespace detail {
struct NamedCell {
  std::string path;
  Param* param;  // one of the two
  State* state;
  const Cell& cell() const { return param ? static_cast<const Cell&>(*param) : static_cast<const Cell&>(*state); }
};
// Every parameter and state once, tied ones under their first name. With `names` they learn their paths.
template <class Net>
std::vector<NamedCell> cells(Net& net, bool names) {
  std::vector<NamedCell> out;
  const auto add = [&out](NamedCell cell) {
    for (const NamedCell& known : out) {
      if (&known.cell().slot() == &cell.cell().slot()) return;
    }
    out.push_back(std::move(cell));
  };
  walk(net, Visitor{[&](const std::string& path, Param& p) { add({path, &p, nullptr}); },
                    [&](const std::string& path, State& s) { add({path, nullptr, &s}); }, names});
  return out;
}
std::map<std::string, Tensor> tensors_of(const std::vector<NamedCell>& cells);
void assign(const std::vector<NamedCell>& cells, const std::map<std::string, Tensor>& tensors, const std::string& where);
}  // namespace detail

// The values of all parameters and states, by name; they do not change when the network is trained on.
template <class Net>
std::map<std::string, Tensor> tensors_of(const Net& net) {
  return detail::tensors_of(detail::cells(const_cast<Net&>(net), false));  // such a walk changes nothing
}

// Gives every parameter and state its tensor by name, or throws DataError and changes nothing: the message names what is
// missing, what is too much, and what has another shape or dtype. `where` is the place that the message names.
template <class Net>
void assign(Net& net, const std::map<std::string, Tensor>& tensors, const std::string& where = {}) {
  detail::assign(detail::cells(net, true), tensors, where);
}

template <class Net>
void save(const Net& net, const std::string& path, const safetensors::Metadata& metadata = {}) {
  safetensors::write(path, tensors_of(net), metadata);
}

template <class Net>
void load(Net& net, const std::string& path) {
  assign(net, safetensors::read(path).tensors, path);
}

}  // namespace gradus
