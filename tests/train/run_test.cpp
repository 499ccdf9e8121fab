// Whole runs: equal seeds give equal bits, a stopped run goes on to the bits of one that was not, and folders are looked after.
#include <algorithm>
#include <fstream>

#include <gradus/base/file.hpp>
#include <gradus/base/random.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/train.hpp>
#include <gtest/gtest.h>

#include "train/run_folder.hpp"

#include "folder.hpp"

namespace gradus::train {
namespace {

// Everything that is random or has a state at once: noise, held-out rows, momentum, a schedule, clipping.
Recipe busy(const std::string& rule = "adamw") {
  return parse_recipe(
      "[data]\nset = 'moons'\nsize = 60\ninput_noise = 0.05\nholdout = 0.2\n[model]\nlayers = ['linear 6', "
      "'tanh', 'linear 2']\n"
      "[optim]\nname = '" +
          rule +
          "'\nlr = 0.02\nclip_norm = 1\n[schedule]\nname = 'cosine'\nwarmup = 5\n"
          "[train]\nepochs = 5\nbatch = 10\n",
      "busy.toml", "busy");
}

Summary run_in(const std::string& folder, const RunOptions& more = {}, const Recipe& recipe = busy()) {
  RunOptions options = more;
  options.out = folder;
  return run(recipe, options);
}

std::vector<std::string> lines_without_seconds(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line.substr(0, line.find(",\"seconds\"")));
  return lines;
}

TEST(Run, fills_its_folder) {
  const Folder folder;
  const Summary summary = run_in(folder.path + "/a");
  EXPECT_EQ(list_folder(folder.path + "/a"),
            (std::vector<std::string>{"checkpoints", "config.toml", "flow.jsonl", "metrics.jsonl", "model.safetensors", "run.json", "samples.json"}));
  EXPECT_EQ(lines_without_seconds(folder.path + "/a/metrics.jsonl").size(), 5U);
  EXPECT_EQ(summary.digest, sha256(read_file(folder.path + "/a/model.safetensors")));
  EXPECT_EQ(summary.epochs, 5);
  EXPECT_EQ(summary.steps, 25);
  EXPECT_EQ(summary.parameters, 2 * 6 + 6 + 6 * 2 + 2);
  const Evaluated again = evaluate_run(folder.path + "/a");
  for (const auto& figure : again.figures) EXPECT_NE(std::ranges::find(summary.figures, figure), summary.figures.end()) << figure.first;
  EXPECT_EQ(again.digest, summary.digest);
  EXPECT_TRUE(differences(load_recipe(folder.path + "/a/config.toml"), make_job(busy()).recipe).empty());
}

TEST(Run, the_seed_decides_everything) {
  const Folder folder;
  const Summary first = run_in(folder.path + "/a");
  manual_seed(99);  // what was drawn before must not matter
  EXPECT_EQ(run_in(folder.path + "/b").digest, first.digest);
  EXPECT_NE(run_in(folder.path + "/c", {.seed = 1}).digest, first.digest);
}

// From the same start on the same data, so that only the order of the rows or only their noise differs.
TEST(Run, the_seed_decides_order_and_noise) {
  const Folder folder;
  const auto digest = [&](std::int64_t seed, const std::string& key) {
    const Recipe recipe = parse_recipe("[data]\nset = 'digits'\n[model]\nlayers = ['linear 10 init=zeros bias_init=zeros']\n"
                                       "[optim]\nname = 'sgd'\n[train]\nepochs = 1\n", "plain.toml", "plain");
    return run_in(folder.path + "/" + key + std::to_string(seed), {.sets = {key}, .seed = seed}, recipe).digest;
  };
  EXPECT_NE(digest(0, "train.shuffle=true"), digest(1, "train.shuffle=true"));
  EXPECT_EQ(digest(0, "train.shuffle=false"), digest(1, "train.shuffle=false"));
  EXPECT_NE(digest(0, "data.input_noise=0.1"), digest(1, "data.input_noise=0.1"));
}

TEST(Run, stopped_anywhere_and_continued_it_ends_with_the_same_bits) {
  for (const char* rule : {"adamw", "sgd"}) {
    const Folder folder;
    const Summary whole = run_in(folder.path + "/whole", {}, busy(rule));
    const auto expected = lines_without_seconds(folder.path + "/whole/metrics.jsonl");
    for (const std::int64_t cut : {0, 1, 4, 5, 7, 13, 20, 24, 25}) {
      const std::string path = folder.path + "/cut-" + std::to_string(cut);
      std::int64_t asked = -1;
      const Summary part = run_in(path, {.stop = [&] { return ++asked == cut; }}, busy(rule));
      EXPECT_EQ(part.ending, Ending::stopped);
      EXPECT_EQ(part.steps, cut);
      for (const auto& [name, value] : part.figures) EXPECT_FALSE(name.starts_with("test_")) << name;  // they are read once
      manual_seed(1234);
      asked = -1;
      if (cut == 7) run_in(path, {.resume = true, .stop = [&] { return ++asked == 6; }}, busy(rule));  // and again
      const Summary rest = run_in(path, {.resume = true}, busy(rule));
      EXPECT_EQ(rest.digest, whole.digest) << rule << ", step " << cut;
      EXPECT_EQ(rest.figures, whole.figures) << rule << ", step " << cut;
      EXPECT_EQ(lines_without_seconds(path + "/metrics.jsonl"), expected) << rule << ", step " << cut;
    }
  }
}

TEST(Run, a_killed_run_goes_on_from_its_last_checkpoint) {
  const Folder folder;
  const Summary whole = run_in(folder.path + "/whole");
  Recipe often = busy();
  set(often, "train.checkpoint_seconds=0");
  struct Killed {};
  const auto kill_at = [](std::int64_t step) {
    return [step](const Progress& p) { if (p.at.step == step) throw Killed(); };
  };
  EXPECT_THROW(run_in(folder.path + "/a", {.on_step = kill_at(13)}, often), Killed);
  EXPECT_EQ(path_kind(folder.path + "/a/model.safetensors"), PathKind::nothing);
  std::int64_t from = 0;
  const Summary rest = run_in(folder.path + "/a", {.resume = true, .on_start = [&](const Started& s) { from = s.from_step; }}, often);
  EXPECT_EQ(from, 12);
  EXPECT_EQ(rest.digest.size(), 64U);
  EXPECT_EQ(rest.digest, whole.digest);
  EXPECT_EQ(lines_without_seconds(folder.path + "/a/metrics.jsonl"), lines_without_seconds(folder.path + "/whole/metrics.jsonl"));
}

TEST(Run, lines_of_epochs_that_are_run_again_are_dropped) {
  const Folder folder;
  run_in(folder.path + "/whole");
  struct Killed {};
  const auto kill = [](const Progress& p, const Figures*) { if (p.at.epoch == 3) throw Killed(); };
  EXPECT_THROW(run_in(folder.path + "/a", {.on_epoch = kill}), Killed);  // three lines, and no checkpoint yet
  run_in(folder.path + "/a", {.resume = true});
  EXPECT_EQ(lines_without_seconds(folder.path + "/a/metrics.jsonl"), lines_without_seconds(folder.path + "/whole/metrics.jsonl"));
  EXPECT_THROW(run_in(folder.path + "/a", {.overwrite = true, .on_epoch = kill}), Killed);
  EXPECT_EQ(path_kind(folder.path + "/a/model.safetensors"), PathKind::nothing);  // the old one would pass for the new run's
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "it was not refused";
}
void expect_in(const std::string& text, const std::string& part) { EXPECT_NE(text.find(part), std::string::npos) << text; }

TEST(Run, does_not_touch_what_is_there_unless_told) {
  const Folder folder;
  const std::string path = folder.path + "/a";
  const Summary first = run_in(path);
  const std::string before = read_file(path + "/model.safetensors");
  expect_in(refusal([&] { run_in(path, {.seed = 1}); }), "is not empty");
  expect_in(refusal([&] { run_in(path, {.resume = true, .overwrite = true}); }), "contradict");
  expect_in(refusal([&] { run_in(path, {.resume = true, .sets = {"optim.lr=0.5"}}); }), "optim.lr = 0.02");
  expect_in(refusal([&] { run_in(path, {.resume = true, .seed = 3}); }), "train.seed = 0");
  expect_in(refusal([&] { run_in(path, {.resume = true}, load_recipe("xor")); }), "'busy'");
  EXPECT_EQ(read_file(path + "/model.safetensors"), before);
  write_file_atomically(path + "/mine.txt", "keep");
  EXPECT_NE(run_in(path, {.overwrite = true, .seed = 1}).digest, first.digest);
  EXPECT_EQ(read_file(path + "/mine.txt"), "keep");
  EXPECT_EQ(lines_without_seconds(path + "/metrics.jsonl").size(), 5U);  // none of the earlier run
  EXPECT_EQ(list_folder(path + "/checkpoints").size(), 2U);
  make_folder(folder.path + "/other");
  write_file_atomically(folder.path + "/other/mine.txt", "keep");
  expect_in(refusal([&] { run_in(folder.path + "/other", {.resume = true}); }), "holds no run");
  expect_in(refusal([&] { run_in(folder.path + "/other/mine.txt"); }), "is no folder");
}

TEST(Run, two_runs_do_not_write_in_one_folder) {
  const Folder folder;
  const std::string path = folder.path + "/a";
  RunOptions options{.out = path, .overwrite = true};
  std::vector<std::string> said;
  options.on_start = [&](const Started&) {
    said.push_back(refusal([&] { run_in(path, {.overwrite = true}); }));
    said.push_back(refusal([&] { run_in(path, {.resume = true}); }));
  };
  const Summary summary = run(busy(), options);
  ASSERT_EQ(said.size(), 2U);
  for (const std::string& text : said) expect_in(text, "is in use by another process");
  EXPECT_EQ(run_in(path, {.overwrite = true}).digest, summary.digest);  // free again
}

TEST(Run, a_longer_run_goes_on_where_a_finished_one_ended) {
  const Folder folder;
  Recipe constant = busy();
  set(constant, "schedule.name=constant");
  const Summary whole = run_in(folder.path + "/whole", {.sets = {"train.epochs=8"}}, constant);
  run_in(folder.path + "/a", {}, constant);
  EXPECT_EQ(run_in(folder.path + "/a", {.resume = true, .sets = {"train.epochs=8"}}).digest, whole.digest);
}

TEST(Run, goes_on_only_with_what_its_numbers_depend_on) {
  const Folder folder;
  const std::string path = folder.path + "/a";
  run_in(path);
  const std::string config = read_file(path + "/config.toml");
  expect_in(refusal([&] { run_in(path, {.resume = true, .sets = {"train.epochs=8"}}); }), "cosine");  // the rate would jump
  expect_in(refusal([&] { run_in(folder.path + "/nowhere", {.resume = true}); }), "nowhere' is not there");
  make_folder(folder.path + "/empty");
  expect_in(refusal([&] { run_in(folder.path + "/empty", {.resume = true}); }), "holds no run");
  EXPECT_EQ(read_file(path + "/config.toml"), config);

  Recipe constant = busy();
  set(constant, "schedule.name=constant");
  run_in(folder.path + "/b", {}, constant);
  const std::string finished = read_file(folder.path + "/b/config.toml");
  expect_in(refusal([&] { run_in(folder.path + "/b", {.resume = true, .sets = {"train.epochs=3"}}, constant); }), "begun epoch 5");
  EXPECT_EQ(read_file(folder.path + "/b/config.toml"), finished);
}

TEST(Run, changed_rows_are_another_run) {
  const Folder folder;
  const auto write = [&](const std::string& first) {
    std::string table = first + ",a\n";
    for (int i = 1; i < 20; ++i) table += std::to_string(i) + (i % 2 ? ",b\n" : ",a\n");
    write_file_atomically(folder.path + "/t.csv", table);
  };
  const Recipe recipe = parse_recipe("[data]\nfile='" + folder.path + "/t.csv'\n[model]\nlayers=['linear 2']\n[train]\nepochs=4\n", "t.toml", "t");
  int asked = 0;
  write("0");
  run_in(folder.path + "/a", {.stop = [&] { return ++asked == 2; }}, recipe);
  write("0.5");
  expect_in(refusal([&] { run_in(folder.path + "/a", {.resume = true}, recipe); }), "training data are not those");
  write("0");
  EXPECT_EQ(run_in(folder.path + "/a", {.resume = true}, recipe).epochs, 4);
}

TEST(Run, says_that_it_starts_from_the_beginning) {
  const Folder folder;
  struct Killed {};
  EXPECT_THROW(run_in(folder.path + "/a", {.on_step = [](const Progress&) { throw Killed(); }}), Killed);
  std::vector<std::string> notes;
  run_in(folder.path + "/a", {.resume = true, .on_start = [&](const Started& s) { notes = s.notes; }});
  ASSERT_EQ(notes.size(), 1U);
  expect_in(notes[0], "from the beginning");
}

TEST(Run, nothing_is_written_when_the_data_are_wrong) {
  const Folder folder;
  Recipe recipe = busy();
  set(recipe, "data.set=");
  set(recipe, "data.file=" + folder.path + "/bad.csv");
  write_file_atomically(folder.path + "/bad.csv", "a,b\n1,x\nnan,y\n2,x\n3,y\n4,x\n5,y\n");
  EXPECT_THROW(run_in(folder.path + "/a", {}, recipe), DataError);
  EXPECT_EQ(path_kind(folder.path + "/a"), PathKind::nothing);
}

TEST(Run, a_folder_that_another_run_fills_while_data_are_read_is_kept) {
  const Folder folder;
  const std::string path = folder.path + "/a";
  const Place place = find_place("busy", {.out = path});  // nothing there yet
  const std::string digest = run_in(path).digest;
  expect_in(refusal([&] { start_folder(place, busy()); }), "filled by another run");
  EXPECT_EQ(sha256(read_file(path + "/model.safetensors")), digest);
}

TEST(Run, a_last_update_that_diverges_is_seen) {
  const Folder folder;
  const std::string path = folder.path + "/a";
  const std::string text = refusal([&] { run_in(path, {.sets = {"optim.name=sgd", "optim.lr=1e38", "optim.clip_norm=0", "train.epochs=1", "train.batch=0", "schedule.name=constant", "schedule.warmup=0", "data.holdout=0",
                                                                "data.input_noise=1000000"}}); });
  expect_in(text, "test_loss was no longer finite after the last update (step 1)");
  EXPECT_EQ(path_kind(path + "/model.safetensors"), PathKind::nothing);
}

TEST(Run, a_diverging_run_ends_and_keeps_its_last_checkpoint) {
  const Folder folder;
  EXPECT_THROW(run_in(folder.path + "/a", {.sets = {"optim.name=sgd", "optim.lr=1e30", "optim.clip_norm=0",
                                                    "model.layers=['linear 6', 'relu', 'linear 2']"}}),
               DivergedError);
  EXPECT_EQ(path_kind(folder.path + "/a/model.safetensors"), PathKind::nothing);
  const std::string text = refusal([&] { evaluate_run(folder.path + "/a"); });  // --resume would diverge again
  for (const char* part : {"diverged", "the loss became", "in step", "smaller optim.lr"}) expect_in(text, part);
  run_in(folder.path + "/a", {.overwrite = true});
  EXPECT_NO_THROW(evaluate_run(folder.path + "/a"));
  EXPECT_EQ(path_kind(folder.path + "/a/failure.txt"), PathKind::nothing);
}

// rmse and predictions are in the unit of the target, whatever the network sees of it.
TEST(Run, regression_is_in_the_unit_of_its_target) {
  const Folder folder;
  std::string table = "size,price\n";
  for (int i = 0; i < 100; ++i) table += std::to_string(i) + "," + std::to_string(200000 + 1000 * i) + "\n";
  write_file_atomically(folder.path + "/t.csv", table);
  write_file_atomically(folder.path + "/new.csv", "size\n50\n");
  const Recipe recipe = parse_recipe("[data]\nfile='" + folder.path + "/t.csv'\n[model]\nlayers=['linear 1']\n[optim]\nlr=0.05\n"
                                     "[train]\nepochs=100\n", "t.toml", "t");
  const Summary summary = run_in(folder.path + "/a", {}, recipe);
  const double error = summary.figures.back().second;
  EXPECT_EQ(summary.figures.back().first, "rmse");
  EXPECT_LT(error, 1000);
  EXPECT_GT(error, 0.001);
  EXPECT_EQ(evaluate_run(folder.path + "/a").figures.back().second, error);
  EXPECT_NEAR(std::stod(predict(folder.path + "/a", folder.path + "/new.csv").predictions[0]), 250000, 1000);
  EXPECT_GT(run_in(folder.path + "/b", {.sets = {"data.scale_target=false"}}, recipe).figures.back().second, 100000);
}

TEST(Run, predicts_0_and_1_where_they_were_learned) {
  const Folder folder;
  run_in(folder.path + "/xor", {}, load_recipe("xor"));
  write_file_atomically(folder.path + "/new.csv", "0,0\n0,1\n1,0\n1,1\n");
  EXPECT_EQ(predict(folder.path + "/xor", folder.path + "/new.csv").predictions, (std::vector<std::string>{"0", "1", "1", "0"}));
  const std::string text = refusal([&] { run_in(folder.path + "/bce", {.sets = {"loss=bce"}}, load_recipe("xor")); });
  for (const char* part : {"outputs from 0 to 1", "sigmoid"}) expect_in(text, part);
  EXPECT_EQ(path_kind(folder.path + "/bce"), PathKind::nothing);
  const std::string above_1 = "model.layers=['linear 1', 'softplus', 'exp']";
  expect_in(refusal([&] { run_in(folder.path + "/exp", {.sets = {"loss=bce", above_1}}, load_recipe("xor")); }),
            "outputs from 0 to 1");
}

TEST(Run, predicts_names_of_classes_from_rows_without_the_target) {
  const Folder folder;
  std::string table = "size,colour,kind\n", rows = "colour,size\n";
  for (int i = 0; i < 60; ++i) {
    const bool big = i % 2 == 0;
    table += std::to_string(big ? 10 + i % 7 : 2 + i % 5) + (i % 3 == 0 ? ",red," : ",blue,") + (big ? "whale" : "herring") + "\n";
  }
  write_file_atomically(folder.path + "/fish.csv", table);
  write_file_atomically(folder.path + "/new.csv", rows + "red,12\nblue,3\n");
  const Recipe recipe = parse_recipe("[data]\nfile='" + folder.path + "/fish.csv'\n[model]\nlayers=['linear 8','tanh','linear 2']\n"
                                     "[optim]\nlr=0.05\n", "fish.toml", "fish");
  run_in(folder.path + "/run", {}, recipe);
  EXPECT_EQ(predict(folder.path + "/run", folder.path + "/new.csv").predictions, (std::vector<std::string>{"whale", "herring"}));
  EXPECT_THROW(predict(folder.path + "/run", folder.path + "/missing.csv"), DataError);
  EXPECT_THROW(predict(folder.path, folder.path + "/new.csv"), UsageError);
}

// A network knows its rows by what it learned: scaling, columns and classes made anew on another table would be those of that table.
TEST(Run, evaluates_another_table_as_the_network_learned_it) {
  const Folder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    write_file_atomically(folder.path + "/" + name, text);
    return folder.path + "/" + name;
  };
  std::string fish = "size,age,kind\n";
  const char* kinds[] = {"herring", "trout", "whale"};
  for (int i = 0; i < 90; ++i) fish += std::to_string(10 * (i % 3) + i % 4) + "," + std::to_string(i % 7) + "," + kinds[i % 3] + "\n";
  const Recipe recipe = parse_recipe("[data]\nfile='" + write("fish.csv", fish) + "'\n[model]\nlayers=['linear 8','tanh','linear 3']\n"
                                     "[optim]\nlr=0.05\n[train]\nepochs=40\n", "fish.toml", "fish");
  run_in(folder.path + "/run", {}, recipe);
  EXPECT_EQ(evaluate_run(folder.path + "/run", folder.path + "/fish.csv").figures[0], evaluate_run(folder.path + "/run").figures[0]);
  // Two of the three classes, columns in another order and one more of them, and all sizes near each other.
  std::string other = "age,kind,colour,size\n";
  for (int i = 0; i < 30; ++i) other += std::to_string(i % 7) + (i % 2 ? ",whale,blue," : ",trout,red,") + std::to_string((i % 2 ? 20 : 10) + i % 4) + "\n";
  const Evaluated found = evaluate_run(folder.path + "/run", write("other.csv", other));
  EXPECT_EQ(found.rows, 6);  // every fifth
  EXPECT_EQ(found.figures[1], (std::pair<std::string, double>("test_accuracy", 1)));
  const std::string wrong = write("wrong.csv", other + "3,shark,red,20\n");
  for (const std::string& part : {std::string("'shark'"), wrong + ":32"}) {
    expect_in(refusal([&] { evaluate_run(folder.path + "/run", wrong); }), part);
  }
}

}  // namespace
}  // namespace gradus::train
