// Runs on text: exact resumption with dropout and shifted windows, steps instead of epochs, writing text.
#include <cmath>
#include <fstream>

#include <gradus/base/file.hpp>
#include <gradus/train.hpp>
#include <gtest/gtest.h>

#include "nn/near.hpp"

#include "folder.hpp"

namespace gradus::train {
namespace {

std::string verse(int lines) {
  std::string out;
  for (int i = 0; i < lines; ++i) out += "the cat sat on the mat, and the rat ran.\n";
  return out;
}

struct Files : Folder {
  Files() {
    std::ofstream(path + "/verse.txt") << verse(40);
    std::ofstream names(path + "/names.txt");
    for (int i = 0; i < 40; ++i) names << (i % 4 == 0 ? "anna" : i % 4 == 1 ? "otto" : i % 4 == 2 ? "nat" : "tonna") << "\n";
  }
};

Recipe text_recipe(const Files& files, const std::string& train = "steps = 25\nbatch = 6\n", const std::string& set = "tinyshakespeare", const std::string& file = "verse.txt") {
  const std::string layers = set == "names" ? "['embedding 6', 'flatten', 'linear 16', 'tanh', 'dropout 0.1', 'linear symbols']"
                                            : "['embedding 8', 'positions', 'transformer heads=2 dropout=0.1', 'layer_norm', 'linear symbols']";
  return parse_recipe("[data]\nset = '" + set + "'\npath = '" + files.path + "/" + file + "'\ncontext = 12\n[model]\nlayers = " + layers +
                          "\n[optim]\nname = 'adamw'\nlr = 0.01\n[schedule]\nname = 'cosine'\nwarmup = 3\n[train]\n" + train,
                      "text.toml", "text");
}

Summary run_in(const std::string& folder, const Recipe& recipe, RunOptions options = {}) {
  options.out = folder;
  return run(recipe, options);
}

double figure(const Summary& summary, const std::string& name) {
  for (const auto& [key, value] : summary.figures) {
    if (key == name) return value;
  }
  return -1;
}

TEST(TextRun, ends_after_its_steps) {
  const Files files;
  const Summary summary = run_in(files.path + "/a", text_recipe(files));
  EXPECT_EQ(summary.steps, 25);
  EXPECT_EQ(summary.ending, Ending::steps);
  EXPECT_EQ(to_string(summary.ending), "all steps are done");
  EXPECT_EQ(summary.epochs, 1);  // of 20.5 batches... see below: the second epoch is not whole
  EXPECT_NEAR(figure(summary, "perplexity"), std::exp(figure(summary, "test_loss")), 1e-9);
  EXPECT_GT(figure(summary, "test_accuracy"), 0);
  EXPECT_EQ(figure(summary, "valid_loss"), -1);
  const Evaluated again = evaluate_run(files.path + "/a");
  EXPECT_EQ(again.figures[0].second, figure(summary, "test_loss"));
}

TEST(TextRun, stopped_anywhere_and_continued_it_ends_with_the_same_bits) {
  const Files files;
  const Recipe recipe = text_recipe(files);
  const Summary whole = run_in(files.path + "/whole", recipe);
  for (const std::int64_t cut : {1, 7, 20, 21, 24}) {
    const std::string path = files.path + "/cut-" + std::to_string(cut);
    std::int64_t asked = -1;
    EXPECT_EQ(run_in(path, recipe, {.stop = [&] { return ++asked == cut; }}).steps, cut);
    manual_seed(77);  // what was drawn before must not matter
    const Summary rest = run_in(path, recipe, {.resume = true});
    EXPECT_EQ(rest.digest, whole.digest) << cut;
    EXPECT_EQ(rest.figures, whole.figures) << cut;
  }
  EXPECT_NE(run_in(files.path + "/other", recipe, {.seed = 5}).digest, whole.digest);
}

TEST(TextRun, steps_may_grow_when_the_rate_is_constant) {
  const Files files;
  Recipe recipe = text_recipe(files);
  set(recipe, "schedule.name=constant");
  const Summary longer = run_in(files.path + "/long", recipe, {.sets = {"train.steps=30"}});
  run_in(files.path + "/a", recipe);
  const Summary rest = run_in(files.path + "/a", recipe, {.resume = true, .sets = {"train.steps=30"}});
  EXPECT_EQ(rest.steps, 30);
  EXPECT_EQ(rest.digest, longer.digest);
  EXPECT_NE(message<UsageError>([&] { run_in(files.path + "/a", recipe, {.resume = true, .sets = {"train.steps=10"}}); }).find("has done 30 steps; it cannot end after 10"),
            std::string::npos);
  run_in(files.path + "/cosine", text_recipe(files));
  EXPECT_NE(message<UsageError>([&] { run_in(files.path + "/cosine", text_recipe(files), {.resume = true, .sets = {"train.steps=30"}}); }).find("train.steps = 25"), std::string::npos);
}

TEST(TextRun, learns_and_writes) {
  const Files files;
  const Summary summary = run_in(files.path + "/a", text_recipe(files, "steps = 250\nbatch = 16\n"));
  EXPECT_LT(figure(summary, "test_loss"), 0.5);
  const Generated likely = generate(files.path + "/a", {.prompt = "the cat s", .length = 40, .temperature = 0});
  ASSERT_EQ(likely.texts.size(), 1U);
  EXPECT_FALSE(likely.words);
  EXPECT_EQ(likely.texts[0].size(), 49U);
  EXPECT_EQ(likely.texts[0].substr(0, 11), "the cat sat");
  const auto drawn = [&](std::uint64_t seed, double temperature) { return generate(files.path + "/a", {.length = 60, .temperature = temperature, .seed = seed}).texts[0]; };
  EXPECT_EQ(drawn(1, 1), drawn(1, 1));
  EXPECT_NE(drawn(1, 2), drawn(2, 2));
  EXPECT_EQ(drawn(1, 1e-300), drawn(2, 0));
  std::ofstream(files.path + "/lines.txt") << "the ca\r\nthe m\n";
  EXPECT_EQ(predict(files.path + "/a", files.path + "/lines.txt").predictions, (std::vector<std::string>{"t", "a"}));
  std::ofstream(files.path + "/strange.txt") << "the\nXY\n";
  EXPECT_NE(message<DataError>([&] { predict(files.path + "/a", files.path + "/strange.txt"); }).find("strange.txt:2: 'X' does not occur"), std::string::npos)
      << message<DataError>([&] { predict(files.path + "/a", files.path + "/strange.txt"); });
  EXPECT_NE(message<UsageError>([&] { generate(files.path + "/a", {.prompt = "é"}); }).find("'é' does not occur"), std::string::npos);
  EXPECT_NE(message<UsageError>([&] { generate(files.path + "/a", {.temperature = -1}); }).find("-1"), std::string::npos);
  EXPECT_NE(message<UsageError>([&] { generate(files.path + "/nothing"); }).find("is not there"), std::string::npos);
}

TEST(TextRun, writes_words) {
  const Files files;
  const Summary summary = run_in(files.path + "/a", text_recipe(files, "epochs = 60\nbatch = 16\n", "names", "names.txt"));
  EXPECT_GT(figure(summary, "valid_loss"), 0);  // the set has a part for tuning
  EXPECT_LT(figure(summary, "test_loss"), 1);
  const Generated words = generate(files.path + "/a", {.length = 30});
  EXPECT_TRUE(words.words);
  EXPECT_EQ(words.texts.size(), 30U);
  int known = 0;
  for (const std::string& word : words.texts) known += word == "anna" || word == "otto" || word == "nat" || word == "tonna";
  EXPECT_GT(known, 15);
  for (const std::string& word : generate(files.path + "/a", {.prompt = "ot", .length = 3, .temperature = 0}).texts) EXPECT_EQ(word, "otto");
  EXPECT_NE(message<UsageError>([&] { generate(files.path + "/a", {.prompt = "an."}); }).find("'.' does not occur"), std::string::npos);
}

TEST(TextRun, refuses_what_has_no_meaning_for_text) {
  const Files files;
  const auto fault = [&](const std::string& set_key) {
    Recipe recipe = text_recipe(files);
    set(recipe, set_key);
    return message<UsageError>([&] { make_job(recipe); });
  };
  EXPECT_NE(fault("loss=mse").find("loss = 'mse' does not fit the text 'tinyshakespeare'"), std::string::npos);
  EXPECT_NE(fault("data.input_noise=0.1").find("data.input_noise = 0.1"), std::string::npos);
  EXPECT_NE(fault("model.layers=['embedding 8', 'linear 3']").find("\"linear 15\""), std::string::npos) << fault("model.layers=['embedding 8', 'linear 3']");
  EXPECT_NE(fault("model.layers=['linear 3']").find("put \"embedding 64\" before it"), std::string::npos);
  Recipe held = text_recipe(files);
  set(held, "data.holdout=0.25");
  const Job job = make_job(held);
  EXPECT_EQ(job.train.size() + job.validation.size(), make_job(text_recipe(files)).train.size());
  EXPECT_EQ(job.validation.x[0][0].item(), job.train.y[job.train.size() - 1][11].item());  // they follow one another
}

TEST(Tally, gives_every_step_its_own_random_numbers) {
  const data::Batches batches(data::load({.set = "xor"}).train, {.size = 2, .seed = 9});
  FitOptions options;
  Tally tally(options, batches, 0.1);
  const RandomState first = tally.random();
  tally.step(1, Tensor::zeros({2, 1}), Tensor::zeros({2, 1}));
  EXPECT_EQ(first.seed, 9U);
  EXPECT_NE(first.stream, tally.random().stream);
  EXPECT_GT(tally.random().stream - first.stream, 1U << 20);  // room for what a step draws
  options.from.step = 1;
  EXPECT_EQ(Tally(options, batches, 0.1).random().stream, tally.random().stream);
}

}  // namespace
}  // namespace gradus::train
