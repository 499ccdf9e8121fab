// The program `gradus`: words in, one command, one exit status out.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/random.hpp>
#include <gradus/base/text.hpp>
#include <gradus/base/threads.hpp>
#ifdef GRADUS_LINALG
#include <gradus/linalg.hpp>
#endif
#include <sched.h>
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
  gradus explain "(x*w+b-t)^2" x=2 w=-3 b=1 t=4     every number of forward and backward
  gradus help train                                 what a command does

Exit status:
  0 fine   1 the run failed   2 the input is wrong   129, 130, 143 interrupted, and saved
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

// CLI11 says that a word was not expected, but not which one was meant; and it takes an option twice for a wrong number of values.
void check_words(const CLI::App& command, const std::string& path) {
  const std::string help = fmt::format("see {} --help", path);
  if (const std::vector<std::string> extra = command.remaining(); !extra.empty()) {
    const std::string& word = extra.front();
    if (word.starts_with("-")) {
      const std::string flag = word.substr(0, word.find('='));
      fail<UsageError>(path, fmt::format("unknown option {}", quoted(flag)), with_nearest(flag, flags_of(command), help));
    }
    const std::vector<std::string> commands = names_of(command);
    if (commands.empty()) fail<UsageError>(path, fmt::format("{} is one word too many", quoted(word)), help);
    fail<UsageError>(path, fmt::format("unknown command {}", quoted(word)), with_nearest(word, commands, help));
  }
  for (const CLI::Option* option : command.get_options()) {
    const std::vector<std::string>& values = option->results();
    if (values.size() > 1 && option->get_items_expected_max() == 1) {
      fail<UsageError>(path,
                       fmt::format("{} is given {} times, as {} and {}", option->get_name(), values.size(), quoted(values[0]),
                                   quoted(values[1])),
                       help);
    }
    if (std::ranges::find(values, "") != values.end()) fail<UsageError>(path, fmt::format("{} is empty", option->get_name()), help);
  }
  for (const CLI::App* inner : command.get_subcommands()) check_words(*inner, path + " " + inner->get_name());
}

[[noreturn]] void refuse(const CLI::ParseError& error) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) text = text.substr(0, text.find(':')) + " needs a value";
  if (dynamic_cast<const CLI::RequiredError*>(&error)) text = text.substr(0, text.find(' ')) + " is missing";
  fail<UsageError>("gradus", text, "see gradus --help");
}

void check_command(const CLI::App& app) {
  const CLI::App* command = &app;
  std::string path = "gradus";
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    path += " " + command->get_name();
  }
  if (command->get_subcommands({}).empty()) return;
  fail<UsageError>(path, "a command is missing", fmt::format("one of {}; see {} --help", fmt::join(names_of(*command), ", "), path));
}

std::int64_t whole_number(const std::string& option, const std::string& text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
  fail<UsageError>(option, fmt::format("{} is not allowed: it must be a whole number from {} to {}", quoted(text), least, most));
}

// More threads than that only wait for each other, and the system may refuse to start them.
std::int64_t most_threads() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? 4 * CPU_COUNT(&allowed) : 4096;
}

// They stand before the command or behind it.
void add_common(CLI::App& app, Common& common) {
  constexpr auto group = "Everywhere";
  const auto number = [&](const char* option, const char* text, std::int64_t least, std::int64_t most,
                          std::optional<std::int64_t>& to) {
    const auto read = [=, &to](const std::string& value) { to = whole_number(option, value, least, most); };
    app.add_option_function<std::string>(option, read, text)
        ->type_name("N")
        ->group(group);
  };
  app.add_flag("--json", common.json, "the last line of standard output is one JSON value")->group(group);
  number("--seed", "decides everything random (0)", 0, INT64_MAX, common.seed);
  number("--threads", "how many threads (the physical cores)", 1, most_threads(), common.threads);
  app.add_flag("--deterministic", common.deterministic, "the same bits for every number of threads")->group(group);
}

int run_help(const CLI::App& program, const std::vector<std::string>& words) {
  const CLI::App* command = &program;
  std::string path = "gradus";
  for (const std::string& word : words) {
    const auto inner = command->get_subcommands({});
    const auto found = std::ranges::find(inner, word, [](const CLI::App* app) { return app->get_name(); });
    if (found == inner.end())
      fail<UsageError>("gradus help", fmt::format("unknown command {}", quoted(word)),
                       with_nearest(word, names_of(*command), "see gradus help"));
    command = *found;
    path += " " + word;
  }
  std::string text = command->get_formatter()->make_help(command, path, CLI::AppFormatMode::Normal);
  while (text.ends_with("\n")) text.pop_back();
  say(text);
  return fine;
}

void add_help(Program& program) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = add_command(program, program.app, "help", "what a command does and which options it takes",
                                  [words, &program] { return run_help(program.app, *words); });
  command->add_option("COMMAND", *words, "such as train, or data list")->type_name("");
}

void apply(const Common& common) {
  if (common.threads) set_threads(static_cast<int>(*common.threads));
  if (common.deterministic) set_deterministic(true);
  if (common.seed) manual_seed(static_cast<std::uint64_t>(*common.seed));
}

int run(int count, char** words) {
  Program program;
  CLI::App& app = program.app;
#ifdef GRADUS_LINALG
  linalg::add_to_registry();
#endif
  app.description(about);
  app.name("gradus");
  app.set_version_flag("--version", std::string("gradus ") + GRADUS_VERSION);
  app.get_formatter()->column_width(34);
  app.allow_extras();
  app.require_subcommand(0, 1);
  add_common(app, program.common);
  add_train(program);
  add_eval(program);
  add_predict(program);
  add_generate(program);
  add_report(program);
  add_compare(program);
  add_explain(program);
  add_draw(program);
  add_recipes(program);
  add_data(program);
  add_ops(program);
  add_gradcheck(program);
  add_conform(program);
  add_bench(program);
  add_plan(program);
  add_conform_opinfo(program);
  add_help(program);
  app.footer(more);  // commands that are added later would inherit it
  try {
    app.parse(count, words);
  } catch (const CLI::Success& wanted) {  // --help, --version
    app.exit(wanted);
    flush_output();
    return fine;
  } catch (const CLI::ParseError& error) {
    check_words(app, "gradus");
    refuse(error);
  }
  check_words(app, "gradus");
  check_command(app);
  apply(program.common);
  const int status = program.action();
  flush_output();
  return status;
}

}  // namespace

CLI::App* add_command(Program& program, CLI::App& parent, const std::string& name, const std::string& text,
                      std::function<int()> body, const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, text);
  if (!examples.empty()) command->footer("Examples:\n" + examples);
  command->allow_extras();
  if (body) command->callback([&program, body = std::move(body)] { program.action = body; });
  add_common(*command, program.common);
  return command;
}

void refuse_json(const std::string& option, const Common& common) {
  if (!common.json) return;
  fail<UsageError>(option, "--json cannot be given with it: the one prints a page, the other a line for scripts",
                   "leave one of the two out");
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
