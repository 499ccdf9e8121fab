#include <algorithm>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <gradus/data/generate.hpp>
#include <gradus/data/idx.hpp>
#include <gradus/data/source.hpp>

#include "bytes.hpp"
#include "memory.hpp"
#include "sets.hpp"

namespace gradus::embedded {
extern const std::span<const unsigned char> digits;
}

namespace gradus::data {
namespace {

constexpr std::int64_t default_rows = 1000;

Dataset dataset_of(const Preprocessing& p, const Table& table, std::string name) {
  Encoded encoded = p.encode(table);
  Dataset d;
  d.name = std::move(name);
  d.x = std::move(encoded.x);
  d.y = std::move(encoded.y);
  d.classes = p.classes;
  d.features = p.feature_names();
  d.sample_shape = p.sample_shape;
  d.notes = std::move(encoded.notes);
  if (p.classes.empty()) d.targets = {p.target_name()};
  if (!d.y.defined()) {
    fail<DataError>("data", "no row has a target: column " + quoted(p.target_name()) + " is not there or empty", {}, table.name());
  }
  return d;
}

// Where no official test part exists: row i is a test row when i % 5 == 4.
Split split_rows(const Dataset& all, Preprocessing preprocessing) {
  if (all.size() < 5) {
    fail<DataError>(
        "data", all.name + " has " + std::to_string(all.size()) + (all.size() == 1 ? " row" : " rows") +
                    "; every fifth is for the test, so 5 are needed at least");
  }
  std::vector<std::int64_t> train, test;
  for (std::int64_t i = 0; i < all.size(); ++i) (i % 5 == 4 ? test : train).push_back(i);
  return {rows(all, train), rows(all, test), std::move(preprocessing)};
}

Split load_table(const Source& source, const std::string& name, const std::string& hint) {
  const std::string file = find_table(source.file, source.path, hint);
  const auto read = [&](const std::string& path, const CsvOptions& csv) {
    return source.fitted ? source.fitted->read_table(path) : Table::read(path, csv);
  };
  const Table table = read(file, source.csv);
  if (!source.fitted && !source.csv.header && table.header_is_unclear()) {
    fail<UsageError>("data.header", "it cannot be seen whether the first row is a header: there are texts in every column",
                     "say data.header = \"yes\" or \"no\"", table.name());
  }
  const bool official = !source.test_file.empty();
  const Preprocessing::Options options{source.task, source.target, source.ignore, source.categories, source.standardize,
                                       source.scale_target};
  Preprocessing p = source.fitted ? *source.fitted : Preprocessing::learn(table, options, source.csv, official);
  Dataset train = dataset_of(p, table, name.empty() ? file.substr(file.rfind('/') + 1) : name);
  if (!official) return split_rows(train, std::move(p));
  CsvOptions csv = p.csv;
  if (!csv.header) csv.header = table.has_header();
  // --data may be the training file itself: the test file then stands beside it.
  const std::string folder =
      file == source.path ? (file.find('/') == std::string::npos ? "." : file.substr(0, file.rfind('/'))) : source.path;
  const Table test_table = read(find_table(source.test_file, folder, hint), csv);
  Dataset test = dataset_of(p, test_table, train.name);
  return {std::move(train), std::move(test), std::move(p)};
}

// What the set says, unless the user said something else.
Source merged(Source source, const Source& known) {
  if (source.file.empty()) source.file = known.file;
  if (source.test_file.empty()) source.test_file = known.test_file;
  if (source.target.empty()) source.target = known.target;
  if (source.task == Task::automatic) source.task = known.task;
  if (!source.csv.header) source.csv.header = known.csv.header;
  if (!source.csv.separator) source.csv.separator = known.csv.separator;
  if (source.ignore.empty()) source.ignore = known.ignore;
  if (source.categories.empty()) source.categories = known.categories;
  source.standardize = source.standardize && known.standardize;
  return source;
}

void check_classes(const SetInfo& set, const Source& source) {
  if (source.task == Task::regression) fail<UsageError>("data.task", set.name + " has classes: 'regression' does not fit");
}

Split load_idx(const SetInfo& set, const Source& source) {
  check_classes(set, source);
  const IdxFiles files = find_idx(set, source.path);
  const auto part = [&](const std::string& images, const std::string& labels) {
    Dataset d;
    d.name = set.name;
    d.x = read_idx_images(images);
    d.y = read_idx_labels(labels, static_cast<std::int64_t>(set.classes.size()));
    if (d.x.size(0) != d.y.size(0)) {
      fail<DataError>(
          "data",
          "there are " + std::to_string(d.y.size(0)) + " labels for the " + std::to_string(d.x.size(0)) + " images in " + images,
          {}, labels);
    }
    d.classes = set.classes;
    d.sample_shape = {1, d.x.size(2), d.x.size(3)};
    return d;
  };
  Split split{part(files.train_images, files.train_labels), part(files.test_images, files.test_labels), {}};
  if (split.train.sample_shape != split.test.sample_shape) {
    fail<DataError>(
        "data",
        "training images are " + to_string(split.train.sample_shape) + ", test images " + to_string(split.test.sample_shape), {},
        files.folder);
  }
  return split;
}

// 0/1 numbers of a truth table as classes.
Dataset as_classes(Dataset d) {
  if (d.is_classification()) return d;
  const auto from = d.y.values<float>();
  const std::int64_t width = d.y.size(1);
  d.classes = width == 1 ? std::vector<std::string>{"0", "1"} : d.targets;
  d.y = filled<std::int64_t>({d.size()}, [&](std::int64_t* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      const auto row = from.subspan(static_cast<std::size_t>(i * width), static_cast<std::size_t>(width));
      y[i] = width == 1 ? row[0] != 0 : std::max_element(row.begin(), row.end()) - row.begin();
    }
  });
  d.targets.clear();
  return d;
}

Split generate(const SetInfo& set, const Source& s) {
  const bool table = set.name == "xor" || set.name == "parity" || set.name == "symmetry" || set.name == "encoder";
  if (s.size < 0 || (s.size != 0 && set.name == "xor")) {
    fail<UsageError>("data.size",
                     std::to_string(s.size) + " does not fit " + set.name + (set.name == "xor" ? ", which has four rows" : ""));
  }
  if (s.arms != 0 && set.name != "spirals") fail<UsageError>("data.arms", set.name + " has no arms", "spirals has");
  if (s.noise > 0 && table)
    fail<UsageError>("data.noise", set.name + " is a table without noise",
                     "data.input_noise adds noise to the inputs of any set");
  const auto make = [&](int part) {
    const std::int64_t rows = s.size ? s.size : default_rows;
    const auto noise = [&](double standard) { return s.noise >= 0 ? s.noise : standard; };
    if (set.name == "xor") return xor_table();
    if (set.name == "parity") return parity(s.size ? s.size : 4);
    if (set.name == "symmetry") return symmetry(s.size ? s.size : 6);
    if (set.name == "encoder") return encoder(s.size ? s.size : 8);
    if (set.name == "moons") return moons(rows, noise(0.1), s.seed, part);
    if (set.name == "circles") return circles(rows, noise(0.05), s.seed, part);
    return spirals(rows, s.arms ? s.arms : 2, noise(0.02), s.seed, part);
  };
  const auto with_task = [&](Dataset d) {
    if (s.task == Task::classification) return as_classes(std::move(d));
    return s.task == Task::regression ? as_numbers(std::move(d)) : d;
  };
  Dataset train = with_task(make(0));
  return {train, table ? train : with_task(make(1)), {}};
}

}  // namespace

