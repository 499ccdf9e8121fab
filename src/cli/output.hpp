// Standard output holds results, standard error holds everything else.
#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace gradus::cli {

using Json = nlohmann::ordered_json;

void say(std::string_view line);   // a line on standard output
void note(std::string_view line);  // a line on standard error
void say_json(const Json& value);  // one line on standard output; bytes that are no UTF-8 are replaced
void flush_output();               // runtime_error when something could not be written; a reader that went away is no error

// Columns of `rows` under each other, two spaces apart.
std::string table(const std::vector<std::vector<std::string>>& rows);
std::string grouped(std::int64_t number);  // 12345678 as "12,345,678"
std::string counted(std::int64_t number, const std::string& thing);  // "1 row", "1,438 rows"
std::string duration(double seconds);      // "0.42 s", "3 min 05 s", "2 h 10 min"

}  // namespace gradus::cli
