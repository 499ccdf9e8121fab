// Recipes: what is read is what is meant, and what is wrong is named.
#include <fstream>
#include <sstream>

#include <gradus/train.hpp>
#include <gtest/gtest.h>

namespace gradus::train {
namespace {

template <class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const UsageError& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another kind of error: ") + error.what();
  }
  return "nothing was wrong";
}
std::string wrong_recipe(const std::string& toml) {
  return message([&] { parse_recipe(toml, "my.toml", "my"); });
}
std::string wrong_set(const std::string& assignment) {
  Recipe recipe;
  return message([&] { set(recipe, assignment); });
}
void expect_all(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

TEST(Recipe, reads_values_of_every_type) {
  const Recipe r = parse_recipe(
      "loss = 'mse'\n[data]\nset = 'moons'\ntarget = 4\nstandardize = false\n[model]\nlayers = ['linear 2', 'tanh']\n"
      "[optim]\nlr = 1\n[train]\nepochs = 7\n",
      "my.toml", "my");
  EXPECT_EQ(r.name.value, "my");
  EXPECT_EQ(r.loss.value, "mse");
  EXPECT_EQ(r.data.target.value, "4");  // a column's number is its name
  EXPECT_FALSE(r.data.standardize);
  EXPECT_EQ(r.model.layers.value, (std::vector<std::string>{"linear 2", "tanh"}));
  EXPECT_EQ(r.optim.lr, 1.0);           // a whole number is a number
  EXPECT_EQ(r.train.epochs, 7);
  EXPECT_EQ(r.train.batch, 32);         // the default
}

TEST(Recipe, wrong_keys_and_values_are_named_with_their_line) {
  expect_all(wrong_recipe("[optim]\nlr = 0.1\nmomentun = 0.9\n"), {"my.toml:3", "'optim.momentun'", "did you mean 'optim.momentum'"});
  expect_all(wrong_recipe("[optimm]\nlr = 0.1\n"), {"my.toml:1", "'optimm.lr'", "'optim.lr'"});
  expect_all(wrong_recipe("epochs = 3\n"), {"my.toml:1", "'epochs'"});
  expect_all(wrong_recipe("[optim]\n\nlr = -0.5\n"), {"my.toml:3", "optim.lr", "-0.5", "a number above 0"});
  expect_all(wrong_recipe("[optim]\nlr = 'fast'\n"), {"my.toml:2", "optim.lr", "'fast'", "a number above 0"});
  expect_all(wrong_recipe("[optim]\nlr = 0\n"), {"optim.lr", "'0'", "a number above 0"});
  expect_all(wrong_recipe("[optim]\nlr = inf\n"), {"optim.lr", "inf"});
  expect_all(wrong_recipe("[optim]\nlr = nan\n"), {"optim.lr", "nan"});
  expect_all(wrong_recipe("[train]\nepochs = 1.5\n"), {"train.epochs", "1.5", "a whole number"});
  expect_all(wrong_recipe("[train]\nepochs = 0\n"), {"train.epochs", "'0'", "from 1"});
  expect_all(wrong_recipe("[train]\nshuffle = 1\n"), {"train.shuffle", "true or false"});
  expect_all(wrong_recipe("[data]\ntask = 'clasification'\n"), {"data.task", "did you mean 'classification'"});
  expect_all(wrong_recipe("[model]\nlayers = [1.5]\n"), {"model.layers", "a list of texts"});
  expect_all(wrong_recipe("[optim\nlr = 1\n"), {"my.toml:1", "not TOML"});
  expect_all(wrong_recipe("[optim]\nlr = 1\nlr = 2\n"), {"my.toml:3", "not TOML"});
}

TEST(Recipe, set_takes_toml_and_plain_text) {
  Recipe r;
  set(r, "optim.lr=0.25");
  set(r, "data.file=a b.csv");
  set(r, "data.target=\"class\"");
  set(r, "data.set=1e1");  // text stays text
  set(r, "model.layers=[\"linear 4\", \"relu\"]");
  set(r, "train.shuffle=false");
  EXPECT_EQ(r.optim.lr, 0.25);
  EXPECT_EQ(r.data.file.value, "a b.csv");
  EXPECT_EQ(r.data.target.value, "class");
  EXPECT_EQ(r.data.set.value, "1e1");
  EXPECT_EQ(r.model.layers.value.size(), 2U);
  EXPECT_FALSE(r.train.shuffle);
  expect_all(wrong_set("optim.lrr=1"), {"--set", "'optim.lrr'", "'optim.lr'"});
  expect_all(wrong_set("optim.lr=abc"), {"optim.lr", "'abc'", "a number above 0"});
  expect_all(wrong_set("optim.lr="), {"optim.lr", "a number above 0"});
  expect_all(wrong_set("optim.lr=1\nfoo = 2"), {"optim.lr"});
  expect_all(wrong_set("optim.lr"), {"'optim.lr'", "no assignment"});
  expect_all(wrong_set("train.epochs=99999999999999999999"), {"train.epochs"});
}

TEST(Recipe, unknown_names) {
  expect_all(message([] { load_recipe("digitz"); }), {"'digitz'", "did you mean 'digits'"});
  expect_all(message([] { load_recipe("no/such.toml"); }), {"'no/such.toml'"});
}

TEST(Recipe, survives_writing_and_reading) {
  Recipe r;
  r.about.value = "quotes \" and \\ and \n and ü";
  r.optim.lr.value = 0.1 + 0.2;
  r.train.seed.value = 9'007'199'254'740'993;  // one more than doubles hold
  r.model.layers.value = {"linear 2 init='normal 0 1'"};
  r.train.target_loss.value = 1e-300;
  const Recipe again = parse_recipe(to_toml(r), "again", "other");
  EXPECT_TRUE(differences(r, again).empty()) << differences(r, again)[0];
  EXPECT_EQ(to_toml(again), to_toml(r));
  Recipe other = r;
  other.optim.lr.value = 1;
  EXPECT_EQ(differences(r, other), std::vector<std::string>{"optim.lr"});
}

TEST(Recipe, rules_have_their_own_defaults) {
  const auto with = [](const std::string& rule) {
    return resolved(parse_recipe("[data]\nset='xor'\n[model]\nlayers=['linear 1']\n[optim]\n" + rule, "my.toml", "my"));
  };
  EXPECT_EQ(with("name='adamw'").optim.weight_decay, 0.01);
  EXPECT_EQ(with("name='adam'").optim.weight_decay, 0.0);
  EXPECT_EQ(with("name='adamw'\nweight_decay=0").optim.weight_decay, 0.0);
  expect_all(message([&] { with("name='adam'\nmomentum=0.9"); }), {"optim.momentum", "0.9", "adam"});
  expect_all(message([&] { with("name='adamm'"); }), {"'adamm'", "'adam'"});
  const Recipe twice = resolved(with("name='adamw'"));
  EXPECT_TRUE(differences(twice, with("name='adamw'")).empty());
}

TEST(Recipe, a_network_that_does_not_fit_its_data_is_refused) {
  const auto job = [](const std::string& layers) {
    return message([&] { make_job(parse_recipe("[data]\nset='digits'\n[model]\nlayers=" + layers, "my.toml", "my")); });
  };
  expect_all(job("['linear 4']"), {"[4]", "digits", "[10]", "\"linear 10\""});
  expect_all(job("['liner 10']"), {"'liner'", "'linear'"});
  expect_all(job("[]"), {"model.layers is empty"});
}

TEST(Recipe, the_built_in_ones_make_jobs) {
  ASSERT_GE(built_in_recipes().size(), 10U);
  for (const BuiltIn& built_in : built_in_recipes()) {
    const Recipe recipe = resolved(load_recipe(std::string(built_in.name)));
    EXPECT_FALSE(recipe.about.value.empty()) << built_in.name;
    EXPECT_FALSE(nn::parse_layers(recipe.model.layers).empty()) << built_in.name;
    make_loss([&] {
      Recipe with_loss = recipe;
      if (recipe.loss.value == "auto") with_loss.loss.value = "mse";
      return with_loss;
    }());
  }
}

TEST(Recipe, the_page_lists_every_key_as_the_code_does) {
  std::ifstream file(GRADUS_SOURCE_DIR "/docs/recipes.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(recipe_keys_markdown()), std::string::npos)
      << "docs/recipes.md is out of date; replace its table with the output of: gradus recipes --markdown";
}

}  // namespace
}  // namespace gradus::train
