#include "formats/onnx/model.hpp"

#include <fmt/format.h>

#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <algorithm>
#include <set>

#include "formats/onnx/operators.hpp"
#include "formats/onnx/tensor.hpp"

namespace gradus::onnx {
namespace {

std::string in_domain(const std::string& domain, const std::string& name) { return domain.empty() || domain == "ai.onnx" ? name : domain + "." + name; }

void collect(const Model::State& model, const Nodes& nodes, std::set<std::string>& names, std::set<std::string>& seen) {
  for (const proto::Node& node : nodes) {
    const std::string name = full_name(node);
    const auto function = model.functions.find(name);
    if (function == model.functions.end()) {
      names.insert(name);
    } else if (seen.insert(name).second) {
      collect(model, function->second->node(), names, seen);
    }
    for (const proto::Attribute& attribute : node.attribute()) {
      if (attribute.has_g()) collect(model, attribute.g().node(), names, seen);
    }
  }
}

}  // namespace

std::string full_name(const proto::Node& node) { return in_domain(node.domain(), node.op_type()) + (node.overload().empty() ? "" : ":" + node.overload()); }
std::string full_name(const proto::Function& function) { return in_domain(function.domain(), function.name()) + (function.overload().empty() ? "" : ":" + function.overload()); }

Opsets opsets_of(const google::protobuf::RepeatedPtrField<proto::OperatorSet>& list) {
  Opsets sets;
  for (const proto::OperatorSet& set : list) sets[set.domain() == "ai.onnx" ? "" : set.domain()] = static_cast<int>(std::clamp<std::int64_t>(set.version(), 0, INT32_MAX));
  return sets;
}

Model Model::read(const std::string& path) { return parse(read_file(path, INT32_MAX), path); }

Model Model::parse(std::string_view bytes, std::string name) {
  auto state = std::make_shared<State>();
  state->name = std::move(name);
  const auto fault = [&](const std::string& what, const std::string& hint = {}) { fail<DataError>("onnx", what, hint, state->name); };
  if (bytes.empty()) fault("the file is empty");
  if (bytes.size() > INT32_MAX) fault("the model has more than 2 GiB, which protobuf does not read");
  if (!state->file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) fault("the protobuf message is damaged or truncated", "is this an ONNX model?");
  if (!state->file.has_graph()) fault("there is no graph in it", "is this an ONNX model?");
  if (state->file.ir_version() < 1) fault("it names no version of the format", "is this an ONNX model?");
  state->opsets = opsets_of(state->file.opset_import());
  if (state->opsets.empty()) {
    if (state->file.ir_version() >= 3) fault("it names no operator set");
    state->opsets[""] = 1;
  }
  for (const proto::Function& function : state->file.functions()) {
    if (!state->functions.emplace(full_name(function), &function).second) fault(fmt::format("function {} is there twice", quoted(function.name())));
  }
  check_model(*state);
  if (state->file.graph().sparse_initializer_size() > 0) fail<UnsupportedError>("onnx", "sparse tensors", {}, state->name);
  for (const proto::Tensor& tensor : state->file.graph().initializer()) state->constants[tensor.name()] = read_tensor(tensor, state->name);
  return Model(std::move(state));
}

std::vector<std::string> Model::inputs() const {
  std::vector<std::string> names;
  for (const proto::ValueInfo& input : state_->file.graph().input()) {
    if (!state_->constants.contains(input.name())) names.push_back(input.name());
  }
  return names;
}
std::vector<std::string> Model::outputs() const {
  std::vector<std::string> names;
  for (const proto::ValueInfo& output : state_->file.graph().output()) names.push_back(output.name());
  return names;
}
std::vector<std::string> Model::operators() const {
  std::set<std::string> names, seen;
  collect(*state_, state_->file.graph().node(), names, seen);
  return {names.begin(), names.end()};
}

Tensors Model::operator()(Inputs x) const {
  const std::vector<std::string> names = inputs();
  if (x.size() != names.size()) fail<ValueError>("onnx", fmt::format("the model takes {} tensors, got {}", names.size(), x.size()), {}, state_->name);
  Scope scope;
  std::size_t next = 0;
  for (const proto::ValueInfo& input : state_->file.graph().input()) {
    if (state_->constants.contains(input.name())) continue;
    const Tensor& given = x[next++];
    const int elem = input.type().tensor_type().elem_type();
    if (!is_held(elem)) fail<UnsupportedError>("onnx", fmt::format("input {} is no tensor that Gradus holds", quoted(input.name())), {}, state_->name);
    const auto type = static_cast<Type>(elem);
    if (given.dtype() != storage(type)) {
      fail<DtypeError>("onnx", fmt::format("input {} is {} and must be given as {}, not {}", quoted(input.name()), type_name(elem), gradus::name(storage(type)), gradus::name(given.dtype())), {},
                       state_->name);
    }
    scope.set(input.name(), {given, type});
  }
  Tensors out;
  for (Value& value : Runner(*state_).run(scope)) out.push_back(std::move(value.x));
  return out;
}

}  // namespace gradus::onnx
