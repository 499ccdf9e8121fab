// gradus bench [WORKLOAD]. Each workload is a function in a bench_*.cpp file, which lists its own.
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>
#include <gradus/base/threads.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.hpp"
#include "command.hpp"
#include "output.hpp"
#include "tasks.hpp"

extern char** environ;

namespace gradus::cli {
namespace {

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = [] {
    std::vector<Workload> list;
    for (const auto* part : {&training_workloads(), &sequence_workloads(), &elementwise_workloads(), &inference_workloads(), &kernel_workloads(),
                             &scalar_workloads(), &machine_workloads()}) {
      list.insert(list.end(), part->begin(), part->end());
    }
    return list;
  }();
  return all;
}

struct Wanted {
  std::vector<std::string> words;  // a workload and its sizes
  double min_time = 3;
  bool check_only = false;
  std::int64_t tasks = 0;
  std::string memory_budget;
  bool digest = false;
};

int list_workloads(const Common& common) {
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Workload& workload : workloads()) {
    list.push_back(workload.name);
    rows.push_back({workload.sizes.empty() ? std::string(workload.name) : fmt::format("{} {}", workload.name, workload.sizes), std::string(workload.about)});
  }
  rows.push_back({"all", "every workload that takes no sizes, each in a process of its own"});
  if (common.json) say_json(Json{{"workloads", list}});
  else say(table(rows));
  return fine;
}

double number(const Json& result, const char* key) {
  const auto found = result.find(key);
  return found != result.end() && found->is_number() ? found->get<double>() : 0.0;
}

std::string figure(double value, const char* format = "{:.4g}") { return value == 0 ? "-" : fmt::format(fmt::runtime(format), value); }

std::vector<std::string> row_of(const Json& result) {
  const double share = number(result, "share");
  return {result.value("workload", ""),
          figure(number(result, "ms_min")),
          figure(number(result, "ms_median")),
          figure(number(result, "gflops"), "{:.1f}"),
          figure(number(result, "gbytes_per_s"), "{:.1f}"),
          share == 0 ? "-" : fmt::format("{:.1f} %", 100 * share),
          grouped(result.value("params", std::int64_t{0})),
          figure(number(result, "peak_rss_mb"), "{:.0f}"),
          result.contains("check") && result["check"].is_number() ? fmt::format("{:.6g}", result["check"].get<double>()) : "-"};
}

const std::vector<std::string> heads{"workload", "ms min", "ms median", "GFLOP/s", "GB/s", "of limit", "params", "RSS MB", "check"};

bool agrees(const Json& result) { return result.value("equal", true); }

void tell_difference(const Json& result) {
  if (result.contains("digest_unlimited") && result["digest"] != result["digest_unlimited"]) {
    note(fmt::format("gradus: {}: with {} bytes the parameters after 20 steps are not those without a budget", result.value("workload", ""),
                     result.value("memory_budget", std::int64_t{0})));
    return;
  }
  note(fmt::format("gradus: {}: the plan gives {:.6g} and eager {:.6g} after 5 steps; their results are {:.2g} of their norm apart, and 1e-3 is allowed",
                   result.value("workload", ""), number(result, "check"), number(result, "check_eager"), number(result, "check_apart")));
}

void tell(const Json& result, const Wanted& wanted) {
  if (result.contains("memory_budget")) {
    const auto bytes = [&](const char* key) { return grouped(result.value(key, std::int64_t{0})); };
    say(fmt::format("{}: {} bytes of {} allowed, {} without a budget, {} of them for parameters, gradients and the optimizer", result.value("workload", ""),
                    bytes("memory_bytes"), bytes("memory_budget"), bytes("unlimited_bytes"), bytes("fixed_bytes")));
  }
  if (result.contains("digest")) say(fmt::format("{}: after 20 steps {}", result.value("workload", ""), result["digest"].get<std::string>().substr(0, 16)));
  if (wanted.check_only) {
    say(fmt::format("{}: check {:.6g}, eager {:.6g}, {} parameters", result.value("workload", ""), number(result, "check"), number(result, "check_eager"),
                    grouped(result.value("params", std::int64_t{0}))));
    return;
  }
  say(table({heads, row_of(result)}));
  if (const double ms = number(result, "ms_repeat"); ms > 0) say(fmt::format("  {:>9} with repeat(n), which calls it so many times at once", short_time(ms / 1000)));
  for (const auto& kind : result.value("kinds", Json::array())) {
    say(fmt::format("  {:>9} {:5.1f} %  at best {:>9}  {} x {}", short_time(kind.value("ms", 0.0) / 1000), 100 * kind.value("part", 0.0),
                    short_time(kind.value("predicted_ms", 0.0) / 1000), kind.value("tasks", 0), kind.value("kind", "")));
  }
  for (const auto& task : result.value("longest_tasks", Json::array())) {
    say(fmt::format("  {:>9} {:5.1f} %  at best {:>9}  {}", short_time(task.value("ms", 0.0) / 1000), 100 * task.value("part", 0.0),
                    short_time(task.value("predicted_ms", 0.0) / 1000), task.value("text", "")));
  }
}

