// gradus conform onnx PATH
#include <map>
#include <memory>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>
#include <unistd.h>

#include "command.hpp"
#include "output.hpp"
#if GRADUS_ONNX
#include "conform_cases.hpp"
#endif

namespace gradus::cli {
namespace {

#if GRADUS_ONNX

struct Counts {
  std::int64_t passed = 0, failed = 0, unsupported = 0;
};
struct Report {
  Counts all;
  std::map<std::string, Counts> operators;  // passed: cases with the operator; else those that it is the reason for
  std::vector<std::pair<std::string, onnx::Outcome>> failures;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> unsupported;  // cases by operator and reason
};

void add(Report& report, const std::string& name, onnx::Outcome outcome) {
  switch (outcome.verdict) {
    case onnx::Outcome::passed:
      ++report.all.passed;
      for (const std::string& op : outcome.operators) ++report.operators[op].passed;
      return;
    case onnx::Outcome::failed:
      ++report.all.failed;
      ++report.operators[outcome.op].failed;
      report.failures.emplace_back(name, std::move(outcome));
      return;
    case onnx::Outcome::unsupported:
      ++report.all.unsupported;
      ++report.operators[outcome.op].unsupported;
      report.unsupported[{outcome.op, outcome.reason}].push_back(name);
      return;
  }
}

void print(const Report& report) {
  std::vector<std::vector<std::string>> rows{{"operator", "passed", "failed", "unsupported"}};
  const auto cell = [](std::int64_t n) { return n == 0 ? std::string("-") : grouped(n); };
  for (const auto& [op, n] : report.operators) rows.push_back({printable(op), cell(n.passed), cell(n.failed), cell(n.unsupported)});
  say(table(rows));
  for (const auto& [what, cases] : report.unsupported) {
    say(fmt::format("unsupported {}: {} ({})", printable(what.first), printable(what.second), counted(static_cast<std::int64_t>(cases.size()), "case")));
  }
  for (const auto& [name, outcome] : report.failures) say(fmt::format("failed {}: {}: {}", printable(name), printable(outcome.op), printable(outcome.reason)));
  const Counts& n = report.all;
  say(fmt::format("{}: {} passed, {} failed, {} unsupported", counted(n.passed + n.failed + n.unsupported, "case"), grouped(n.passed), grouped(n.failed), grouped(n.unsupported)));
}

void print_json(const Report& report) {
  Json operators = Json::array(), failures = Json::array(), unsupported = Json::array();
  for (const auto& [op, n] : report.operators) operators.push_back({{"operator", op}, {"passed", n.passed}, {"failed", n.failed}, {"unsupported", n.unsupported}});
  for (const auto& [name, outcome] : report.failures) failures.push_back({{"case", name}, {"operator", outcome.op}, {"reason", outcome.reason}});
  for (const auto& [what, cases] : report.unsupported) unsupported.push_back({{"operator", what.first}, {"reason", what.second}, {"cases", cases}});
  const Counts& n = report.all;
  Json failed_names = Json::array(), unsupported_names = Json::array();
  for (const Json& failure : failures) failed_names.push_back(failure["case"]);
  for (const Json& group : unsupported) {
    for (const Json& name : group["cases"]) unsupported_names.push_back(name);
  }
  say_json(Json{{"cases", n.passed + n.failed + n.unsupported}, {"passed", n.passed}, {"failed", n.failed}, {"unsupported", n.unsupported},
                {"failed_names", failed_names}, {"unsupported_names", unsupported_names}, {"failures", failures}, {"not_supported", unsupported}, {"operators", operators}});
}

int run_onnx(const std::string& path, const Common& common) {
  const std::vector<FoundCase> cases = find_cases(path);
  const bool terminal = isatty(STDERR_FILENO) != 0;
  Report report;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (terminal) fmt::print(stderr, "\r\033[K{}/{} {}", i + 1, cases.size(), printable(cases[i].name));
    add(report, cases[i].name, onnx::conform(cases[i].load()));
  }
  if (terminal) fmt::print(stderr, "\r\033[K");
  if (common.json) print_json(report);
  else print(report);
  return report.all.failed == 0 ? fine : run_failed;
}

#else

int run_onnx(const std::string&, const Common&) {
  fail<UsageError>("gradus conform onnx", "this program was built without ONNX", "install libprotobuf-dev and protobuf-compiler, then configure and build again");
}

#endif

}  // namespace

void add_conform(Program& program) {
  Command* conform = add_command(program, program.app, "conform", "run test sets that others wrote", {}, "  gradus conform onnx /usr/share/libonnx-testdata\n");
  auto path = std::make_shared<std::string>();
  Command* command = add_command(program, *conform, "onnx", "the ONNX backend tests: models, their inputs and what must come out",
                                 [path, &program] { return run_onnx(*path, program.common); },
                                 "  gradus conform onnx /usr/share/libonnx-testdata\n"
                                 "  gradus conform onnx onnx_node_common.tar.gz --json\n");
  command->add_option("PATH", *path, "a folder, searched at any depth for model.onnx, or a .tar.gz")->required()->type_name("");
}

}  // namespace gradus::cli
