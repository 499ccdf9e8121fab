// Options given by name and as text, as recipes and the command line give them.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

using Options = std::map<std::string, std::string>;

// Text as a value, the same in every locale. UsageError with `op`, the key and the text when it is something else.
double to_number(const std::string& op, const std::string& key, std::string_view text);  // finite
std::int64_t to_integer(const std::string& op, const std::string& key, std::string_view text);
bool to_bool(const std::string& op, const std::string& key, std::string_view text);  // "true" or "false"

// UsageError that names the nearest known key, unless every key of `options` is known.
void check_keys(const std::string& op, const Options& options, const std::vector<std::string>& known);
// UsageError for a `name` that is not known; `what` is the kind of thing, such as "layer".
[[noreturn]] void fail_unknown(const std::string& op, const std::string& what, std::string_view name,
                               const std::vector<std::string>& known);

}  // namespace gradus
