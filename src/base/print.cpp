#include <fmt/args.h>
#include <fmt/format.h>

#include <cstdio>
#include <gradus/base/error.hpp>
#include <gradus/base/print.hpp>

namespace gradus {

std::string detail::text(std::string_view format, std::span<const PrintArg> arguments) {
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (const PrintArg& argument : arguments) {
    switch (argument.kind()) {
      case PrintArg::Kind::integer: store.push_back(argument.integer()); break;
      case PrintArg::Kind::natural: store.push_back(static_cast<std::uint64_t>(argument.integer())); break;
      case PrintArg::Kind::real: store.push_back(argument.real()); break;
      case PrintArg::Kind::boolean: store.push_back(argument.integer() != 0); break;
      case PrintArg::Kind::character: store.push_back(static_cast<char>(argument.integer())); break;
      case PrintArg::Kind::text: store.push_back(fmt::string_view(argument.view().data(), argument.view().size())); break;
    }
  }
  try {
    return fmt::vformat(fmt::string_view(format.data(), format.size()), store);
  } catch (const fmt::format_error& error) {
    fail<ValueError>("print", "\"" + std::string(format) + "\" does not fit its " + std::to_string(arguments.size()) + " arguments: " + error.what());
  }
}

void detail::print(std::string_view format, std::span<const PrintArg> arguments) {
  const std::string line = text(format, arguments) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace gradus