// Runs this program again with these words, and gives the JSON value it printed last; null when it failed.
Json run_alone(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) fail<UsageError>("bench all", "no pipe can be opened", "close some files");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  pid_t child = 0;
  const int failed = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string output;
  char part[4096];
  for (ssize_t size = 0; failed == 0 && (size = read(ends[0], part, sizeof part)) != 0;) {
    if (size > 0) output.append(part, static_cast<std::size_t>(size));
    else if (errno != EINTR) break;
  }
  close(ends[0]);
  if (failed != 0) return nullptr;
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {}
  while (output.ends_with("\n")) output.pop_back();
  const std::size_t line = output.rfind('\n');
  return Json::parse(line == std::string::npos ? output : output.substr(line + 1), nullptr, false);
}

int run_all(const Wanted& wanted, const Common& common) {
  Json results = Json::array(), failed = Json::array();
  std::vector<std::vector<std::string>> rows{heads};
  for (const Workload& workload : workloads()) {
    if (!workload.sizes.empty()) continue;
    note(fmt::format("{} ...", workload.name));
    std::vector<std::string> words{"gradus", "bench", std::string(workload.name), "--json", "--threads", std::to_string(threads()),
                                   "--min-time", fmt::format("{}", wanted.min_time)};
    if (wanted.check_only) words.push_back("--check");
    const Json result = run_alone(words);
    if (!result.is_object()) {
      failed.push_back(workload.name);
      rows.push_back({std::string(workload.name), "failed"});
      continue;
    }
    if (!agrees(result)) failed.push_back(workload.name);
    results.push_back(result);
    rows.push_back(row_of(result));
  }
  const bool good = failed.empty();
  if (common.json) say_json(Json{{"threads", threads()}, {"workloads", std::move(results)}, {"failed", std::move(failed)}});
  else say(table(rows));
  return good ? fine : run_failed;
}

int run_bench(const Wanted& wanted, const Common& common) {
  if (wanted.words.empty()) return list_workloads(common);
  const std::string& name = wanted.words[0];
  const BenchOptions options{wanted.min_time, wanted.check_only, wanted.memory_budget, wanted.digest, wanted.tasks, {wanted.words.begin() + 1, wanted.words.end()}};
  std::vector<std::string> names{"all"};
  const Workload* found = nullptr;
  for (const Workload& workload : workloads()) {
    names.emplace_back(workload.name);
    if (workload.name == name) found = &workload;
  }
  if (!found && name != "all") fail<UsageError>("bench", fmt::format("there is no workload {}", quoted(name)), did_you_mean(name, names));
  if (!options.sizes.empty() && (!found || found->sizes.empty())) {
    fail<UsageError>("bench", fmt::format("{} takes no sizes, and {} is given", name, quoted(options.sizes[0])), "gemm and conv take sizes");
  }
  if (!found) return run_all(wanted, common);
  const Json result = found->run(options);
  if (common.json) say_json(result);
  else tell(result, wanted);
  if (agrees(result)) return fine;
  tell_difference(result);
  return run_failed;
}

}  // namespace

void add_bench(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "bench", "measure a workload on this machine",
                                 [wanted, &program] { return run_bench(*wanted, program.common); },
                                 "  gradus bench                                    list the workloads\n"
                                 "  gradus bench mlp --threads 1 --tasks 5          with the longest tasks of its plan\n"
                                 "  gradus bench all                                every one, and a table\n"
                                 "  gradus bench gemm 512x256x1024                  [512, 256] times [256, 1024]\n"
                                 "  gradus bench conv 32x64x28x28 128x3x3 padding=1 stride=2\n"
                                 "                                                  pictures NxCxHxW, windows OUTxHxW; result and both gradients\n\n"
                                 "What the columns mean: docs/performance.md. Status 1: a plan does not give what eager gives.\n");
  command->add_option("WORKLOAD", wanted->words, "what to measure, and sizes where it takes them")->type_name("");
  const auto seconds = [wanted](const std::string& text) {
    char* end = nullptr;
    wanted->min_time = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(wanted->min_time >= 0 && wanted->min_time <= 25)) {
      fail<UsageError>("--min-time", fmt::format("{} is not allowed: it must be a number of seconds from 0 to 25", quoted(text)));
    }
  };
  command->add_option_function("--min-time", seconds, "seconds of measuring, at least; and 7 repetitions (3)")->type_name("SECONDS");
  command->add_flag("--check", wanted->check_only, "no measuring: only whether the plan gives what eager gives");
  const auto tasks = [wanted](const std::string& text) {
    char* end = nullptr;
    wanted->tasks = std::strtol(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || wanted->tasks < 1 || wanted->tasks > 100000) {
      fail<UsageError>("--tasks", fmt::format("{} is not allowed: it must be a whole number from 1 to 100000", quoted(text)));
    }
  };
  const auto budget = [wanted](const std::string& text) {
    const bool number = !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos && text.find_first_not_of('0') != std::string::npos;
    if (!number && text != "half") fail<UsageError>("--memory-budget", fmt::format("{} is not allowed: it must be a number of bytes, or half", quoted(text)));
    wanted->memory_budget = text;
  };
  command->add_option_function("--memory-budget", budget,
                                            "bytes that a step may take; half: half of what it takes beyond parameters, gradients and\n"
                                            "the optimizer. 20 steps must give the same bits as without")
      ->type_name("BYTES");
  command->add_flag("--digest", wanted->digest, "also the SHA-256 of the parameters after 20 steps");
  command->add_option_function("--tasks", tasks, "lists so many of the plan's tasks, the longest first")->type_name("N");
}

}  // namespace gradus::cli
