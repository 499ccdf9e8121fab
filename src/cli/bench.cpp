// gradus bench [WORKLOAD]. Each workload is a function in a bench_*.cpp file, listed here.
#include <memory>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>

#include "bench.hpp"
#include "bench_scalar.hpp"
#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {{"scalar_value", &scalar_value}};
  return all;
}

int list_workloads(const Common& common) {
  Json list = Json::array();
  for (const Workload& workload : workloads()) list.push_back(workload.name);
  if (common.json) say_json(Json{{"workloads", list}});
  else for (const Workload& workload : workloads()) say(workload.name);
  return fine;
}

int run_bench(const std::string& wanted, const Common& common) {
  if (wanted.empty()) return list_workloads(common);
  std::vector<std::string> names;
  for (const Workload& workload : workloads()) {
    names.emplace_back(workload.name);
    if (workload.name != wanted) continue;
    const Json result = workload.run();
    if (common.json) say_json(result);
    else say(fmt::format("{}: {:.4g} ms (median {:.4g}, {} repetitions)", wanted, result.value("ms_min", 0.0),
                         result.value("ms_median", 0.0), result.value("reps", 0)));
    return fine;
  }
  fail<UsageError>("bench", fmt::format("there is no workload {}", quoted(wanted)), did_you_mean(wanted, names));
}

}  // namespace

void add_bench(Program& program) {
  auto wanted = std::make_shared<std::string>();
  CLI::App* command = add_command(program, program.app, "bench", "measure a workload on this machine",
                                  [wanted, &program] { return run_bench(*wanted, program.common); },
                                  "  gradus bench                                    list the workloads\n"
                                  "  gradus bench scalar_value --json\n");
  command->add_option("WORKLOAD", *wanted, "what to measure")->type_name("");
}

}  // namespace gradus::cli
