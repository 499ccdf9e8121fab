// gradus explain EXPR|RECIPE|RUN
#include <algorithm>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <gradus/view/explain.hpp>
#include <unistd.h>

#include "command.hpp"
#include "lesson.hpp"
#include "output.hpp"
#include "target.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  Target target;
  std::string path, html, lang = "auto", train, optim, lesson;
  std::vector<std::string> options;
};

// What was asked for; nothing where nothing was.
std::optional<inspect::UpdateOptions> update_options(const Wanted& wanted) {
  if (wanted.train.empty() && wanted.optim.empty() && wanted.options.empty()) return {};
  inspect::UpdateOptions out;
  if (!wanted.optim.empty()) out.rule = wanted.optim;
  for (const std::string& option : wanted.options) {
    const std::size_t sign = option.find('=');
    if (sign == std::string::npos) fail<UsageError>("--option", quoted(option) + " gives no key a value", "such as momentum=0.9");
    out.options[option.substr(0, sign)] = option.substr(sign + 1);
  }
  for (std::size_t at = 0; at < wanted.train.size();) {
    const std::size_t comma = std::min(wanted.train.find(',', at), wanted.train.size());
    out.parameters.push_back(wanted.train.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

bool colourful() { return isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"); }

int run_explain(const Wanted& wanted, const Common& common) {
  const inspect::Language language = inspect::language_by_name(wanted.lang);
  if (!wanted.lesson.empty()) {
    if (!wanted.target.what.empty()) fail<UsageError>("--lesson", quoted(wanted.target.what) + " is one word too many: a lesson brings its own data", "gradus explain --lesson " + wanted.lesson);
    return run_lesson(wanted.lesson, wanted.html, language, common);
  }
  if (wanted.target.what.empty()) fail<UsageError>("gradus explain", "WHAT is missing: an expression, a recipe or a run's folder", "see gradus explain --help; lessons: " + lesson_names());
  const inspect::Explanation e = explanation_of(wanted.target, common, update_options(wanted));
  if (!wanted.path.empty()) static_cast<void>(inspect::find_step(e.trace, wanted.path));
  if (!wanted.html.empty()) write_file_atomically(wanted.html, inspect::explanation_page(e, language));
  if (common.json) {
    say(inspect::explanation_json(e, wanted.path));
  } else if (wanted.html.empty() || !wanted.path.empty()) {
    say(inspect::explanation_text(e, {.language = language, .colour = colourful(), .path = wanted.path}));
  }
  if (!wanted.html.empty()) note(fmt::format("written: {}", wanted.html));
  return fine;
}

}  // namespace

void add_explain(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command =
      add_command(program, program.app, "explain", "every number of backpropagation: forward, loss, backward, update",
                  [wanted, &program] { return run_explain(*wanted, program.common); },
                  "  gradus explain \"(x*w+b-t)^2\" x=2 w=-3 b=1 t=4\n"
                  "  gradus explain \"sigmoid(x*w) + w\" x=1 w=0.5 --path w\n"
                  "  gradus explain \"sum((w @ x - t)^2)\" w=[[1,2],[3,4]] x=[[1],[2]] t=[[0],[1]] --html page.html\n"
                  "  gradus explain xor                        one sample through the network as it starts\n"
                  "  gradus explain runs/digits-1 --sample 17  one test sample through a trained network\n" +
                      lesson_examples() + "\n"
                  "Every operation of `gradus ops` may be called by its name. An expression that begins with a minus goes in brackets.\n");
  add_target(*command, wanted->target, "an expression, a recipe, or a run's folder")->required(false);
  command->add_option("--lesson", wanted->lesson, "in place of all that: a lesson, one of " + lesson_names())->type_name("NAME");
  command->add_option("--path", wanted->path, "every way from this node to the result, and the product along each")->type_name("NAME");
  command->add_option("--html", wanted->html, "write a page that opens offline")->type_name("FILE");
  command->add_option("--lang", wanted->lang, "en or zh; without it the locale decides")->type_name("LANG");
  command->add_option("--train", wanted->train, "of an expression: the names that the update moves (those that begin with w or b)")->type_name("NAMES");
  command->add_option("--optim", wanted->optim, "of an expression: the update rule (sgd)")->type_name("RULE");
  command->add_option("--option", wanted->options, "of an expression: an option of the rule, as lr=0.1 (which it is for sgd) or momentum=0.9; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

}  // namespace gradus::cli
