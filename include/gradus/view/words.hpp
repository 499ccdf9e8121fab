// The languages of explanations, pictures and reports. Messages and --help stay English.
#pragma once
#include <string>

namespace gradus::inspect {

enum class Language { english, chinese };

Language language_by_name(const std::string& name);  // "en", "zh"; "auto": by the locale; UsageError otherwise

}  // namespace gradus::inspect
