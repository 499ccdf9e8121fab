// What the target column of a table holds.
#pragma once
#include <gradus/data/preprocessing.hpp>

namespace gradus::data {

bool is_missing(std::string_view cell, const CsvOptions& csv);

// The names of the classes, sorted (as numbers when all are integers); empty when the target is a number.
std::vector<std::string> learn_classes(const Table& table, std::int64_t column, Task task, const CsvOptions& csv);

// i64 [n] class numbers when there are classes, else f32 [n, 1], scaled as the column `target` says. Undefined when every cell
// is missing. DataError for a value that is no class or number, or missing in some rows.
Tensor encode_target(const Table& table, std::int64_t column, const Column& target, const std::vector<std::string>& classes,
                     const CsvOptions& csv);
constexpr auto target_hint = "the target is a number";

// The number in a cell that must hold one; DataError with the line, the column and the value.
double number_in(const Table& table, std::int64_t row, std::int64_t column, const std::string& hint);

}  // namespace gradus::data
