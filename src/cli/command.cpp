// The words of a command line, by CLI11, and what is wrong with them.
#include "command.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>
#include <sched.h>

#include "output.hpp"

namespace gradus::cli {
namespace {

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

}  // namespace

Option* Option::type_name(const std::string& name) {
  option_->type_name(name);
  return this;
}
Option* Option::required() {
  option_->required();
  return this;
}
Option* Option::allow_extra_args(bool allow) {
  option_->allow_extra_args(allow);
  return this;
}

Option* Command::add_option(const std::string& name, std::string& to, const std::string& about) { return keep(app_->add_option(name, to, about)); }
Option* Command::add_option(const std::string& name, std::vector<std::string>& to, const std::string& about) { return keep(app_->add_option(name, to, about)); }
Option* Command::add_option_function(const std::string& name, std::function<void(const std::string&)> take, const std::string& about) {
  return keep(app_->add_option_function<std::string>(name, take, about));
}
Option* Command::add_flag(const std::string& name, bool& to, const std::string& about) { return keep(app_->add_flag(name, to, about)); }
Command* Command::add_command(const std::string& name, const std::string& about) {
  app_->require_subcommand(0, 1);
  return &commands_.emplace_back(app_->add_subcommand(name, about));
}
Command* Command::find(const std::string& name) {
  const auto found = std::ranges::find(commands_, name, [](const Command& command) { return command.app_->get_name(); });
  return found == commands_.end() ? nullptr : &*found;
}

Program::Program(const std::string& about) : all(std::make_unique<CLI::App>(about, "gradus")), app(all.get()) {
  all->set_version_flag("--version", std::string("gradus ") + GRADUS_VERSION);
  all->get_formatter()->column_width(34);
  all->allow_extras();
  all->require_subcommand(0, 1);
  add_common(*all, common);
}
Program::~Program() = default;

bool Program::parse(int count, char** words, const std::string& more) {
  all->footer(more);  // commands that are added later would inherit it
  try {
    all->parse(count, words);
  } catch (const CLI::Success& wanted) {  // --help, --version
    all->exit(wanted);
    return false;
  } catch (const CLI::ParseError& error) {
    check_words(*all, "gradus");
    refuse(error);
  }
  check_words(*all, "gradus");
  check_command(*all);
  return true;
}

Command* add_command(Program& program, Command& parent, const std::string& name, const std::string& text,
                      std::function<int()> body, const std::string& examples) {
  Command* command = parent.add_command(name, text);
  CLI::App& app = command->app();
  if (!examples.empty()) app.footer("Examples:\n" + examples);
  app.allow_extras();
  if (body) app.callback([&program, body = std::move(body)] { program.action = body; });
  add_common(app, program.common);
  return command;
}

void add_help(Program& program) {
  auto words = std::make_shared<std::vector<std::string>>();
  Command* command = add_command(program, program.app, "help", "what a command does and which options it takes",
                                  [words, &program] { return run_help(*program.all, *words); });
  command->add_option("COMMAND", *words, "such as train, or data list")->type_name("");
}

void refuse_json(const std::string& option, const Common& common) {
  if (!common.json) return;
  fail<UsageError>(option, "--json cannot be given with it: the one prints a page, the other a line for scripts",
                   "leave one of the two out");
}

}  // namespace gradus::cli
