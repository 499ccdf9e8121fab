// gradus conform opinfo FILE: reference vectors that tests/conform/opinfo.py made with another library. No operation is named here:
// the file says for each call which operations with which attributes must give its value and its vector-Jacobian products.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <gradus/autodiff/grad.hpp>
#include <gradus/base/text.hpp>
#include <gradus/formats/safetensors.hpp>
#include <gradus/ops/registry.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

constexpr double tolerance = 1e-10;  // relative to the largest number of the tensor
constexpr double noise = 1e-14;      // absolute: what remains of numbers that cancel

struct Numbers {
  Tensor f64, i64;
  // [dtype, shape, place of the first number]
  Tensor at(const Json& entry) const {
    const auto dtype = entry.at(0).get<std::string>();
    Shape shape;
    for (const std::int64_t n : entry.at(1).get<std::vector<std::int64_t>>()) shape.push_back(n);
    const auto first = entry.at(2).get<std::int64_t>();
    const Tensor part = slice(dtype == "f64" ? f64 : i64, 0, {first, first + checked_numel("opinfo", shape, Dtype::f64)});
    if (part.numel() != numel(shape)) fail<DataError>("opinfo", "a tensor reaches past the end of the numbers");
    const Tensor x = contiguous(reshape(part, shape));
    return dtype == "bool" ? cast(x, Dtype::boolean) : dtype == "u8" ? cast(x, Dtype::u8) : x;
  }
};

// What is wrong with `found`, or nothing.
std::string difference(const Tensor& found, const Tensor& expected) {
  if (!(found.shape() == expected.shape())) return fmt::format("is {}, expected {}", to_string(found.shape()), to_string(expected.shape()));
  const std::vector<double> a = found.to_vector(), b = expected.to_vector();
  double scale = noise / tolerance, worst = 0;
  for (const double v : b) {
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  }
  std::size_t place = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double error = std::isfinite(a[i]) && std::isfinite(b[i]) ? std::abs(a[i] - b[i]) / scale : INFINITY;
    if (error > worst) worst = error, place = i;
  }
  if (worst <= tolerance) return {};
  return fmt::format("{:.17g}, expected {:.17g} (place {} of {}, relative error {:.2g})", a[place], b[place], place, to_string(expected.shape()), worst);
}

struct Unknown {  // an operation, or an attribute of it, that this program does not have
  std::string op;
};

Ref<const Op> make(const Json& step) {
  const auto name = step.at("op").get<std::string>();
  const auto& all = registry();
  const auto entry = std::ranges::find(all, name, [](const OpEntry& e) { return e.info.name; });
  if (entry == all.end()) throw Unknown{name};
  return entry->make(step.at("attributes").get<std::map<std::string, std::string>>());
}

Tensor run(const Json& call, std::vector<Tensor> tensors) {
  for (const Json& step : call.at("steps")) {
    Tensors operands;
    for (const auto i : step.at("in").get<std::vector<std::size_t>>()) operands.push_back(tensors.at(i));
    tensors.push_back(apply(make(step), operands));
  }
  return tensors.at(call.at("result").get<std::size_t>());
}

// Empty if value and gradients are right.
std::string check(const Json& call, const Numbers& numbers) {
  std::vector<Tensor> inputs;
  for (const Json& entry : call.at("inputs")) inputs.push_back(numbers.at(entry));
  const Tensor expected = numbers.at(call.at("value"));
  if (const std::string wrong = difference(run(call, inputs), expected); !wrong.empty()) return "value: " + wrong;
  if (call.at("cotangent").is_null()) return {};
  const GradScope scope;
  Tensors variables;
  for (const Json& gradient : call.at("gradients")) {
    Tensor& input = inputs.at(gradient.at("of").get<std::size_t>());
    variables.push_back(input = variable(input));
  }
  const Tensors found = pullback(run(call, inputs), numbers.at(call.at("cotangent")), variables);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Json& gradient = call.at("gradients").at(i);
    if (const std::string wrong = difference(found[i], numbers.at(gradient.at("value"))); !wrong.empty()) return fmt::format("gradient of input {}: {}", gradient.at("of").get<int>(), wrong);
  }
  return {};
}

struct Count {
  std::int64_t calls = 0, vjps = 0, failed = 0;
};

