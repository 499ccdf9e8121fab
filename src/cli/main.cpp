// The program `gradus`: words in, one command, one exit status out.
#include <algorithm>
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/random.hpp>
#include <gradus/base/text.hpp>
#include <gradus/base/threads.hpp>
#include <unistd.h>

#include "command.hpp"
#include "errors.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

constexpr auto about = "Gradus trains neural networks, explains every number it computes, and proves every gradient it uses.";
constexpr auto more = R"(
Examples:
  gradus train digits                               learn handwritten digits, in a second or two
  gradus train my.toml --set optim.lr=0.01 --out runs/a
  gradus train my.toml --out runs/a --resume        go on where an interrupted run stopped
  gradus eval runs/a
  gradus predict runs/a new.csv

Exit status:
  0 fine   1 the run failed   2 the input is wrong   130, 143 interrupted, and saved
)";

// A closed standard stream would be handed to the next file that is opened, and messages would end up in it.
void fill_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) == -1) (void)!open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY);
  }
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& flag : option->get_lnames()) flags.push_back("--" + flag);
  }
  return flags;
}

std::string with_nearest(const std::string& word, const std::vector<std::string>& known, const std::string& otherwise) {
  const std::string near(nearest(word, known));
  return near.empty() ? otherwise : fmt::format("did you mean '{}'?", near);
}

// CLI11 says that a word was not expected, but not which one was meant.
void check_words(const CLI::App& app) {
  const CLI::App* command = &app;
  std::string path = "gradus";
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    path += " " + command->get_name();
  }
  const std::vector<std::string> extra = command->remaining();
  if (!extra.empty()) {
    const std::string& word = extra.front();
    const std::string help = fmt::format("see {} --help", path);
    if (word.starts_with("-")) {
      const std::string flag = word.substr(0, word.find('='));
      fail<UsageError>(path, fmt::format("unknown option '{}'", flag), with_nearest(flag, flags_of(*command), help));
    }
    const std::vector<std::string> commands = names_of(*command);
    if (commands.empty()) fail<UsageError>(path, fmt::format("'{}' is one word too many", word), help);
    fail<UsageError>(path, fmt::format("unknown command '{}'", word), with_nearest(word, commands, help));
  }
  if (!command->get_subcommands({}).empty()) {
    fail<UsageError>(path, "a command is missing", fmt::format("one of {}; see {} --help", fmt::join(names_of(*command), ", "), path));
  }
}

void apply(const Common& common) {
  if (common.threads) {
    if (*common.threads < 1) {
      fail<UsageError>("--threads", fmt::format("'{}' is not allowed: it must be a whole number from 1", *common.threads));
    }
    set_threads(*common.threads);
  }
  if (common.seed) {
    if (*common.seed < 0) fail<UsageError>("--seed", fmt::format("'{}' is not allowed: it must be 0 or more", *common.seed));
    manual_seed(static_cast<std::uint64_t>(*common.seed));
  }
}

int run(int count, char** words) {
  Program program;
  CLI::App& app = program.app;
  app.description(about);
  app.name("gradus");
  app.footer(more);
  app.set_version_flag("--version", std::string("gradus ") + GRADUS_VERSION);
  app.get_formatter()->column_width(34);
  app.allow_extras();
  app.require_subcommand(0, 1);
  add_train(program);
  add_eval(program);
  add_predict(program);
  add_recipes(program);
  add_data(program);
  add_ops(program);
  add_gradcheck(program);
  add_bench(program);
  try {
    app.parse(count, words);
    check_words(app);
  } catch (const CLI::Success& wanted) {  // --help, --version
    app.exit(wanted);
    flush_output();
    return fine;
  } catch (const CLI::ParseError& error) {
    fail<UsageError>("gradus", error.what(), "see gradus --help");
  }
  apply(program.common);
  const int status = program.action();
  flush_output();
  return status;
}

}  // namespace

CLI::App* add_command(Program& program, CLI::App& parent, const std::string& name, const std::string& text,
                      std::function<int()> body) {
  CLI::App* command = parent.add_subcommand(name, text);
  command->allow_extras();
  command->callback([&program, body = std::move(body)] { program.action = body; });
  command->add_flag("--json", program.common.json, "the last line of standard output is one JSON value")->group("Everywhere");
  command->add_option("--seed", program.common.seed, "decides everything random (0)")->type_name("N")->group("Everywhere");
  command->add_option("--threads", program.common.threads, "how many threads (the physical cores)")->type_name("N")->group("Everywhere");
  return command;
}

}  // namespace gradus::cli

int main(int count, char** words) {
  gradus::cli::fill_standard_streams();
  gradus::cli::end_in_one_sentence();
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);  // the write that fails says so
  int status = gradus::cli::run_failed;
  try {
    status = gradus::cli::run(count, words);
  } catch (...) {
    status = gradus::cli::report_current_exception();
  }
  std::fflush(nullptr);
  return status;
}
