// Where data come from. One function loads every kind: built in, generated, IDX files, text, tables.
//   load({.set = "digits"});                                             // built in
//   load({.set = "moons", .size = 500, .noise = 0.1, .seed = 3});        // generated
//   load({.set = "fashion_mnist", .path = "/data"});                     // four IDX files, in /data or /data/fashion_mnist
//   load({.set = "tinyshakespeare", .path = "my.txt", .context = 64});   // text; the name alone says how it is split
//   load({.file = "tabular/iris.csv", .path = "/data"});                 // a table; the last column is the target
#pragma once
#include <string>
#include <vector>

#include "csv.hpp"
#include "dataset.hpp"
#include "preprocessing.hpp"

namespace gradus::data {

struct Split {
  Dataset train, test;
  Preprocessing preprocessing;  // how rows of a table become x (digits too); empty() for IDX files, text and generated sets
  Dataset validation = {};      // where the set has an own part for tuning (names); else empty
};

// Folders are searched in this order: `path` (--data) if it is given, and then nothing else; $GRADUS_DATA;
// /usr/share/datasets. `path` may be the set's own folder, a folder that holds it under its name, or the file of a table or text.
struct Source {
  std::string set = {};   // a name of list(); empty: a table, from `file` or `path`
  std::string file = {};  // a table's file, as it is or within one of the folders above (data.file of a recipe)
  std::string path = {};  // --data

  // Tables. `target` is a column's name, or its number from 0 (negative: from the last); empty: the last column.
  std::string target = {};
  std::string test_file = {};   // rows of the official test part; empty: row i is a test row when i % 5 == 4
  Task task = Task::automatic;  // for generated sets too: 0/1 numbers, or classes
  CsvOptions csv = {};
  std::vector<std::string> ignore = {};      // columns that are not used, by name or number
  std::vector<std::string> categories = {};  // columns that hold categories though they look like numbers
  bool standardize = true;                   // number columns: mean 0, deviation 1 over the training rows
  bool scale_target = false;                 // a target that is a number: the same
  const Preprocessing* fitted = nullptr;     // of a trained network: columns, scales and classes are these, none is learned anew

  // Generated sets. What `size` counts: rows of moons, circles, spirals (default 1,000, and as many test rows); input bits of
  // parity (4) and symmetry (6); units of encoder (8). These three and xor are complete tables: test is train.
  std::int64_t size = 0;  // 0: the default
  std::int64_t arms = 0;  // of spirals; 0: 2
  double noise = -1;      // deviation of the points; negative: the set's default

  // Text: how many characters a network sees. 0: 64 for tinyshakespeare, 8 for names.
  std::int64_t context = 0;
  const std::vector<std::string>* symbols = nullptr;  // of a trained network; otherwise they are those of the training part
  std::uint64_t seed = 0;
};

// UsageError for a name that is not known (with the nearest one) or an option outside its range; DataError when files are
// missing (says where it looked, and how to get them) or are not what they should be (says file, line or offset, value).
Split load(const Source& source);

struct Listing {
  std::string name, kind, about;  // kind: "built in", "generated", "files"
  std::string size;               // "60,000 + 10,000 of 28x28"
  std::string licence;
  bool here = false;  // can be loaded on this machine as things stand
  std::string where;  // the folder or file, when it is one that was found
  std::string hint;   // how to get it, when it is not here
};
// Every set that load() knows by name, looked for as load() would.
std::vector<Listing> list(const std::string& path = {});

}  // namespace gradus::data
