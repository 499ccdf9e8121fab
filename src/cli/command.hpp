// What the commands share. Each command is one source file, which adds itself to the program in one function.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // of CLI11, which only command.cpp includes: it takes seconds to compile
class App;
class Option;
}  // namespace CLI

namespace gradus::cli {

enum Exit { fine = 0, run_failed = 1, wrong_input = 2 };

// The flags that work everywhere.
struct Common {
  bool json = false;
  std::optional<std::int64_t> seed, threads;
  bool deterministic = false;
};

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option* type_name(const std::string& name);
  Option* required(bool on = true);
  Option* allow_extra_args(bool allow);  // false: each value needs the option's name before it

 private:
  CLI::Option* option_;
};

// A command, or the program itself.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}
  Option* add_option(const std::string& name, std::string& to, const std::string& about);
  Option* add_option(const std::string& name, std::vector<std::string>& to, const std::string& about);
  Option* add_option_function(const std::string& name, std::function<void(const std::string&)> take, const std::string& about);
  Option* add_flag(const std::string& name, bool& to, const std::string& about);
  Option* add_flag_callback(const std::string& name, std::function<void()> call, const std::string& about);
  Command* add_command(const std::string& name, const std::string& about);
  Command* find(const std::string& name);  // a command of this one, or null
  CLI::App& app() { return *app_; }

 private:
  Option* keep(CLI::Option* option) { return &options_.emplace_back(option); }
  CLI::App* app_;
  std::deque<Option> options_;
  std::deque<Command> commands_;
};

struct Program {
  explicit Program(const std::string& about);
  ~Program();
  // Understands the words and chooses the action; false: they asked for help or the version, and have it. `more` ends the help.
  bool parse(int count, char** words, const std::string& more);

  std::unique_ptr<CLI::App> all;
  Command app;
  Common common;
  std::function<int()> action;  // what the chosen command does; its result is the exit status
};

// Adds a command with the common flags. `run` is called once the words have been understood.
// `examples`: whole lines for its --help.
Command* add_command(Program& program, Command& parent, const std::string& name, const std::string& about,
                     std::function<int()> run, const std::string& examples = {});
void add_help(Program& program);

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
