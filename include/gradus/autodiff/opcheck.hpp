// The generated check of operations: values, gradients and second derivatives of every op of the list, in many layouts.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradcheck.hpp"
#include "../ops/registry.hpp"

namespace gradus {

struct OpcheckSkip {
  std::string name, reason;
};
struct OpcheckReport {
  std::int64_t ops = 0;        // ops checked
  std::int64_t cases = 0;      // variants over all ops
  std::int64_t min_cases = 0;  // of the op with the fewest
  std::int64_t failures = 0;
  double worst_rel = 0;  // over all first and second derivatives, in float64
  std::string worst_op;
  std::vector<OpcheckSkip> skipped;   // ops without a derivative; their values are checked all the same
  std::vector<std::string> messages;  // one for each failure
};

inline constexpr double opcheck_tolerance = 1e-7;

// Checks one op and adds what was found to the report.
void check_op(const OpEntry& entry, OpcheckReport& report);

// Checks the ops of these names, all if there are none. `progress` is called with (done, of, name) before each.
OpcheckReport check_ops(const std::vector<std::string>& names, const std::function<void(std::size_t, std::size_t, std::string_view)>& progress = nullptr);

}  // namespace gradus
