// gradus generate RUN
#include <memory>

#include <fmt/format.h>
#include <gradus/base/options.hpp>
#include <gradus/base/text.hpp>
#include <gradus/train.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  std::string run, prompt, length, temperature;
};

// Lines stay lines; other control characters would steer the terminal.
std::string shown(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += (at == 0 ? "" : "\n") + printable(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  return out;
}

int run_generate(const Wanted& wanted, const Common& common) {
  train::GenerateOptions options;
  options.prompt = wanted.prompt;
  if (!wanted.temperature.empty()) options.temperature = to_number("generate", "--temperature", wanted.temperature);
  if (!wanted.length.empty()) {
    options.length = to_integer("generate", "--length", wanted.length);
    if (options.length < 1 || options.length > 10'000'000) fail<UsageError>("--length", fmt::format("{} is not possible: it must be from 1 to 10000000", quoted(wanted.length)));
  }
  options.seed = static_cast<std::uint64_t>(common.seed.value_or(0));
  const train::Generated found = train::generate(wanted.run, options);
  if (common.json) {
    Json out{{"recipe", found.recipe}, {"prompt", options.prompt}};
    if (found.words) out["words"] = found.texts;
    else out["text"] = found.texts.front();
    out["length"] = found.length;
    out["temperature"] = options.temperature;
    out["seed"] = options.seed;
    out["run"] = wanted.run;
    say_json(out);
    return fine;
  }
  for (const std::string& text : found.texts) say(shown(text));
  return fine;
}

}  // namespace

void add_generate(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "generate", "write text like that which a network has learned from",
                                 [wanted, &program] { return run_generate(*wanted, program.common); },
                                 "  gradus generate runs/shakespeare-gpt-1 --prompt \"ROMEO:\" --length 300\n"
                                 "  gradus generate runs/names-mlp-1 --temperature 1 --length 10 --seed 3\n");
  command->add_option("RUN", wanted->run, "a run's folder, such as runs/shakespeare-gpt-1")->type_name("")->required();
  command->add_option("--prompt", wanted->prompt, "what the text begins with")->type_name("TEXT");
  command->add_option("--length", wanted->length, "characters to write (500); of a list of words, how many words (20)")->type_name("N");
  command->add_option("--temperature", wanted->temperature, "0: always the likeliest character; 1: as often as it was seen; (0.8)")->type_name("T");
}

}  // namespace gradus::cli
