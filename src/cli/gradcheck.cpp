// gradus gradcheck [OP|all]
#include <memory>

#include <fmt/format.h>
#include <gradus/autodiff/opcheck.hpp>
#include <unistd.h>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

int run_gradcheck(const std::vector<std::string>& wanted, const Common& common) {
  std::vector<std::string> names;
  for (const std::string& name : wanted) {
    if (name == "all") {
      names.clear();
      break;
    }
    names.emplace_back(find_op(name).info.name);
  }
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const OpcheckReport report = check_ops(names, [&](std::size_t done, std::size_t of, std::string_view name) {
    if (terminal) fmt::print(stderr, "\r\033[K{}/{} {}", done, of, name);
  });
  if (terminal) fmt::print(stderr, "\r\033[K");
  for (const std::string& message : report.messages) note(message);
  if (common.json) {
    Json skipped = Json::array();
    for (const OpcheckSkip& skip : report.skipped) skipped.push_back({{"name", skip.name}, {"reason", skip.reason}});
    say_json(Json{{"ops", report.ops}, {"cases", report.cases}, {"min_cases", report.min_cases}, {"failures", report.failures},
                  {"worst_rel", report.worst_rel}, {"worst_op", report.worst_op}, {"skipped", skipped}});
  } else {
    for (const OpcheckSkip& skip : report.skipped) say(fmt::format("skipped {}: {}", skip.name, skip.reason));
    say(fmt::format("{} operations in {} variants against central differences in float64: {}", report.ops, grouped(report.cases),
                    report.failures == 0 ? "all right" : counted(static_cast<std::int64_t>(report.failures), "failure")));
    if (report.ops > 0) say(fmt::format("worst relative error {:.2e}, of {}", report.worst_rel, report.worst_op));
  }
  return report.failures == 0 ? fine : run_failed;
}

}  // namespace

void add_gradcheck(Program& program) {
  auto names = std::make_shared<std::vector<std::string>>();
  Command* command = add_command(program, program.app, "gradcheck", "check derivatives against finite differences",
                                 [names, &program] { return run_gradcheck(*names, program.common); },
                                 "  gradus gradcheck all\n"
                                 "  gradus gradcheck sigmoid matmul\n");
  command->add_option("OP", *names, "operations of `gradus ops`, or all (the default)")->type_name("");
}

}  // namespace gradus::cli
