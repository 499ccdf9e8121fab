#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "describe.hpp"
#include <gradus/view/explain.hpp>

namespace gradus::inspect {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t most = 1024;  // numbers of a tensor that are written out

Json number(double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); }

// A number, nested lists, or of a large tensor what it is like.
Json tensor(const Tensor& x) {
  if (!x.defined()) return nullptr;
  const std::vector<double> values = x.to_vector();
  const Shape shape = x.shape();
  if (x.numel() > most) {
    const auto [low, high] = std::ranges::minmax(values);
    return {{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}, {"min", number(low)}, {"max", number(high)}, {"norm", number(norm_of(x))}};
  }
  std::size_t at = 0;
  const auto build = [&](auto&& self, std::size_t axis) -> Json {
    if (axis == shape.size()) return number(values[at++]);
    Json list = Json::array();
    for (std::int64_t i = 0; i < shape[axis]; ++i) list.push_back(self(self, axis + 1));
    return list;
  };
  return build(build, 0);
}

Json node_of(const Trace& trace, std::size_t id) {
  const Step& step = trace.steps[id];
  static constexpr const char* kinds[] = {"input", "parameter", "constant", "operation"};
  Json out{{"id", id}, {"name", step.name}, {"symbol", step.symbol}, {"kind", kinds[static_cast<int>(step.kind)]}, {"op", step.is_leaf() ? Json(nullptr) : Json(std::string(step.op->info().name))}};
  if (!step.group.empty()) out["layer"] = step.group;
  out["formula"] = step.is_leaf() ? step.symbol : formula_of(trace, step).text();
  if (!step.is_leaf() && has_numbers(trace, step)) out["numbers"] = numbers_of(trace, step).text();
  const Shape shape = step.value.shape();
  out["shape"] = std::vector<std::int64_t>(shape.begin(), shape.end());
  out["value"] = tensor(step.value);
  out["grad"] = tensor(step.grad);
  out["numeric"] = tensor(step.numeric);
  static constexpr const char* checks[] = {"none", "agrees", "differs", "kink", "edge"};
  static constexpr const char* ways[] = {"each", "along", "alone"};
  out["rel_error"] = step.check == Check::agrees || step.check == Check::differs ? number(step.error) : Json(nullptr);
  out["check"] = checks[static_cast<int>(step.check)];
  if (step.check != Check::none) out["compared"] = ways[static_cast<int>(step.compared)];
  if (step.compared != Compared::each) out["along"] = number(step.along);
  if (step.kinks > 0) out["kinks"] = step.kinks;
  if (step.left.defined()) out["slopes"] = {{"left", tensor(step.left)}, {"right", tensor(step.right)}};
  out["inputs"] = Json::array();
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const Link& link = step.inputs[i];
    Json input{{"id", link.from}, {"local", tensor(link.local)}};
    if (link.carries) {
      input["derivative"] = local_formula(trace, step, i).text();
      input["product"] = tensor(link.product);
    }
    out["inputs"].push_back(std::move(input));
  }
  return out;
}

}  // namespace

std::string explanation_json(const Explanation& e, const std::string& path) {
  const Trace& trace = e.trace;
  Json grads = Json::object(), nodes = Json::array(), back = Json::array(), update = Json::array();
  for (std::size_t id = 0; id < trace.steps.size(); ++id) {
    const Step& step = trace.steps[id];
    if (step.is_leaf() && step.grad.defined()) grads[step.name] = tensor(step.grad);
    nodes.push_back(node_of(trace, id));
  }
  for (const ParameterUpdate& parameter : e.update.parameters) {
    Json item{{"name", parameter.name}, {"rule", e.update.rule}, {"step", e.update.step}, {"grad", tensor(parameter.grad)}};
    for (const Moved& moved : parameter.moved) {
      const bool last = &moved == &parameter.moved.back();
      Json values{{"formula", moved.formula}, {"numbers", moved.numbers}, {"before", tensor(moved.before)}, {"after", tensor(moved.after)}};
      if (!parameter.at.empty()) values["at"] = parameter.at;
      if (last) item.update(values);
      else item["state"][moved.symbol] = values;
    }
    update.push_back(std::move(item));
  }
  Json out{{"title", e.title}, {"value", number(trace.steps[trace.result].value.item())}, {"grads", grads}, {"nodes", nodes}, {"backward", trace.back}, {"update", update}};
  if (const auto fault = first_not_finite(trace)) {
    out["not_finite"] = {{"first", fault->nan ? "nan" : "inf"}, {"id", fault->step}, {"in", fault->gradient ? "grad" : "value"}};
    if (fault->gradient) out["not_finite"]["through"] = fault->through;
  }
  if (e.sample) {
    const SampleView& s = *e.sample;
    Json& sample = out["sample"] = {{"index", s.index}, {"rows", s.count}, {"target", s.target}, {"prediction", s.said}, {"trained", s.trained}};
    if (s.probability >= 0) sample["probability"] = number(s.probability);
    if (!s.text.empty()) sample["text"] = s.text;
    if (!s.picture.empty()) sample["picture"] = std::vector<std::int64_t>(s.picture.begin(), s.picture.end()), sample["pixels"] = s.pixels;
    for (const auto& [name, value] : s.cells) sample["cells"].push_back({name, value});
  }
  for (const LayerView& layer : e.layers) {
    out["layers"].push_back({{"layer", layer.text}, {"output", std::vector<std::int64_t>(layer.output.begin(), layer.output.end())}, {"parameters", layer.parameters}});
  }
  if (!path.empty()) {
    const Paths paths = paths_from(trace, find_step(trace, path));
    Json listed = Json::array();
    for (const Path& way : paths.listed) {
      Json names = Json::array(), locals = Json::array();
      for (const auto& [step, input] : way.links) {
        names.push_back(trace.steps[step].name);
        locals.push_back(tensor(trace.steps[step].inputs[input].local));
      }
      listed.push_back({{"through", names}, {"locals", locals}, {"product", tensor(way.product)}});
    }
    out["paths"] = {{"of", path}, {"count", paths.count}, {"listed", listed}, {"sum", tensor(paths.sum)}};
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gradus::inspect