int run_opinfo(const std::string& path, const Common& common) {
  const safetensors::File file = safetensors::read(path);
  const auto text = file.metadata.find("calls");
  if (text == file.metadata.end() || !file.tensors.contains("f64") || !file.tensors.contains("i64")) {
    fail<DataError>("opinfo", "the file holds no calls", "make it with tests/conform/opinfo.py", path);
  }
  const Numbers numbers{file.tensors.at("f64"), file.tensors.at("i64")};
  std::map<std::string, Count> ops;      // by operation; a call counts for each of its operations
  std::map<std::string, std::int64_t> unknown;
  Json failures = Json::array();
  Count all;
  try {
    for (const Json& call : Json::parse(text->second)) {
      std::string wrong;
      try {
        wrong = check(call, numbers);
      } catch (const Unknown& missing) {
        ++unknown[missing.op];
        continue;
      } catch (const Error& error) {
        wrong = error.what();
      }
      const bool vjp = !call.at("cotangent").is_null();
      std::set<std::string> names;
      for (const Json& step : call.at("steps")) names.insert(step.at("op").get<std::string>());
      for (const std::string& name : names) {
        Count& count = ops[name];
        ++count.calls, count.vjps += vjp, count.failed += !wrong.empty();
      }
      ++all.calls, all.vjps += vjp, all.failed += !wrong.empty();
      if (!wrong.empty()) failures.push_back({{"call", call.at("call")}, {"steps", call.at("steps")}, {"reason", wrong}});
    }
  } catch (const nlohmann::json::exception& error) {
    fail<DataError>("opinfo", std::string("the list of calls is damaged: ") + error.what(), "make the file anew with tests/conform/opinfo.py", path);
  } catch (const std::out_of_range&) {
    fail<DataError>("opinfo", "a call names a tensor that it does not have", "make the file anew with tests/conform/opinfo.py", path);
  }
  std::int64_t left_out = 0;
  for (const auto& [op, n] : unknown) left_out += n;
  for (const Json& failure : failures) note(fmt::format("{}: {}", failure["call"].get<std::string>(), failure["reason"].get<std::string>()));
  if (common.json) {
    Json list = Json::array();
    for (const auto& [op, n] : ops) list.push_back({{"op", op}, {"calls", n.calls}, {"vjps", n.vjps}, {"failed", n.failed}});
    Json failed_names = Json::array(), unsupported_names = Json::array();
    for (const Json& failure : failures) failed_names.push_back(failure["call"]);
    for (const auto& [op, n] : unknown) unsupported_names.push_back(op);
    say_json(Json{{"passed", all.calls - all.failed}, {"unsupported", left_out}, {"failed_names", failed_names}, {"unsupported_names", unsupported_names}, {"calls", all.calls}, {"vjps", all.vjps}, {"failed", all.failed}, {"unknown", left_out}, {"unknown_ops", unknown}, {"ops", list}, {"failures", failures}});
  } else {
    std::vector<std::vector<std::string>> rows{{"operation", "calls", "with gradients", "failed"}};
    for (const auto& [op, n] : ops) rows.push_back({op, grouped(n.calls), grouped(n.vjps), grouped(n.failed)});
    say(table(rows));
    for (const auto& [op, n] : unknown) say(fmt::format("unknown op {}: {}", op, counted(n, "call")));
    say(fmt::format("{} compared, {} with gradients, of {} operations: {} failed; {} of unknown operations", counted(all.calls, "call"), grouped(all.vjps), ops.size(), grouped(all.failed), grouped(left_out)));
  }
  return all.failed == 0 ? fine : run_failed;
}

}  // namespace

void add_conform_opinfo(Program& program) {
  Command* conform = program.app.find("conform");
  if (!conform) conform = add_command(program, program.app, "conform", "run test sets that others wrote", {});
  auto path = std::make_shared<std::string>();
  Command* command = add_command(program, *conform, "opinfo", "values and gradients that PyTorch computed for its own samples",
                                 [path, &program] { return run_opinfo(*path, program.common); },
                                 "  tests/conform/opinfo.py vectors.safetensors && gradus conform opinfo vectors.safetensors\n");
  command->add_option("FILE", *path, "made by tests/conform/opinfo.py")->required()->type_name("");
}

}  // namespace gradus::cli
