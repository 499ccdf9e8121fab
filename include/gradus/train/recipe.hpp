// A recipe: everything that decides a run, as plain values. The structs below are the one table of keys: the names of their
// fields are the keys of TOML (optim.lr); reading, writing, checks, --set and docs/recipes.md are all made from them.
//   train::Recipe recipe = train::load_recipe("xor");    // built in, or the path of a TOML file
//   train::set(recipe, "optim.lr=0.01");
//   double rate = recipe.optim.lr;
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "../data/csv.hpp"

namespace gradus::train {

// What a value may be. Numbers: min <= value <= max, without min itself when `open`. Text: one of `words`, or any text when
// there are none.
struct Allowed {
  double min = -std::numeric_limits<double>::infinity(), max = std::numeric_limits<double>::infinity();
  bool open = false;
  std::vector<std::string> words = {};
  bool below = false;  // max itself is not allowed either
};
inline Allowed at_least(double min) { return {.min = min}; }
inline Allowed above(double min) { return {.min = min, .open = true}; }
inline Allowed between(double min, double max) { return {.min = min, .max = max}; }
inline Allowed share() { return {.min = 0, .max = 1, .below = true}; }
inline Allowed one_of(std::vector<std::string> words) { return {.words = std::move(words)}; }

template <class T>
struct Setting {
  T value{};
  const char* doc = "";
  Allowed allowed = {};
  bool given = false;  // by the recipe or by --set; else it is the default
  operator const T&() const { return value; }
};
using Number = Setting<double>;
using Whole = Setting<std::int64_t>;
using Switch = Setting<bool>;
using Text = Setting<std::string>;
using Texts = Setting<std::vector<std::string>>;

struct DataKeys {
  Text set{"", "a set of `gradus data list`; empty: a table of your own, see `data.file`"};
  Text path{"", "where the set is, as `--data` says it: its folder, the one above it, or a table's file; empty: it is looked for"};
  Text file{"", "a table (CSV), from here, beside the recipe, or in a folder of data"};
  Text test_file{"", "a second table with the test rows; empty: every fifth row of the first"};
  Text target{"", "the column to predict: its name, or its number from 0 (negative: from the last); empty: the last"};
  Text header{"auto", "whether a table's first row names the columns; auto: it does when it holds texts alone and a column below "
                      "is numbers", one_of({"auto", "yes", "no"})};
  Text separator{"auto", "one character between the cells of a table; auto: the one of comma, semicolon, tab and `|` that divides "
                         "every row evenly"};
  Texts missing{data::CsvOptions().missing, "texts in a table that stand for a missing value"};
  Text task{"auto", "what the target is", one_of({"auto", "classification", "regression"})};
  Texts ignore{{}, "columns that are not used, by name or number"};
  Texts categories{{}, "columns that hold categories though they look like numbers"};
  Switch standardize{true, "number columns get mean 0 and deviation 1"};
  Switch scale_target{true, "a table's target that is a number gets mean 0 and deviation 1 (not with bce); predictions and rmse "
                            "are in its own unit"};
  Whole size{0, "of a generated set: points, or bits, or units; 0: as usual for it", between(0, 100'000'000)};
  Whole arms{0, "of spirals; 0: 2", between(0, 1000)};
  Number noise{-1, "deviation of the points of a generated set; -1: as usual for it", between(-1, 1e6)};
  Whole context{0, "of text: how many characters the network sees; 0: as usual for the set", between(0, 100'000)};
  Number input_noise{0, "deviation of what is added to the inputs in training, drawn anew in each epoch", between(0, 1e6)};
  Number holdout{0, "share of the training rows that is kept back, for tuning: `valid_loss` and so on", between(0, 0.9)};
};

struct ModelKeys {
  Texts layers{{}, "the layers, first to last: `linear 64`, `linear out=64 bias=false`, `tanh`, ..."};
  Text init{"auto", "how weights start: `auto` (as each layer does by itself), `he_normal`, `normal 0 0.1`, ..."};
  Text bias_init{"auto", "how biases start, in the same words"};
};

// Which of these a rule has: sgd: momentum, nesterov, weight_decay; adam and adamw: beta1, beta2, eps, weight_decay.
struct OptimKeys {
  Text name{"adam", "the update rule"};
  Number lr{0.001, "the learning rate, or the highest when there is a schedule", above(0)};
  Number momentum{0, "sgd: the share of the last step that is kept", between(0, 1)};
  Switch nesterov{false, "sgd: momentum looks ahead"};
  Number beta1{0.9, "adam, adamw: decay of the mean of the gradients", share()};
  Number beta2{0.999, "adam, adamw: decay of the mean of their squares", share()};
  Number eps{1e-8, "adam, adamw: is added to the root of that mean", above(0)};
  Number weight_decay{0, "pull of the weights towards 0 (adamw: 0.01 unless it is given)", at_least(0)};
  Number clip_norm{0, "longer gradients are shortened to this norm; 0: never", at_least(0)};
};

struct ScheduleKeys {
  Text name{"constant", "how the rate changes over the run"};
  Whole warmup{0, "steps in which the rate rises to `optim.lr`", at_least(0)};
  Number last{0, "the rate at the end (not of constant)", at_least(0)};
};

struct TrainKeys {
  Whole epochs{20, "how often the training rows are seen, at most", between(1, 1e12)};
  Whole steps{0, "ends after so many steps instead, within an epoch or many; 0: after `train.epochs`", between(0, 1e12)};
  Whole batch{32, "rows in a step; 0: all of them", at_least(0)};
  Switch shuffle{true, "the rows come in another order in each epoch"};
  Number target_loss{0, "ends after an epoch with a training loss below this; 0: never", at_least(0)};
  Number max_seconds{0, "ends after so many seconds of training; 0: never", at_least(0)};
  Whole print_every{0, "prints `Epoch N, Cost: C` every so many epochs; 0: never", at_least(0)};
  Number checkpoint_seconds{30, "how often the state of the run is saved, at most", at_least(0)};
  Switch compile{true, "runs the step as a plan, which is faster; off: operation by operation"};
  Switch report{true, "gathers what `report.html` shows of the network (`--no-report` on the command line: false)"};
  Switch deterministic{false, "the same bits for every number of threads"};
  Whole memory_budget{0, "bytes that a step may take: values are computed again instead of kept until it fits; 0: as many as it needs", at_least(0)};
  Whole seed{0, "decides the start, the order of the rows and all noise", at_least(0)};
};

struct Recipe {
  Text name{"", "names the run folder; empty: the name of the file"};
  Text about{"", "one line for people"};
  Text loss{"auto", "what is made small: `auto` (cross_entropy for classes, mse for numbers) or a loss, as in "
                    "`cross_entropy label_smoothing=0.1`"};
  DataKeys data;
  ModelKeys model;
  OptimKeys optim;
  ScheduleKeys schedule;
  TrainKeys train;
  std::string origin = {};  // the file it was read from, for messages; empty for one that is built in
};

struct BuiltIn {
  std::string_view name, toml;
};
const std::vector<BuiltIn>& built_in_recipes();

// A built-in recipe by name, or a TOML file by path. UsageError for a name, key or value that is not known or allowed: the
// message has the place, the key, the value and what may stand there, or the nearest known name.
Recipe load_recipe(const std::string& name_or_path);
Recipe parse_recipe(const std::string& toml, const std::string& origin, const std::string& name);

// One key: "optim.lr=0.01". The value is TOML, or plain text where text is wanted.
void set(Recipe& recipe, const std::string& assignment);

std::string to_toml(const Recipe& recipe);                  // every key; parse_recipe gives the same recipe again
std::vector<std::string> recipe_keys();                     // "name", ..., "optim.lr", ...
// The keys whose values differ, in the order of the table.
std::vector<std::string> differences(const Recipe& a, const Recipe& b);
std::string recipe_keys_markdown();                         // the table of docs/recipes.md

}  // namespace gradus::train
