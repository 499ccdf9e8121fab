// What is gathered for reports: right numbers, nothing disturbed, and nothing at all where it is off.
#include <algorithm>
#include <cmath>

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

TEST(Samples, count_confusions_and_keep_the_worst_in_order) {
  const Job job = make_job(recipe_of("'linear 2'"));
  Samples samples(job, job.test, "test");
  // Logits of two classes: row 0 right and sure, 1 wrong and sure, 2 undecided, 3 wrong by a little.
  samples.add(Tensor{{5, 0}, {5, 0}}, Tensor::from(std::vector<std::int64_t>{0, 1}, {2}));
  samples.add(Tensor{{0, 0}, {0, 1}}, Tensor::from(std::vector<std::int64_t>{1, 0}, {2}));
  const auto json = nlohmann::json::parse(samples.to_json());
  EXPECT_EQ(json["rows"], 4);
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
