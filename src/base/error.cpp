#include <gradus/base/error.hpp>

namespace gradus {

#define GRADUS_FAIL(E) template void fail<E>(std::string, std::string, std::string, std::string);
GRADUS_ERRORS(GRADUS_FAIL)
#undef GRADUS_FAIL

namespace {

thread_local const std::string* module_path = nullptr;

ErrorParts with_module(ErrorParts parts) {
  if (parts.module_path.empty() && module_path) parts.module_path = *module_path;
  return parts;
}

std::string message(const ErrorParts& p) {
  std::string text;
  if (!p.op.empty()) text += "[" + p.op + "] ";
  if (!p.where.empty()) text += p.where + ": ";
  text += p.detail;
  const bool lines = p.detail.find('\n') != std::string::npos;  // a mark under a place ends its line
  if (!p.hint.empty()) text += (lines ? "\n  Hint: " : ". Hint: ") + p.hint;
  if (!p.module_path.empty()) text += "  in " + p.module_path;
  return text;
}

}  // namespace

Error::Error(ErrorParts parts) : std::runtime_error(message(with_module(parts))), parts_(with_module(std::move(parts))) {}

ModuleScope::ModuleScope(const std::string& path) : outer_(module_path) {
  if (!path.empty()) module_path = &path;
}
ModuleScope::~ModuleScope() { module_path = outer_; }
const std::string* ModuleScope::current() { return module_path; }

}  // namespace gradus
