// Options given by name, as recipes and the command line give them, and the hints when a name is not known.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

using Options = std::map<std::string, std::string>;  // key -> value as text

// "did you mean relu? Known are linear, relu, tanh". The nearest by edit distance is left out when nothing is near.
std::string nearest_hint(std::string_view word, const std::vector<std::string>& known);
// The nearest of `known`; empty when nothing is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// Text as a value, the same in every locale. UsageError with `op`, the key and the text when it is something else.
double to_number(const std::string& op, const std::string& key, std::string_view text);       // finite
std::int64_t to_integer(const std::string& op, const std::string& key, std::string_view text);
bool to_bool(const std::string& op, const std::string& key, std::string_view text);           // true, false

// UsageError that names the nearest known key, unless every key of `options` is known.
void check_keys(const std::string& op, const Options& options, const std::vector<std::string>& known);

}  // namespace gradus
