#include "run_notes.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>

#include <gradus/base/threads.hpp>
#include <nlohmann/json.hpp>
#include <sched.h>

#include "lang/targets.hpp"

namespace gradus::train {
namespace {

using Json = nlohmann::ordered_json;

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(':') + 2, line.size()));
  }
  return "unknown";
}

int cores() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 0;
}

std::string text_of(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

RunNotes::RunNotes(const RunFolder& folder, const Job& job, const std::string& data, std::int64_t batches) : path_(folder.notes()) {
  const std::vector<std::string> targets = lang::target_names();
  const char* forced = std::getenv("GRADUS_TARGET");
  start_ = text_of({{"gradus", GRADUS_VERSION},
#ifdef __clang__
                    {"compiler", "Clang " __clang_version__},
#else
                    {"compiler", "GCC " __VERSION__},
#endif
                    {"processor", processor()},
                    {"cores", cores()},
                    {"target", forced && *forced ? forced : targets.empty() ? "scalar" : targets.front()},
                    {"threads", threads()},
                    {"deterministic", deterministic()},
                    {"started", static_cast<std::int64_t>(std::time(nullptr))},
                    {"seed", job.recipe.train.seed.value},
                    {"data", data},
                    {"train_rows", job.train.size()},
                    {"valid_rows", job.validation.size()},
                    {"test_rows", job.test.size()},
                    {"batches", batches},
                    {"params", nn::count_parameters(job.net)},
                    {"loss", job.recipe.loss.value},
                    {"metric", job.metric.name()},
                    {"classes", job.classes.size()}});
  write_file_atomically(path_, start_);
}

void RunNotes::ended(const Summary& summary) {
  Json out = Json::parse(start_);
  out.update({{"ended", to_string(summary.ending)}, {"stopped", summary.ending == Ending::stopped}, {"steps", summary.steps}, {"epochs", summary.epochs}, {"seconds", summary.seconds}});
  out["figures"] = Json::object();
  for (const auto& [name, value] : summary.figures) out["figures"][name] = value;
  out["digest"] = summary.digest;
  write_file_atomically(path_, text_of(out));
}

void RunNotes::diverged(const std::string& how, const std::string& origin) {
  Json out = Json::parse(start_);
  out["diverged"] = how;
  if (!origin.empty()) out["origin"] = origin;
  write_file_atomically(path_, text_of(out));
}

}  // namespace gradus::train
