// Running a graph: node after node, in the order of the file.
#include <fmt/format.h>

#include <algorithm>
#include <gradus/autodiff/grad.hpp>
#include <gradus/base/text.hpp>
#include <set>

#include "formats/onnx/model.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

constexpr std::string_view gradient_name = "ai.onnx.preview.training.Gradient";

// uint64 is held in i64. Sums, products and moves have the right bits whatever the sign; nothing else has.
bool takes_wrapped(std::string_view op) {
  constexpr std::string_view fine[] = {"Add", "Sub", "Mul", "Neg", "Sum", "Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Concat", "Split", "Slice", "Expand", "Tile", "Gather",
                                       "GatherElements", "GatherND", "Where", "Equal", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "BitShift", "Shape", "Size", "ReduceSum"};
  return std::ranges::find(fine, op) != std::end(fine);
}
void check_unsigned(const Call& call) {
  if (takes_wrapped(call.op)) return;
  for (const Value& value : call.inputs) {
    if (value.type == Type::u64 && value.x.numel() > 0 && min(value.x).item() < 0) call.unsupported("uint64 numbers of 2^63 and more");
  }
}

}  // namespace

const Value* Scope::find(const std::string& name) const {
  for (const Scope* scope = this; scope; scope = scope->outside_) {
    if (const auto found = scope->values_.find(name); found != scope->values_.end()) return &found->second;
  }
  return nullptr;
}

Call Runner::make_call(const Body& body, const proto::Node& node, const Scope& scope) const {
  Values inputs;
  for (const std::string& name : node.input()) {
    const Value* value = name.empty() ? nullptr : scope.find(name);
    inputs.push_back(value ? *value : Value());
  }
  Attributes attributes;
  for (const proto::Attribute& attribute : node.attribute()) {
    const proto::Attribute* meant = &attribute;
    if (!attribute.ref_attr_name().empty()) {
      const auto found = body.attributes ? body.attributes->find(attribute.ref_attr_name()) : Attributes::const_iterator();
      if (!body.attributes || found == body.attributes->end()) continue;  // the call left it out
      meant = found->second;
    }
    attributes[attribute.name()] = meant;
  }
  std::vector<bool> wanted;
  for (const std::string& name : node.output()) wanted.push_back(!name.empty());
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  const auto set = body.opsets.find(domain);
  if (set == body.opsets.end()) fail<DataError>("onnx", fmt::format("operator {} is used, but no operator set of its domain", quoted(full_name(node))), {}, model_.name);
  return Call(full_name(node), set->second, std::move(inputs), std::move(attributes), std::move(wanted));
}

Values Runner::call_function(const proto::Function& function, const Call& call) {
  Scope inputs;
  for (int i = 0; i < function.input_size(); ++i) {
    if (call.has(static_cast<std::size_t>(i))) inputs.set(function.input(i), call.inputs[static_cast<std::size_t>(i)]);
  }
  Attributes attributes = call.attributes;
  for (const proto::Attribute& attribute : function.attribute_proto()) attributes.try_emplace(attribute.name(), &attribute);
  const Opsets opsets = opsets_of(function.opset_import());
  const Body body{function.node(), opsets.empty() ? model_.opsets : opsets, &attributes, inputs};
  Scope scope(&inputs);
  for (int i = 0; i < body.nodes.size(); ++i) run_node(body, i, scope);
  Values out;
  for (const std::string& name : function.output()) {
    const Value* value = scope.find(name);
    out.push_back(value ? *value : Value());
  }
  return out;
}

// The derivative of the sum of `y`, as the nodes before this one make it from `xs`, with respect to these.
Values Runner::gradient(const Body& body, int place, const Call& call) {
  const std::vector<std::string> xs = call.texts("xs"), zs = call.texts("zs");
  const std::string y = call.text("y", "");
  if (xs.empty() || y.empty() || call.size() != xs.size() + zs.size()) call.fault("xs, zs and y do not fit its inputs");
  // The nodes that y needs, once xs and zs are given.
  std::set<std::string> bound(xs.begin(), xs.end()), needed{y};
  bound.insert(zs.begin(), zs.end());
  std::vector<int> order;
  for (int i = place; i-- > 0;) {
    const proto::Node& node = body.nodes[i];
    if (std::ranges::none_of(node.output(), [&](const std::string& name) { return needed.contains(name) && !bound.contains(name); })) continue;
    order.push_back(i);
    needed.insert(node.input().begin(), node.input().end());
  }
  const GradScope recording;
  Scope scope(&body.inputs);
  Tensors variables;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const Value& given = call.value(i);
    if (i < xs.size()) variables.push_back(variable(given.x));
    scope.set(i < xs.size() ? xs[i] : zs[i - xs.size()], i < xs.size() ? Value(variables[i], given.type) : given);
  }
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    // What is given stays, even where one of these nodes would make it again.
    run_node(body, *i, scope);
    for (std::size_t k = 0; k < call.size(); ++k) scope.set(k < xs.size() ? xs[k] : zs[k - xs.size()], k < xs.size() ? Value(variables[k], call.type(k)) : call.value(k));
  }
  const Value* made = scope.find(y);
  if (!made) call.fault(fmt::format("{} is not made before it", quoted(y)));
  Tensors slopes = pullback(made->x, Tensor::ones(made->x.shape(), made->x.dtype()), variables);
  Values out;
  for (std::size_t i = 0; i < xs.size(); ++i) out.emplace_back(slopes[i], call.type(i));
  return out;
}

void Runner::run_node(const Body& body, int place, Scope& scope) {
  const proto::Node& node = body.nodes[place];
  const Call call = make_call(body, node, scope);
  running_ = call.op;
  Values out;
  if (const auto function = model_.functions.find(call.op); function != model_.functions.end()) {
    out = call_function(*function->second, call);
  } else if (call.op == gradient_name) {
    out = gradient(body, place, call);
  } else {
    const Operator* op = find_operator(call.op);
    if (!op) call.unsupported(why_unsupported(call.op));
    check_unsigned(call);
    out = op->run(call);
  }
  for (int i = 0; i < node.output_size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (node.output(i).empty()) continue;
    if (at >= out.size()) call.fault(fmt::format("has {} outputs here, not {}", out.size(), node.output_size()));
    if (!out[at].x.defined()) call.unsupported(fmt::format("output {}", i));
    Type type = out[at].type;
    if (type == Type::none) type = call.has(0) ? call.type(0) : type_of(out[at].x);
    scope.set(node.output(i), settle(out[at].x, type));
  }
}

Values Runner::run(const Scope& inputs) {
  Scope given(&inputs);
  for (const auto& [name, value] : model_.constants) {
    if (!inputs.holds(name)) given.set(name, value);  // an input with a default
  }
  const proto::Graph& graph = model_.file.graph();
  const Body body{graph.node(), model_.opsets, nullptr, given};
  Scope scope(&given);
  for (int i = 0; i < body.nodes.size(); ++i) run_node(body, i, scope);
  Values out;
  for (const proto::ValueInfo& output : graph.output()) out.push_back(*scope.find(output.name()));
  return out;
}

}  // namespace gradus::onnx
