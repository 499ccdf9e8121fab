// Errors: one root type whose fields say what happened, where, and how to mend it.
//   [matmul] inner sizes differ: a is [4, 3], b is [5, 2]. Hint: did you mean matmul(a, T(b))?  in net.hidden
#pragma once
#include <stdexcept>
#include <string>

namespace gradus {

struct ErrorParts {
  std::string op;           // what was being done: an op, a key, a command
  std::string detail;       // what is wrong, with the offending values
  std::string hint;         // how to mend it; may be empty
  std::string where;        // a place in the user's input, such as "iris.csv:17"; may be empty
  std::string module_path;  // the layer that was running, such as "net.hidden"; filled in by itself
};

class Error : public std::runtime_error {
 public:
  explicit Error(ErrorParts parts);
  const std::string& op() const { return parts_.op; }
  const std::string& detail() const { return parts_.detail; }
  const std::string& hint() const { return parts_.hint; }
  const std::string& where() const { return parts_.where; }
  const std::string& module_path() const { return parts_.module_path; }

 private:
  ErrorParts parts_;
};

// clang-format off
struct ShapeError final : Error { using Error::Error; };     // sizes or axes that do not fit
struct DtypeError final : Error { using Error::Error; };     // an element type the operation does not take
struct ValueError final : Error { using Error::Error; };     // an argument outside its range
struct GradError final : Error { using Error::Error; };      // something that cannot be differentiated as asked
struct TraceError final : Error { using Error::Error; };     // a value was read that only a run has
struct DataError final : Error { using Error::Error; };      // a file or data set that is not what it should be
struct UsageError final : Error { using Error::Error; };     // a command, recipe or key that is wrong
struct DivergedError final : Error { using Error::Error; };  // a run whose numbers are no longer finite
struct InternalError final : Error { using Error::Error; };  // a fault of Gradus itself
// clang-format on

template <class E>
[[noreturn]] void fail(std::string op, std::string detail, std::string hint = {}, std::string where = {}) {
  throw E(ErrorParts{std::move(op), std::move(detail), std::move(hint), std::move(where), {}});
}
#define GRADUS_ERRORS(X) \
  X(ShapeError) X(DtypeError) X(ValueError) X(GradError) X(TraceError) X(DataError) X(UsageError) X(DivergedError) X(InternalError)
#define GRADUS_FAIL(E) extern template void fail<E>(std::string, std::string, std::string, std::string);
GRADUS_ERRORS(GRADUS_FAIL)
#undef GRADUS_FAIL

// While it lives, errors thrown in this thread carry `path` as the place in the network. Scopes nest.
class ModuleScope {
 public:
  explicit ModuleScope(const std::string& path);
  ~ModuleScope();
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;
  static const std::string* current();  // the innermost non-empty path, or null

 private:
  const std::string* outer_;
};

}  // namespace gradus
