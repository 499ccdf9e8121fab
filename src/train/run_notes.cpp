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

RunNotes::RunNotes(const RunFolder& folder, const Job& job, const std::string& data, std::int64_t batches, const Position& from) : path_(folder.notes()), from_(from.step) {
  const std::vector<std::string> targets = lang::target_names();
  const char* forced = std::getenv("GRADUS_TARGET");
  Json start{{"gradus", GRADUS_VERSION},
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
             {"classes", job.classes.size()}};
  Json before = from_ > 0 && path_kind(path_) == PathKind::file ? Json::parse(read_file(path_), nullptr, false) : Json();
  if (before.is_object() && before.contains("threads")) {
    for (const char* key : {"ended", "stopped", "steps", "epochs", "seconds", "figures", "digest", "diverged", "origin"}) before.erase(key);
    before_ = text_of(before);
    Json& parts = before["resumed"];
    if (!parts.is_array()) parts = Json::array();
    parts.push_back({{"step", from_}, {"threads", start["threads"]}, {"deterministic", start["deterministic"]}, {"gradus", start["gradus"]}, {"started", start["started"]}});
    start = std::move(before);
  }
  start_ = text_of(start);
  write(start_, "make room there, or choose another --out; nothing was trained yet");
}

// What went wrong with this file alone, and what that means for the run.
void RunNotes::write(const std::string& text, const char* hint) const {
  try {
    write_file_atomically(path_, text);
  } catch (const DataError& error) {
    fail<DataError>("run folder", error.detail(), hint, path_);
  }
}

void RunNotes::ended(const Summary& summary) {
  Json out = Json::parse(summary.steps == from_ && !before_.empty() ? before_ : start_);
  out.update({{"ended", to_string(summary.ending)}, {"stopped", summary.ending == Ending::stopped}, {"steps", summary.steps}, {"epochs", summary.epochs}, {"seconds", summary.seconds}});
  out["figures"] = Json::object();
  for (const auto& [name, value] : summary.figures) out["figures"][name] = value;
  out["digest"] = summary.digest;
  write(text_of(out), "make room there and go on with --resume, which writes it; the model and the checkpoint are saved");
}

void RunNotes::diverged(const std::string& how, const std::string& origin) {
  Json out = Json::parse(start_);
  out["diverged"] = how;
  if (!origin.empty()) out["origin"] = origin;
  write(text_of(out), "make room there");
}

}  // namespace gradus::train
