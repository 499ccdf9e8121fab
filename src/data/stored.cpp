// Preprocessing as named tensors and text, to be kept beside the weights.
#include <algorithm>
#include <cmath>
#include <gradus/base/text.hpp>
#include <gradus/data/preprocessing.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace gradus::data {
namespace {

using nlohmann::json;
using Kind = Column::Kind;
constexpr const char* kind_names[] = {"number", "category", "ignored", "target"};
constexpr const char *key = "data.preprocessing", *target_key = "data.target";

struct Field {
  const char* name;
  double Column::*value;
};
constexpr Field fields[] = {
    {"data.mean", &Column::mean}, {"data.deviation", &Column::deviation}, {"data.median", &Column::median}};

[[noreturn]] void bad(const std::string& detail) {
  fail<DataError>("data", "the stored preprocessing does not fit together: " + detail, {}, key);
}

Kind kind_of(const std::string& text) {
  for (int k = 0; k < 4; ++k) {
    if (text == kind_names[k]) return static_cast<Kind>(k);
  }
  bad("a column is of kind " + quoted(text));
}

void check_unique(const std::vector<std::string>& names, const char* what) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) bad(std::string(what) + " " + quoted(name) + " is there twice");
  }
}

void read_text(Preprocessing& p, const std::string& text) {
  const json j = json::parse(text);
  for (const json& c : j.at("columns")) {
    Column column{.name = c.at("name").get<std::string>(), .kind = kind_of(c.at("kind").get<std::string>()), .categories = {}};
    if (column.kind == Kind::category) column.categories = c.at("categories").get<std::vector<std::string>>();
    check_unique(column.categories, "the category");
    if (!std::is_sorted(column.categories.begin(), column.categories.end())) bad("categories are not sorted");
    p.columns.push_back(std::move(column));
  }
  p.classes = j.at("classes").get<std::vector<std::string>>();
  p.named = j.at("named").get<bool>();
  p.csv.missing = j.at("missing").get<std::vector<std::string>>();
  const auto separator = j.at("separator").get<std::string>();
  if (separator.size() != 1) bad("the separator is " + quoted(separator));
  p.csv.separator = separator[0];
  if (!j.at("header").is_null()) p.csv.header = j.at("header").get<bool>();
  for (const json& size : j.at("sample_shape")) p.sample_shape.push_back(size.get<std::int64_t>());
}

}  // namespace

Preprocessing::Stored Preprocessing::stored() const {
  Stored out;
  if (empty()) return out;
  json j;
  j["columns"] = json::array();
  for (const Column& column : columns) {
    json c{{"name", column.name}, {"kind", kind_names[static_cast<int>(column.kind)]}};
    if (column.kind == Kind::category) c["categories"] = column.categories;
    j["columns"].push_back(std::move(c));
  }
  j["classes"] = classes;
  j["named"] = named;
  j["missing"] = csv.missing;
  j["separator"] = std::string(1, csv.separator.value_or(','));
  j["header"] = csv.header ? json(*csv.header) : json();
  j["sample_shape"] = std::vector<std::int64_t>(sample_shape.begin(), sample_shape.end());
  out.strings[key] = j.dump();
  for (const Field& field : fields) {
    std::vector<double> values;
    for (const Column& column : columns) {
      if (column.kind == Kind::number) values.push_back(column.*field.value);
    }
    if (!values.empty()) out.tensors[field.name] = Tensor::from(values, {static_cast<std::int64_t>(values.size())});
  }
  if (const Column* of = target(); of && classes.empty()) {
    out.tensors[target_key] = Tensor::from(std::vector<double>{of->mean, of->deviation}, {2});
  }
  return out;
}

Preprocessing Preprocessing::from(const Stored& stored) {
  Preprocessing p;
  const auto text = stored.strings.find(key);
  if (text == stored.strings.end()) return p;
  try {
    read_text(p, text->second);
  } catch (const json::exception& e) {
    bad(quoted(e.what()));
  }
  const auto is = [](Kind kind) { return [kind](const Column& c) { return c.kind == kind; }; };
  const auto numbers = std::count_if(p.columns.begin(), p.columns.end(), is(Kind::number));
  if (std::count_if(p.columns.begin(), p.columns.end(), is(Kind::target)) > 1) bad("there are two targets");
  check_unique(p.classes, "the class");
  if (p.named) {
    std::vector<std::string> names;
    for (const Column& column : p.columns) names.push_back(column.name);
    check_unique(names, "the column");
  }
  for (const Field& field : fields) {
    if (numbers == 0) break;
    const auto found = stored.tensors.find(field.name);
    if (found == stored.tensors.end()) bad("there is no tensor " + quoted(field.name));
    if (found->second.rank() != 1 || found->second.size(0) != numbers) {
      bad(std::string(field.name) + " is " + to_string(found->second.shape()) + " for " + std::to_string(numbers) +
          " number columns");
    }
    const std::vector<double> values = found->second.to_vector();
    std::size_t next = 0;
    for (Column& column : p.columns) {
      if (column.kind != Kind::number) continue;
      column.*field.value = values[next++];
      const bool usable = field.value != &Column::deviation || column.deviation > 0;
      if (!std::isfinite(column.*field.value) || !usable)
        bad(std::string(field.name) + " of column " + quoted(column.name) + " is not usable");
    }
  }
  if (const auto found = stored.tensors.find(target_key); found != stored.tensors.end()) {
    const std::vector<double> values = found->second.to_vector();
    const auto column = std::find_if(p.columns.begin(), p.columns.end(), is(Kind::target));
    const bool usable = values.size() == 2 && std::isfinite(values[0]) && std::isfinite(values[1]) && values[1] > 0;
    if (column == p.columns.end() || !usable) bad(std::string(target_key) + " is not usable");
    column->mean = values[0];
    column->deviation = values[1];
  }
  // Sizes are checked before they are multiplied: they come from a file.
  checked_numel("data", p.sample_shape, Dtype::f32);
  const auto width = static_cast<std::int64_t>(p.feature_names().size());
  if (numel(p.sample_shape) != width)
    bad("samples of " + to_string(p.sample_shape) + " from " + std::to_string(width) + " columns");
  return p;
}

}  // namespace gradus::data
