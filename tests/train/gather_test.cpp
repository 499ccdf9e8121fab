// What is gathered for reports: right numbers, nothing disturbed, and nothing at all where it is off.
#include <algorithm>
#include <cmath>
#include <sstream>

#include <gradus/base/file.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>
#include <gradus/train.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "folder.hpp"
#include "train/flow.hpp"
#include "train/gathered.hpp"
#include "train/samples.hpp"

namespace gradus::train {
namespace {

Recipe recipe_of(const std::string& layers, const std::string& more = {}) {
  return parse_recipe("[data]\nset = 'moons'\nsize = 100\n[model]\nlayers = [" + layers + "]\n" + more, "t.toml", "t");
}

std::vector<double> all_numbers(nn::Sequential& net) {
  std::vector<double> out;
  const auto add = [&](const Tensor& t) {
    const auto values = t.to_vector();
    out.insert(out.end(), values.begin(), values.end());
  };
  net.walk({.param = [&](const std::string&, Param& p) { add(p.value()); }, .state = [&](const std::string&, State& s) { add(s.value()); }});
  return out;
}

TEST(Look, disturbs_neither_the_network_nor_what_is_drawn) {
  Job job = make_job(recipe_of("'linear 8', 'batch_norm', 'relu', 'dropout 0.5', 'linear 2'"));
  const std::vector<double> before = all_numbers(job.net);
  const RandomState state = random_state();
  const Look first = look_at(job, rows_to_look_at(job)), second = look_at(job, rows_to_look_at(job));
  EXPECT_EQ(all_numbers(job.net), before);
  EXPECT_EQ(random_state().stream, state.stream);
  EXPECT_EQ(to_json(first), to_json(second));  // the same masks, so that only the network changes between looks
}

// w = 2, x = 3, t = 1 in numbers that can be followed by hand: y = 6, loss (y - t)^2 = 25, dL/dw = 2 * 5 * 3 = 30, dL/db = 10.
TEST(Look, gradients_and_updates_are_those_of_the_loss) {
  Folder folder;
  write_file_atomically(folder.path + "/t.csv", "3,1\n3,1\n3,1\n3,1\n3,1\n");
  Job job = make_job(parse_recipe("[data]\nfile = '" + folder.path + "/t.csv'\nheader = 'no'\nstandardize = false\nscale_target = false\ntask = 'regression'\n[model]\n"
                                  "layers = ['linear 1 init=\"constant 2\" bias_init=zeros']\n", "t.toml", "t"));
  const Look look = look_at(job, rows_to_look_at(job), {Tensor{{2.5}}, Tensor{0.0}});
  ASSERT_EQ(look.layers.size(), 1u);
  EXPECT_EQ(look.loss, 25);
  EXPECT_NEAR(look.layers[0].gradient, std::sqrt((30.0 * 30 + 10 * 10) / 2), 1e-4);
  EXPECT_NEAR(look.layers[0].weight, std::sqrt(4.0 / 2), 1e-6);
  EXPECT_NEAR(look.layers[0].update.value(), 0.5 / 2, 1e-6);
  EXPECT_EQ(look.layers[0].mean, 6);
  EXPECT_FALSE(look_at(job, rows_to_look_at(job)).layers[0].update);
}

TEST(Look, tells_dead_and_saturated_units) {
  // Biases of -100 before relu: nothing gets through. Of tanh: every output is -1.
  const Look relu = look_at(make_job(recipe_of("'linear 8 bias_init=\"constant -100\"', 'relu', 'linear 2'")), {Tensor::ones({4, 2}), Tensor::zeros({4}, Dtype::i64)});
  EXPECT_EQ(relu.layers[1].dead, 1.0);
  EXPECT_FALSE(relu.layers[1].saturated);
  EXPECT_EQ(relu.layers[0].gradient, 0);
  const Look tanh = look_at(make_job(recipe_of("'linear 8 bias_init=\"constant -100\"', 'tanh', 'linear 2'")), {Tensor::ones({4, 2}), Tensor::zeros({4}, Dtype::i64)});
  EXPECT_EQ(tanh.layers[1].saturated, 1.0);
  EXPECT_FALSE(tanh.layers[1].dead);
  const Look fresh = look_at(make_job(recipe_of("'linear 8 init=zeros', 'sigmoid', 'linear 2'")), {Tensor::ones({4, 2}), Tensor::zeros({4}, Dtype::i64)});
  EXPECT_EQ(fresh.layers[1].saturated, 0.0);
}

TEST(Look, histograms_count_what_is_finite) {
  const Histogram h = histogram_of(Tensor{0.0, 1.0, 1.0, std::nan(""), 3.2, -INFINITY});
  EXPECT_EQ(h.low, 0);
  EXPECT_NEAR(h.high, 3.2, 1e-6);
  ASSERT_EQ(h.counts.size(), 32u);
  EXPECT_EQ(h.counts[0], 1);
  EXPECT_EQ(h.counts[9] + h.counts[10], 2);
  EXPECT_EQ(h.counts[31], 1);
  EXPECT_EQ(histogram_of(Tensor{5.0, 5.0}).counts, (std::vector<std::int64_t>{2}));
  EXPECT_TRUE(histogram_of(Tensor{std::nan("")}).counts.empty());
  EXPECT_TRUE(histogram_of(Tensor::zeros({0, 3})).counts.empty());
}

TEST(Look, tells_the_parts_of_a_layer_that_is_made_of_several) {
  const Look look = look_at(make_job(recipe_of("'linear 8', \"residual 'linear 8, relu, linear 8'\", 'linear 2'")), {Tensor::ones({4, 2}), Tensor::zeros({4}, Dtype::i64)});
  EXPECT_TRUE(look.layers[0].parts.empty());
  ASSERT_EQ(look.layers[1].parts.size(), 2u);
  EXPECT_EQ(look.layers[1].parts[0].name, "body.0");
  EXPECT_EQ(look.layers[1].parts[1].name, "body.2");
  EXPECT_EQ(look.layers[1].parts[0].parameters, 72);
  double squares = 0;
  for (const PartLook& part : look.layers[1].parts) squares += part.gradient * part.gradient / 2;
  EXPECT_NEAR(look.layers[1].gradient, std::sqrt(squares), 1e-9);
}

TEST(Look, times_are_dense_at_first_and_few_in_all) {
  const auto due = [](std::int64_t steps, std::int64_t batches) {
    std::vector<std::int64_t> out;
    const LookTimes times(steps, batches);
    for (std::int64_t step = 0; step <= steps; ++step) {
      if (times.due(step)) out.push_back(step);
    }
    return out;
  };
  EXPECT_EQ(due(120, 10).size(), 13u);                                            // each epoch
  EXPECT_EQ(due(200, 1000), (std::vector<std::int64_t>{0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 200}));  // within one
  EXPECT_LE(due(100'000, 1).size(), 16u * 14);
  EXPECT_EQ(due(7, 1).back(), 7);
  EXPECT_EQ(due(12347, 13).back(), 12347);
}

// Large networks look less often: no more than a fiftieth of the work of their steps.
TEST(Look, times_keep_to_what_a_run_can_afford) {
  for (const std::int64_t most : {5, 10, 20, 100}) {
    for (const auto& [steps, batches] : {std::pair(900, 900), std::pair(20'000, 400), std::pair(100'000, 10), std::pair(5'000, 5'000), std::pair(3'000, 1)}) {
      const LookTimes times(steps, batches, most);
      std::int64_t count = 0;
      for (std::int64_t step = 1; step <= steps; ++step) count += times.due(step) ? 1 : 0;
      EXPECT_LE(count, std::max<std::int64_t>(most, 20) + 2) << most << " of " << steps << " and " << batches;
      EXPECT_GE(count, std::min<std::int64_t>(most, 12) / 2) << most << " of " << steps << " and " << batches;
    }
  }
  const Job small = make_job(recipe_of("'linear 8', 'relu', 'linear 2'")), large = make_job(recipe_of("'linear 2000', 'relu', 'linear 2000', 'relu', 'linear 2'"));
  EXPECT_GT(affordable_looks(small, 32, 1000), 50);
  EXPECT_LT(affordable_looks(large, 32, 1000), 10);
}

TEST(Samples, count_confusions_and_keep_the_worst_in_order) {
  const Job job = make_job(recipe_of("'linear 2'"));
  Samples samples(job, job.test, {"test", 7, 1.5});
  // Logits of two classes: row 0 right and sure, 1 wrong and sure, 2 undecided, 3 wrong by a little.
  samples.add(Tensor{{5, 0}, {5, 0}}, Tensor::from(std::vector<std::int64_t>{0, 1}, {2}));
  samples.add(Tensor{{0, 0}, {0, 1}}, Tensor::from(std::vector<std::int64_t>{1, 0}, {2}));
  const auto json = nlohmann::json::parse(samples.to_json());
  EXPECT_EQ(json["rows"], 4);
  EXPECT_EQ(json["step"], 7);
  EXPECT_EQ(json["epoch"], 1.5);
  EXPECT_EQ(json["confusion"], nlohmann::json::parse("[[1,1],[2,0]]"));
  std::vector<std::int64_t> rows;
  for (const auto& wrong : json["worst"]) rows.push_back(wrong["row"].get<std::int64_t>());
  EXPECT_EQ(rows, (std::vector<std::int64_t>{1, 3, 2, 0}));
  EXPECT_NEAR(json["worst"][0]["loss"].get<double>(), 5.0067, 1e-3);
  EXPECT_EQ(json["worst"][0]["target"], job.classes[1]);
  EXPECT_EQ(json["worst"][0]["prediction"], job.classes[0]);
  EXPECT_NEAR(json["worst"][0]["probability"].get<double>(), 0.9933, 1e-3);
}

TEST(Samples, numbers_of_a_table_are_in_their_own_units) {
  Folder folder;
  std::string table = "size,colour,price\n";
  for (int i = 0; i < 50; ++i) table += std::to_string(i) + (i % 2 ? ",red," : ",blue,") + std::to_string(1000 * i) + "\n";
  write_file_atomically(folder.path + "/t.csv", table);
  run(parse_recipe("[data]\nfile = '" + folder.path + "/t.csv'\n[model]\nlayers = ['linear 1 init=zeros bias_init=zeros']\n[train]\nepochs = 1\n[optim]\nlr = 1e-30\n", "t.toml", "t"), {.out = folder.path + "/a"});
  const auto json = nlohmann::json::parse(read_file(folder.path + "/a/samples.json"));
  EXPECT_EQ(json["part"], "test");
  const auto& worst = json["worst"][0];  // a network that says the mean is most wrong where the price is extreme: row 49
  EXPECT_EQ(worst["row"], 9);
  EXPECT_EQ(worst["cells"], nlohmann::json::parse(R"([["size","49"],["colour","red"]])"));
  EXPECT_NEAR(std::stod(worst["target"].get<std::string>()), 49000, 1);
  // It says the mean of the training rows, 24.5 or so, whatever the row.
  const auto& numbers = json["numbers"];
  EXPECT_EQ(numbers["target"], "price");
  ASSERT_EQ(numbers["pairs"].size(), 10u);
  const double said = numbers["pairs"][0][1].get<double>();
  EXPECT_NEAR(said, 24000, 1000);
  EXPECT_NEAR(worst["error"].get<double>(), said - 49000, 1);
  double absolute = 0, mean = 0, squared = 0, spread = 0;
  for (const auto& pair : numbers["pairs"]) absolute += std::abs(pair[1].get<double>() - pair[0].get<double>()) / 10, mean += pair[0].get<double>() / 10;
  for (const auto& pair : numbers["pairs"]) squared += std::pow(pair[1].get<double>() - pair[0].get<double>(), 2), spread += std::pow(pair[0].get<double>() - mean, 2);
  EXPECT_NEAR(numbers["mean_absolute_error"].get<double>(), absolute, 1);
  EXPECT_NEAR(numbers["r2"].get<double>(), 1 - squared / spread, 1e-3);
}

// What is shown as most wrong has to fit the loss that the run tells, whichever it is.
TEST(Samples, the_mean_of_their_losses_is_the_loss_of_the_run) {
  std::vector<std::string> losses = nn::loss_names();
  losses.emplace_back("cross_entropy label_smoothing=0.3");
  const Tensor target = Tensor::from(std::vector<std::int64_t>{0, 1, 1, 0}, {4});
  for (const std::string& loss : losses) {
    const bool classes = loss.starts_with("cross_entropy");
    Recipe recipe = recipe_of(classes ? "'linear 2'" : loss == "bce" ? "'linear 1', 'sigmoid'" : "'linear 1'");
    recipe.loss.value = loss;
    const Job job = make_job(recipe);
    const Tensor prediction = classes ? Tensor{{2, 0}, {1, 0}, {-1, 0.5}, {0, 0}} : Tensor{{0.1}, {0.7}, {0.4}, {0.9}};
    const Tensor truth = classes ? target : reshape(cast(target, Dtype::f32), {4, 1});
    const Tensor each = losses_of(job, prediction, truth);
    ASSERT_EQ(each.shape(), (Shape{4})) << loss;
    EXPECT_NEAR(mean(each).item(), job.loss(prediction, truth).item(), 1e-6) << loss;
  }
  // Of a text at every place.
  const Job text = make_job(recipe_of("'linear 2'"));
  EXPECT_EQ(losses_of(text, Tensor::zeros({3, 5, 2}), Tensor::zeros({3, 5}, Dtype::i64)).shape(), (Shape{3, 5}));
}

// XOR has no names of classes, but two answers.
TEST(Samples, two_answers_without_names_are_counted_too) {
  const Job job = make_job(load_recipe("xor"));
  Samples samples(job, job.test, {"test"});
  samples.add(Tensor{{-1.0}, {2.0}, {-3.0}, {std::nan("")}}, Tensor{{0.0}, {1.0}, {1.0}, {0.0}});
  const auto json = nlohmann::json::parse(samples.to_json());
  EXPECT_EQ(json["classes"], (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(json["confusion"], nlohmann::json::parse("[[1,0],[1,1]]"));
  EXPECT_EQ(json["not_finite"], 1);
}

TEST(Gathering, changes_no_bit_and_is_not_done_when_it_is_off) {
  Folder folder;
  const Recipe recipe = recipe_of("'linear 8', 'batch_norm', 'relu', 'dropout 0.5', 'linear 2'", "[train]\nepochs = 4\nbatch = 10\n");
  const std::int64_t before = gathering_calls;
  const Summary off = run(recipe, {.out = folder.path + "/off", .sets = {"train.report=false"}});
  EXPECT_EQ(gathering_calls.load(), before);
  const Summary on = run(recipe, {.out = folder.path + "/on"});
  EXPECT_GT(gathering_calls.load(), before);
  EXPECT_EQ(on.digest, off.digest);
  EXPECT_EQ(on.figures, off.figures);
  EXPECT_EQ(path_kind(folder.path + "/off/flow.jsonl"), PathKind::nothing);
  EXPECT_EQ(path_kind(folder.path + "/off/samples.json"), PathKind::nothing);
}

std::vector<nlohmann::json> lines_of(const std::string& path) {
  std::vector<nlohmann::json> out;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

TEST(Gathering, equal_runs_look_at_the_same_steps) {
  Folder folder;
  const Recipe recipe = recipe_of("'linear 64', 'relu', 'linear 2'", "[train]\nepochs = 40\nbatch = 16\n");
  for (const char* name : {"/a", "/b"}) run(recipe, {.out = folder.path + name});
  EXPECT_EQ(read_file(folder.path + "/a/flow.jsonl"), read_file(folder.path + "/b/flow.jsonl"));
  // Each line has the means of training since the line before: those of the epoch, but for the first ones, which have lines within.
  const auto looks = lines_of(folder.path + "/a/flow.jsonl"), epochs = lines_of(folder.path + "/a/metrics.jsonl");
  EXPECT_FALSE(looks[0].contains("train_loss"));
  std::size_t met = 0;
  for (const auto& look : looks) {
    for (const auto& epoch : epochs) {
      if (epoch["step"] != look["step"] || epoch["epoch"].get<int>() > 30 || epoch["epoch"].get<int>() < 4) continue;
      ++met;
      EXPECT_NEAR(look["train_loss"].get<double>(), epoch["train_loss"].get<double>(), 1e-9);
      EXPECT_NEAR(look["train_accuracy"].get<double>(), epoch["train_accuracy"].get<double>(), 1e-9);
      EXPECT_EQ(look["lr"], epoch["lr"]);
    }
  }
  EXPECT_EQ(met, 27u);
  EXPECT_EQ(looks[1]["step"], 1);  // 15 steps in the first three
  EXPECT_FALSE(looks[1].contains("layers"));
}

// However a run ends: the last look and the samples are those of its last step.
TEST(Gathering, ends_with_the_last_step) {
  Folder folder;
  const Recipe recipe = recipe_of("'linear 16', 'relu', 'linear 2'", "[train]\nepochs = 400\nbatch = 10\n");
  const auto ends = [&](const std::string& name, const Summary& summary, const std::string& part) {
    const auto samples = nlohmann::json::parse(read_file(folder.path + name + "/samples.json"));
    EXPECT_EQ(lines_of(folder.path + name + "/flow.jsonl").back()["step"], summary.steps) << name;
    EXPECT_EQ(samples["step"], summary.steps) << name;
    EXPECT_EQ(samples["part"], part) << name;
    return samples;
  };
  int steps = 0;
  RunOptions options{.out = folder.path + "/stopped", .stop = [&] { return ++steps > 1003; }};
  const auto stopped = ends("/stopped", run(recipe, options), "train");
  EXPECT_GT(stopped["epoch"].get<double>(), 100);
  steps = 0;
  options.out = folder.path + "/held", options.sets = {"data.holdout=0.3"};
  const Summary held = run(recipe, options);
  const auto samples = ends("/held", held, "valid");
  double right = 0;
  for (std::size_t i = 0; i < 2; ++i) right += samples["confusion"][i][i].get<double>();
  const auto accuracy = std::ranges::find(held.figures, "valid_accuracy", [](const auto& figure) { return figure.first; });
  EXPECT_NEAR(right / samples["rows"].get<double>(), accuracy->second, 1e-9);  // they fit the last figures
  ends("/target", run(recipe, {.out = folder.path + "/target", .sets = {"train.target_loss=0.2"}}), "test");
  ends("/steps", run(recipe, {.out = folder.path + "/steps", .sets = {"train.steps=777"}}), "test");
}

TEST(Gathering, of_a_run_that_diverges_shows_its_last_step) {
  Folder folder;
  const Recipe recipe = recipe_of("'linear 16', 'relu', 'linear 16', 'relu', 'linear 2'", "[optim]\nname = 'sgd'\nlr = 1e9\n[train]\nepochs = 400\nbatch = 10\n");
  std::int64_t reached = 0;
  EXPECT_THROW(run(recipe, {.out = folder.path + "/a", .on_step = [&](const Progress& progress) { reached = progress.at.step; }}), DivergedError);
  EXPECT_EQ(nlohmann::json::parse(read_file(folder.path + "/a/samples.json"))["step"], reached);
  EXPECT_EQ(lines_of(folder.path + "/a/flow.jsonl").back()["step"], reached);
}

TEST(RunNotes, a_run_that_goes_on_keeps_what_its_first_part_says) {
  Folder folder;
  const std::string path = folder.path + "/a";
  const Recipe recipe = recipe_of("'linear 4', 'linear 2'", "[train]\nepochs = 3\n");
  run(recipe, {.out = path});
  auto before = nlohmann::json::parse(read_file(path + "/run.json"));
  before["threads"] = 77;
  before["started"] = 5;
  write_file_atomically(path + "/run.json", before.dump());
  run(recipe, {.out = path, .resume = true});  // nothing is left to do
  EXPECT_EQ(nlohmann::json::parse(read_file(path + "/run.json")), before);
  const Summary more = run(recipe, {.out = path, .resume = true, .sets = {"train.epochs=5"}});
  const auto after = nlohmann::json::parse(read_file(path + "/run.json"));
  EXPECT_EQ(after["threads"], 77);
  EXPECT_EQ(after["started"], 5);
  EXPECT_EQ(after["resumed"][0]["step"], before["steps"]);
  EXPECT_EQ(after["resumed"][0]["threads"], more.threads);
  EXPECT_EQ(after["digest"], more.digest);
}

// A file that cannot be written: the model is there all the same, and the message says how to mend it; why a run diverged stays known.
TEST(RunNotes, that_cannot_be_written_hide_nothing) {
  Folder folder;
  const auto spoil = [](const Started& started) {
    std::filesystem::remove(started.folder + "/run.json");
    std::filesystem::create_directory(started.folder + "/run.json");
  };
  try {
    run(recipe_of("'linear 2'", "[train]\nepochs = 1\n"), {.out = folder.path + "/a", .on_start = spoil});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("--resume"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("run.json"), std::string::npos) << error.what();
  }
  EXPECT_EQ(path_kind(folder.path + "/a/model.safetensors"), PathKind::file);
  EXPECT_THROW(run(recipe_of("'linear 8', 'relu', 'log', 'linear 2'"), {.out = folder.path + "/b", .on_start = spoil}), DivergedError);
}

// log of a relu: -inf as soon as some unit is off. Eagerly done again, the anomaly finder names it.
TEST(Gathering, a_loss_that_is_not_finite_is_traced_to_its_operation) {
  Folder folder;
  const Recipe recipe = recipe_of("'linear 8', 'relu', 'log', 'linear 2'", "[train]\nepochs = 1\n");
  EXPECT_THROW(run(recipe, {.out = folder.path + "/a"}), DivergedError);
  const auto notes = nlohmann::json::parse(read_file(folder.path + "/a/run.json"));
  EXPECT_NE(notes["diverged"].get<std::string>().find("in step 1"), std::string::npos);
  EXPECT_NE(notes["origin"].get<std::string>().find("[log] made -inf"), std::string::npos) << notes["origin"];
}

}  // namespace
}  // namespace gradus::train
