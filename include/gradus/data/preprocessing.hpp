// How rows of a table become numbers. It is learned from the training rows and saved with the network, so that new rows are
// treated in the same way.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "csv.hpp"
#include "dataset.hpp"

namespace gradus::data {

// What the target is. automatic: classes when some value is not a number, or when all are integers with at most 20 different
// values, each twice or more on average; numbers otherwise.
enum class Task { automatic, classification, regression };

struct Column {
  enum class Kind { number, category, ignored, target };
  std::string name;
  Kind kind = Kind::number;
  double mean = 0, deviation = 1;       // number: x = (value - mean) / deviation; the deviation is that of the rows (divisor n);
                                        // the same for a target that is a number
  double median = 0;                    // number: stands for a missing value
  std::vector<std::string> categories;  // category: one 0/1 column each; all are 0 for a missing or a new value
};

struct Encoded {
  Tensor x;                        // f32 [n, sample_shape...]
  Tensor y;                        // as in Dataset; undefined when the table has no target column
  std::vector<std::string> notes;  // missing values, categories that training had not seen
};

struct Preprocessing {
  std::vector<Column> columns;       // of the table, in its order; at most one is the target
  std::vector<std::string> classes;  // sorted (as numbers when they are); empty: y is a number
  bool named = false;                // columns have names from a header, and are found by them
  CsvOptions csv;                    // of the training table
  Shape sample_shape;                // of one row of x: [f], or what the f numbers stand for

  struct Options {
    Task task = Task::automatic;
    std::string target = {};  // as in Source
    std::vector<std::string> ignore = {}, categories = {};
    bool standardize = true;
    bool scale_target = false;  // a target that is a number gets mean 0 and deviation 1 too
  };
  // Learns from rows whose index i has i % 5 != 4, or from all of them; classes from all. A column of training values that
  // are mostly numbers is a number column: a text in it is a DataError with line, column and value.
  static Preprocessing learn(const Table& table, const Options& options, const CsvOptions& csv, bool all_rows);

  // Columns are found by name when both sides have names, else by place; the target may be there or not.
  Encoded encode(const Table& table) const;
  // A file's rows as encode() takes them; whether its first row is a header is seen from the names.
  Table read_table(const std::string& file) const;
  Encoded read(const std::string& file) const { return encode(read_table(file)); }

  bool empty() const { return columns.empty(); }
  std::vector<std::string> feature_names() const;  // of the columns of x
  const Column* target() const;                    // null when there is none
  std::string target_name() const;                 // empty when there is none

  // For saving: tensors ("data.mean", "data.deviation", "data.median": f64, one entry for each number column; none when there
  // is no such column; "data.target": mean and deviation of a target that is a number) and strings ("data.preprocessing", JSON).
  struct Stored {
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::string> strings;
  };
  Stored stored() const;
  static Preprocessing from(const Stored& stored);  // DataError unless it is complete and fits together
};

}  // namespace gradus::data