Split load_digits() {
  const auto bytes = embedded::digits;
  std::string text = Bytes::memory({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "digits").rest(1 << 20);
  const Table table = Table::parse(std::move(text), "digits", {.header = false});
  Preprocessing p;
  p.csv.header = false;
  for (std::int64_t c = 0; c < table.columns(); ++c)
    p.columns.push_back({.name = std::to_string(c), .deviation = 16, .categories = {}});
  p.columns.back().kind = Column::Kind::target;
  for (int digit = 0; digit < 10; ++digit) p.classes.push_back(std::to_string(digit));
  p.sample_shape = {1, 8, 8};
  Dataset all = dataset_of(p, table, "digits");
  all.features.clear();
  return split_rows(all, std::move(p));
}

Split load(const Source& source) {
  if (source.set.empty()) {
    if (source.file.empty() && source.path.empty())
      fail<UsageError>("data", "no data set is named", "data.set names one of `gradus data list`, data.file a table");
    return load_table(source, {}, {});
  }
  const SetInfo& set = find_set(source.set);
  const bool in_program = set.kind == SetKind::built_in || set.kind == SetKind::generated;
  if (in_program && !source.path.empty()) {
    fail<UsageError>("data.path", set.name + " is made by the program itself and is not read from " + quoted(source.path),
                     "leave --data out");
  }
  const bool is_text = set.kind == SetKind::text || set.kind == SetKind::words;
  if (source.context != 0 && !is_text) fail<UsageError>("data.context", set.name + " is no text", "leave it out");
  switch (set.kind) {
    case SetKind::built_in:
      check_classes(set, source);
      return load_digits();
    case SetKind::generated:
      return generate(set, source);
    case SetKind::idx:
      return load_idx(set, source);
    case SetKind::text:
      check_classes(set, source);
      return load_text(set, source);
    case SetKind::words:
      check_classes(set, source);
      return load_words(set, source);
    case SetKind::table:
      break;
  }
  return load_table(merged(source, set.table), set.name, set.hint);
}

std::vector<Listing> list(const std::string& path) {
  if (!path.empty() && path_kind(path) != PathKind::folder)
    fail<DataError>("data", "this is not a folder of data sets", {}, path);
  std::vector<Listing> out;
  for (const SetInfo& set : known_sets()) {
    Listing item{set.name,    set.kind == SetKind::built_in ? "built in" : set.kind == SetKind::generated ? "generated" : "files",
                 set.about,   set.size,
                 set.licence, true,
                 {},          {}};
    try {
      if (set.kind == SetKind::idx) item.where = find_idx(set, path).folder;
      if (set.kind == SetKind::table || set.kind == SetKind::text || set.kind == SetKind::words) item.where = find_table(set.table.file, path, set.hint);
    } catch (const DataError&) {
      item.here = false;
      item.hint = set.hint;
    }
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace gradus::data
