// A run: a recipe, carried out in a folder of its own. `gradus train`, `eval` and `predict` without the printing.
//   auto summary = train::run(train::load_recipe("digits"), {});
//   summary.figures   // {"test_loss", 0.08}, {"test_accuracy", 0.98}, ...
#pragma once
#include "fit.hpp"
#include "recipe.hpp"

namespace gradus::train {

struct Started {
  const Recipe& recipe;  // resolved
  std::string folder;
  std::int64_t parameters = 0, train_rows = 0, test_rows = 0;
  std::string metric;                // "accuracy", "rmse", or empty
  std::vector<std::string> notes;    // what a user should know: missing values, an older checkpoint
  std::int64_t from_step = 0;        // of a continued run
};

struct RunOptions {
  std::string out = {};    // the folder; empty: runs/NAME-N
  bool resume = false;     // goes on with what is there
  bool overwrite = false;  // replaces what is there
  std::vector<std::string> sets = {};  // "key=value", over the recipe or over what a continued run has
  std::string data = {};               // data.path, as --data says it
  std::optional<std::int64_t> seed = {};  // train.seed
  std::function<void(const Started&)> on_start = {};
  std::function<void(const Progress&)> on_step = {};
  std::function<void(const Progress&, const Figures* validation)> on_epoch = {};
  std::function<bool()> stop = {};  // true: finish the step, save, and come back
};

using NamedFigures = std::vector<std::pair<std::string, double>>;

struct Summary {
  std::string recipe, run;
  Ending ending = Ending::epochs;
  std::int64_t steps = 0, epochs = 0, parameters = 0, seed = 0;
  double seconds = 0;
  double train_loss = 0;
  NamedFigures figures;  // of training, validation and test, by name; without the test's when it was stopped
  int threads = 1;
  std::string digest;  // SHA-256 of model.safetensors
};
Summary run(const Recipe& recipe, const RunOptions& options);

struct Evaluated {
  std::string recipe, digest;
  std::int64_t rows = 0;
  NamedFigures figures;
};
// The test rows of the run's data; `data` as --data says it, or empty for where they were.
Evaluated evaluate_run(const std::string& folder, const std::string& data = {});

struct Predicted {
  std::string recipe;
  std::vector<std::string> predictions;  // names of classes, or numbers
  std::vector<std::string> notes;
};
// The rows of a table (with or without the target column), or images in an IDX file; of a text the likeliest character after each line.
Predicted predict(const std::string& folder, const std::string& file);

struct GenerateOptions {
  std::string prompt = {};   // what the text begins with
  std::int64_t length = 0;   // characters to write after it, or of a list of words how many of them; 0: 500, 20
  double temperature = 0.8;  // logits are divided by it: below 1 the likely becomes more likely; 0: always the likeliest
  std::uint64_t seed = 0;
};
struct Generated {
  std::string recipe;
  bool words = false;              // of a list of words
  std::int64_t length = 0;         // as in the options, with 0 filled in
  std::vector<std::string> texts;  // one text with its prompt, or the words
};
// Text in the manner of what the run has learned from, one character after the other. UsageError for a run of something else, and
// for characters in the prompt that it does not know.
Generated generate(const std::string& folder, const GenerateOptions& options = {});

}  // namespace gradus::train
