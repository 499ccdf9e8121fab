// Every number of backpropagation: the four stages of one computation, as text, JSON or a page.
//   const inspect::Explanation e = inspect::explain_expression("(x*w+b-t)^2", {"x=2", "w=-3", "b=1", "t=4"});
//   puts(inspect::explanation_text(e, {}).c_str());
#pragma once
#include <optional>

#include "../base/options.hpp"
#include "../train/recipe.hpp"
#include "trace.hpp"
#include "words.hpp"

namespace gradus::inspect {

// One value of the update rule for one parameter: a state, or at last the parameter itself.
struct Moved {
  std::string symbol;           // "v", "w"
  std::string formula;          // with names; the new value of another state is written v'
  std::string numbers;          // the same with numbers put in, for element `at`
  Tensor before, after;
  double element_before = 0, element_after = 0;  // of that element
};
struct ParameterUpdate {
  std::string name, symbol, at;  // at: "[0, 1]" of a tensor, empty of a number
  Tensor grad;
  std::vector<Moved> moved;
};
struct Update {
  std::string rule;                                       // "adam"
  std::vector<std::pair<std::string, double>> options;   // lr first
  std::int64_t step = 1;
  std::vector<ParameterUpdate> parameters;
};

// A layer of a network, for pictures that fold it.
struct LayerView {
  std::string group, text;  // the group of its steps; "linear 2 -> 3"
  Shape output;             // of one sample
  std::int64_t parameters = 0;
};

// One row of the data, as people read it.
struct SampleView {
  std::string source;  // the seed of the starting weights, or the folder of the run
  bool trained = false;
  std::int64_t index = 0, count = 0;
  std::string target = {}, said = {};  // its class by name, or numbers in their unit; and what the network says
  double probability = -1;             // of the class that it says; below 0: it is none
  bool classes = false, windows = false;  // target and said are classes; they are one for each place of a text
  Shape picture = {};                     // [1 or 3, height, width] of a picture, with its pixels, black 0 and white 255
  std::vector<std::uint8_t> pixels = {};
  std::string text = {};                                          // of a text
  std::vector<std::pair<std::string, std::string>> cells = {};  // of a table: columns and values
  bool named = false;                                            // the columns have names, not numbers from 0
};

struct Explanation {
  std::string title;                        // the expression, or "xor", or a run's folder
  std::optional<SampleView> sample = {};    // of a network
  Trace trace = {};
  Update update = {};
  std::vector<LayerView> layers = {};
};

struct UpdateOptions {
  std::string rule = "sgd";
  Options options = {{"lr", "0.1"}};
  std::vector<std::string> parameters = {};  // which names are trained; empty: those that begin with w or b, else all
};

// `values`: "w=-3", "w=[[1, 2], [3, 4]]", formulas of numbers. What is wrong is a UsageError with a mark under its place.
Explanation explain_expression(const std::string& expression, const std::vector<std::string>& values, const UpdateOptions& update = {});

struct SampleOptions {
  std::int64_t sample = -1;            // -1: the first whose input is not all zero
  std::string data = {};               // where the data are, as --data says it
  std::vector<std::string> sets = {};  // key=value
  std::optional<std::int64_t> seed = {};
};
// A recipe's network as it starts, or a run's as it was trained, and one sample of its data: of the training rows, or of a run of
// the test rows.
Explanation explain_recipe(const train::Recipe& recipe, const SampleOptions& options = {});
Explanation explain_run(const std::string& folder, const SampleOptions& options = {});

struct TextOptions {
  Language language = Language::english;
  bool colour = false;
  std::string path = {};  // a step whose ways to the result are listed
};
std::string explanation_text(const Explanation& e, const TextOptions& options);
std::string explanation_json(const Explanation& e, const std::string& path = {});
std::string explanation_page(const Explanation& e, Language language);

enum class Drawing { network, graph };
enum class DrawingFormat { svg, dot, mermaid };
// The network: neuron by neuron up to 64 of them, else layer by layer; as `graph`, the operations.
// UsageError for the network of an expression that has no layers.
std::string drawing_of(const Explanation& e, Drawing what, DrawingFormat format, Language language = Language::english);

// Which step a user means; UsageError that lists the names.
std::size_t find_step(const Trace& trace, const std::string& name);

}  // namespace gradus::inspect
