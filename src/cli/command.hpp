// What the commands share. Each command is one source file, which adds itself to the program in one function.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace gradus::cli {

enum Exit { fine = 0, run_failed = 1, wrong_input = 2 };

// The flags that work everywhere.
struct Common {
  bool json = false;
  std::optional<std::int64_t> seed, threads;
  bool deterministic = false;
};

struct Program {
  CLI::App app;
  Common common;
  std::function<int()> action;  // what the chosen command does; its result is the exit status
};

// Adds a command with the common flags. `run` is called once the words have been understood.
// `examples`: whole lines for its --help.
CLI::App* add_command(Program& program, CLI::App& parent, const std::string& name, const std::string& about,
                      std::function<int()> run, const std::string& examples = {});

// UsageError when --json was given with an option that prints something else.
void refuse_json(const std::string& option, const Common& common);

void add_train(Program& program);
void add_eval(Program& program);
void add_predict(Program& program);
void add_generate(Program& program);
void add_recipes(Program& program);
void add_data(Program& program);
void add_ops(Program& program);
void add_gradcheck(Program& program);
void add_conform(Program& program);
void add_bench(Program& program);
void add_plan(Program& program);
void add_report(Program& program);
void add_compare(Program& program);
void add_explain(Program& program);
void add_draw(Program& program);
void add_conform_opinfo(Program& program);

}  // namespace gradus::cli
