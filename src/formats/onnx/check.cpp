// Whether a model can run at all: every name is made before it is read, and only once; functions do not call themselves.
#include <fmt/format.h>

#include <gradus/base/text.hpp>
#include <algorithm>
#include <set>

#include "formats/onnx/model.hpp"

namespace gradus::onnx {
namespace {

using Names = std::set<std::string, std::less<>>;

class Checker {
 public:
  explicit Checker(const Model::State& model) : model_(model) {}

  void graph(const proto::Graph& graph, Names known) const {
    Names own;
    for (const proto::Tensor& tensor : graph.initializer()) define(tensor.name(), "initialiser", known, own);
    for (const proto::ValueInfo& input : graph.input()) {
      if (!own.contains(input.name())) define(input.name(), "input", known, own);  // an initialiser may be an input with a default
    }
    nodes(graph.node(), known, own);
    for (const proto::ValueInfo& output : graph.output()) {
      if (!known.contains(output.name())) fault(fmt::format("the output {} is made by no node", quoted(output.name())));
    }
  }

  void function(const proto::Function& function) const {
    Names known, own;
    for (const std::string& input : function.input()) define(input, "input", known, own);
    nodes(function.node(), known, own);
    for (const std::string& output : function.output()) {
      if (!known.contains(output)) fault(fmt::format("the output {} of function {} is made by no node", quoted(output), quoted(function.name())));
    }
    std::vector<std::string> path;
    no_recursion(function, path);
  }

 private:
  [[noreturn]] void fault(const std::string& what) const { fail<DataError>("onnx", what, {}, model_.name); }

  void define(const std::string& name, const char* what, Names& known, Names& own) const {
    if (name.empty()) fault(fmt::format("an {} has no name", what));
    if (!own.insert(name).second) fault(fmt::format("the name {} is given twice", quoted(name)));
    known.insert(name);
  }

  void nodes(const Nodes& nodes, Names& known, Names& own) const {
    for (int i = 0; i < nodes.size(); ++i) {
      const proto::Node& node = nodes[i];
      if (node.op_type().empty()) fault(fmt::format("node {} has no operator", i));
      for (const std::string& name : node.input()) {
        if (!name.empty() && !known.contains(name)) unknown(nodes, i, name);
      }
      Names attributes;
      for (const proto::Attribute& attribute : node.attribute()) {
        if (!attributes.insert(attribute.name()).second) fault(fmt::format("node {} ({}) has the attribute {} twice", i, node.op_type(), quoted(attribute.name())));
        if (attribute.has_g()) graph(attribute.g(), known);
      }
      for (const std::string& name : node.output()) {
        if (!name.empty()) define(name, "output", known, own);
      }
    }
  }

  [[noreturn]] void unknown(const Nodes& nodes, int at, const std::string& name) const {
    const std::string reads = fmt::format("node {} ({}) reads {}", at, printable(nodes[at].op_type()), quoted(name));
    for (int i = at; i < nodes.size(); ++i) {
      for (const std::string& output : nodes[i].output()) {
        if (output == name) fault(fmt::format("{}, which only node {} makes: there is a cycle, or the nodes are not in order", reads, i));
      }
    }
    fault(reads + ", which nothing makes");
  }

  void no_recursion(const proto::Function& function, std::vector<std::string>& path) const {
    const std::string name = full_name(function);
    if (std::find(path.begin(), path.end(), name) != path.end()) fault(fmt::format("function {} calls itself", quoted(name)));
    if (path.size() > 100) fault("functions call each other more than 100 deep");
    path.push_back(name);
    for (const proto::Node& node : function.node()) {
      const auto found = model_.functions.find(full_name(node));
      if (found != model_.functions.end()) no_recursion(*found->second, path);
    }
    path.pop_back();
  }

  const Model::State& model_;
};

}  // namespace

void check_model(const Model::State& state) {
  const Checker checker(state);
  for (const auto& [name, function] : state.functions) checker.function(*function);
  checker.graph(state.file.graph(), {});
}

}  // namespace gradus::onnx
