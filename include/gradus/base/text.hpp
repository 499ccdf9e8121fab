// Small work on text for messages.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace gradus {

// The candidate that is nearest to `name` by edit distance (case does not count, a swap of neighbours counts once), or empty
// when none is near enough to be what was meant.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);
std::string_view nearest(std::string_view name, std::span<const std::string> candidates);

// A hint for an unknown name: "did you mean 'adam'?", or "known: adam, sgd" when none is near.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

// Text from a file or the user with its control characters written out, as \x1b: they would steer a terminal.
std::string printable(std::string_view text);

// Text from a file or the user as it may be shown: in single quotes, without control characters, shortened to about 60.
std::string quoted(std::string_view text);
// For a std::string these are nearer than std::quoted, which <iomanip> brings in.
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }

}  // namespace gradus
