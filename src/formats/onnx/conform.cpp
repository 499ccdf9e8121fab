// The ONNX backend tests: run a case, and hold what comes out against what its files expect.
#include <fmt/format.h>

#include <cmath>
#include <gradus/base/text.hpp>

#include "formats/onnx/model.hpp"
#include "formats/onnx/operators.hpp"
#include "formats/onnx/tensor.hpp"

namespace gradus::onnx {
namespace {

constexpr double rtol = 1e-3, atol = 1e-7;
// Of bfloat16 one unit in the last of its 8 digits: ONNX 1.12 cut what later versions round.
constexpr double rtol_bf16 = 1.0 / 128;

bool is_near(double got, double expected, double relative) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected) || std::isinf(got)) return got == expected;
  return std::fabs(got - expected) <= atol + relative * std::fabs(expected);
}

// What is wrong with `got`, or nothing.
std::string difference(const Value& got, const Value& expected) {
  if (got.type != expected.type) return fmt::format("is {}, not {}", type_name(static_cast<int>(got.type)), type_name(static_cast<int>(expected.type)));
  if (!(got.x.shape() == expected.x.shape())) return fmt::format("has the shape {}, not {}", to_string(got.x.shape()), to_string(expected.x.shape()));
  if (!is_float(got.type)) {
    const Tensor a = contiguous(cast(got.x, Dtype::i64)), b = contiguous(cast(expected.x, Dtype::i64));
    const auto is = a.values<std::int64_t>(), should = b.values<std::int64_t>();
    for (std::size_t i = 0; i < is.size(); ++i) {
      if (is[i] != should[i]) return fmt::format("is {} at {}, not {}", is[i], i, should[i]);
    }
    return {};
  }
  const std::vector<double> is = got.x.to_vector(), should = expected.x.to_vector();
  for (std::size_t i = 0; i < is.size(); ++i) {
    if (!is_near(is[i], should[i], got.type == Type::bf16 ? rtol_bf16 : rtol)) return fmt::format("is {:.7g} at {}, not {:.7g}", is[i], i, should[i]);
  }
  return {};
}

// The operators of a model that Gradus has not; only the first is named.
bool find_unsupported(const Model& model, Outcome& out) {
  for (const std::string& op : out.operators) {
    if (op == "ai.onnx.preview.training.Gradient" || find_operator(op)) continue;
    out.verdict = Outcome::unsupported;
    out.op = op;
    out.reason = why_unsupported(op);
    return true;
  }
  const proto::Graph& graph = model.state().file.graph();
  for (const auto* list : {&graph.input(), &graph.output()}) {
    for (const proto::ValueInfo& info : *list) {
      if (info.type().has_tensor_type() && is_held(info.type().tensor_type().elem_type())) continue;
      out.verdict = Outcome::unsupported;
      out.op = out.operators.empty() ? "" : out.operators.front();
      out.reason = info.type().has_tensor_type() ? type_name(info.type().tensor_type().elem_type()) : "sequences and optional values";
      return true;
    }
  }
  return false;
}

// ONNX 1.12 wrote the bits of bfloat16 as uint16: what the model declares is what is meant.
Value read_as_declared(const std::string& bytes, const proto::ValueInfo& info, const std::string& place) {
  proto::Tensor tensor;
  if (bytes.size() > INT32_MAX || !tensor.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail<DataError>("onnx", "this is no tensor of ONNX: the protobuf message is damaged or truncated", {}, place);
  }
  const int declared = info.type().tensor_type().elem_type();
  if (declared == static_cast<int>(Type::bf16) && tensor.data_type() == static_cast<int>(Type::u16)) tensor.set_data_type(declared);
  return read_tensor(tensor, place);
}

// Files are those of the inputs without a value of their own; some cases have files for all.
std::vector<const proto::ValueInfo*> inputs_with_files(const Model& model, std::size_t files) {
  const Model::State& state = model.state();
  const bool all = static_cast<std::size_t>(state.file.graph().input_size()) == files;
  std::vector<const proto::ValueInfo*> inputs;
  for (const proto::ValueInfo& input : state.file.graph().input()) {
    if (all || !state.constants.contains(input.name())) inputs.push_back(&input);
  }
  return inputs;
}

void run_set(const Model& model, const Case::Set& set, const std::string& place, Outcome& out) {
  const auto& outputs = model.state().file.graph().output();
  const std::vector<const proto::ValueInfo*> inputs = inputs_with_files(model, set.inputs.size());
  if (set.inputs.size() != inputs.size() || set.outputs.size() != static_cast<std::size_t>(outputs.size())) {
    fail<DataError>("onnx", fmt::format("the model has {} inputs and {} outputs, but there are files for {} and {}", inputs.size(), outputs.size(), set.inputs.size(), set.outputs.size()), {}, place);
  }
  Scope scope;
  for (std::size_t i = 0; i < inputs.size(); ++i) scope.set(inputs[i]->name(), read_as_declared(set.inputs[i], *inputs[i], fmt::format("{}: input_{}.pb", place, i)));
  Values expected;
  for (int i = 0; i < outputs.size(); ++i) expected.push_back(read_as_declared(set.outputs[static_cast<std::size_t>(i)], outputs[i], fmt::format("{}: output_{}.pb", place, i)));
  Runner runner(model.state());
  const auto failed = [&](const std::string& op, const std::string& reason) {
    out.verdict = Outcome::failed;
    out.op = op;
    out.reason = reason;
  };
  Values got;
  try {
    got = runner.run(scope);
  } catch (const UnsupportedError& error) {
    out.verdict = Outcome::unsupported;
    out.op = runner.running();
    out.reason = error.detail();
    return;
  } catch (const std::exception& error) {
    return failed(runner.running(), error.what());
  }
  const std::string op = out.operators.size() == 1 ? out.operators.front() : runner.running();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::string wrong = difference(got[i], expected[i]);
    if (!wrong.empty()) return failed(op, fmt::format("output {} {}", quoted(outputs[static_cast<int>(i)].name()), wrong));
  }
}

}  // namespace

Outcome conform(const Case& test) {
  Outcome out;
  try {
    const Model model = Model::parse(test.model, test.name);
    out.operators = model.operators();
    if (find_unsupported(model, out)) return out;
    for (const Case::Set& set : test.sets) {
      run_set(model, set, test.name, out);
      if (out.verdict != Outcome::passed) break;
    }
  } catch (const UnsupportedError& error) {
    out.verdict = Outcome::unsupported;
    out.reason = error.detail();
    if (out.op.empty() && !out.operators.empty()) out.op = out.operators.front();
  }
  return out;
}

}  // namespace gradus::onnx
