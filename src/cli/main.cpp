// The program `gradus`: words in, one command, one exit status out.
#include <csignal>

#include <fcntl.h>
#include <gradus/base/random.hpp>
#include <gradus/base/threads.hpp>
#ifdef GRADUS_LINALG
#include <gradus/linalg.hpp>
#endif
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

void apply(const Common& common) {
  if (common.threads) set_threads(static_cast<int>(*common.threads));
  if (common.deterministic) set_deterministic(true);
  if (common.seed) manual_seed(static_cast<std::uint64_t>(*common.seed));
}

int run(int count, char** words) {
#ifdef GRADUS_LINALG
  linalg::add_to_registry();
#endif
  Program program(about);
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
  if (!program.parse(count, words, more)) {
    flush_output();
    return fine;
  }
  apply(program.common);
  const int status = program.action();
  flush_output();
  return status;
}

}  // namespace
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
