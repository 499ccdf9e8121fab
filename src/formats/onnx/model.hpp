// A model that was read and checked, and how it runs.
#pragma once
#include <gradus/formats/onnx.hpp>
#include <unordered_map>

#include "formats/onnx/call.hpp"

namespace gradus::onnx {

using Nodes = google::protobuf::RepeatedPtrField<proto::Node>;
using Opsets = std::map<std::string, int, std::less<>>;  // version by domain; the default domain is ""

struct Model::State {
  std::string name;
  proto::Model file;
  Opsets opsets;
  std::map<std::string, const proto::Function*, std::less<>> functions;  // by full name
  std::unordered_map<std::string, Value> constants;                      // initialisers
};

std::string full_name(const proto::Node& node);              // "Add", "ai.onnx.preview.training.Adam"
std::string full_name(const proto::Function& function);
Opsets opsets_of(const google::protobuf::RepeatedPtrField<proto::OperatorSet>& list);
void check_model(const Model::State& state);                 // DataError

// Names and what they stand for. What is not here may be outside.
class Scope {
 public:
  explicit Scope(const Scope* outside = nullptr) : outside_(outside) {}
  const Value* find(const std::string& name) const;
  bool holds(const std::string& name) const { return values_.contains(name); }
  void set(const std::string& name, Value value) { values_[name] = std::move(value); }

 private:
  const Scope* outside_;
  std::unordered_map<std::string, Value> values_;
};

class Runner {
 public:
  explicit Runner(const Model::State& model) : model_(model) {}
  // The values of the graph's outputs, for those of its inputs. UnsupportedError names the operator.
  Values run(const Scope& inputs);
  const std::string& running() const { return running_; }  // the operator at work, for reports

 private:
  // The nodes of a graph or a function, while they run.
  struct Body {
    const Nodes& nodes;
    const Opsets& opsets;
    const Attributes* attributes;  // those of the call, in a function
    const Scope& inputs;
  };
  void run_node(const Body& body, int place, Scope& scope);
  Call make_call(const Body& body, const proto::Node& node, const Scope& scope) const;
  Values call_function(const proto::Function& function, const Call& call);
  Values gradient(const Body& body, int place, const Call& call);

  const Model::State& model_;
  std::string running_;
};

}  // namespace gradus::onnx
