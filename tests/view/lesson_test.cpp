// The lessons: what they claim, as far as it does not depend on the speed of the machine.
#include <gradus/base/error.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/view/lesson.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace gradus::inspect {
namespace {

using Json = nlohmann::json;

Json numbers(const std::string& name, const LessonOptions& options) { return Json::parse(lesson(name, options).json); }

TEST(Lesson, SigmoidsLoseTheGradientAndTheOthersKeepIt) {
  for (const std::uint64_t seed : {0, 1, 2}) {
    const Json out = numbers("vanishing", {.seed = seed, .length = 0.05});
    ASSERT_EQ(out["variants"].size(), 4u);
    for (const Json& variant : out["variants"]) {
      const double ratio = variant["ratio"];
      ASSERT_EQ(variant["gradient_rms_start"].size(), 20u);
      if (variant["name"] == "sigmoid_xavier") {
        EXPECT_LT(ratio, 1e-6);
        EXPECT_GT(ratio, 0);
        EXPECT_EQ(variant["first_layer_moved"], 0);
      } else {
        EXPECT_GT(ratio, 0.01) << variant["name"];
        EXPECT_LT(ratio, 100) << variant["name"];
        EXPECT_GT(variant["first_layer_moved"], 1e-4) << variant["name"];
      }
      EXPECT_DOUBLE_EQ(ratio, variant["gradient_rms_start"].front().get<double>() / variant["gradient_rms_start"].back().get<double>());
    }
  }
}

TEST(Lesson, WhatKeepsItsGradientLearns) {
  const Json out = numbers("vanishing", {});
  for (const Json& variant : out["variants"]) {
    const double right = variant["train_accuracy"];
    if (variant["name"] == "sigmoid_xavier") {
      EXPECT_LT(right, 0.2);
    } else {
      EXPECT_GT(right, variant["name"] == "relu_he" ? 0.3 : 0.8) << variant["name"];  // ReLU alone is the slowest of the three
    }
  }
}

TEST(Lesson, AGradientTakesAFixedNumberOfOperations) {
  const Json out = numbers("cost", {.length = 0.5});
  ASSERT_GE(out["rows"].size(), 3u);
  for (const Json& row : out["rows"]) {
    EXPECT_EQ(row["forward_operations"], 5);
    EXPECT_EQ(row["gradient_operations"], 10);
    EXPECT_EQ(row["evaluations"], 2 * row["inputs"].get<int>());
    EXPECT_GT(row["ratio"], 0);
    if (row["error"].is_number()) {
      EXPECT_LT(row["error"], 1e-5) << row["inputs"];
    }
  }
  EXPECT_TRUE(out["rows"][0]["error"].is_number());
}

TEST(Lesson, StalledStartsOfXor) {
  const Json out = numbers("minima", {.length = 0.2});
  ASSERT_FALSE(out["stalled"].empty());
  std::size_t eighth = 0;
  for (const Json& one : out["stalled"]) {
    const double loss = one["loss"];
    EXPECT_TRUE(std::abs(loss - 0.125) < 0.01 || std::abs(loss - 1.0 / 6) < 0.01) << loss;
    double error = 0;
    for (std::size_t i = 0; i < 4; ++i) error += std::pow(one["outputs"][i].get<double>() - (i == 1 || i == 2 ? 1 : 0), 2) / 4;
    EXPECT_NEAR(error, loss, 1e-12);  // the outputs are those of this loss
    eighth += loss < 0.14 ? 1 : 0;
  }
  EXPECT_EQ(out["ends"][1]["count"], eighth);
  int count = 0;
  for (const Json& end : out["ends"]) count += end["count"].get<int>();
  EXPECT_EQ(count, out["starts"]);
  EXPECT_EQ(out["ends"][0]["count"].get<int>() + static_cast<int>(out["stalled"].size()) + out["ends"][3]["count"].get<int>(), out["starts"]);

  const Json& example = out["example"];
  EXPECT_EQ(example["seed"], out["stalled"][0]["seed"]);
  const Json &a = example["rows"][example["confused"][0].get<std::size_t>()], &b = example["rows"][example["confused"][1].get<std::size_t>()];
  EXPECT_NE(a["target"], b["target"]);
  EXPECT_NEAR(a["output"], 0.5, 0.01);
  EXPECT_NEAR(b["output"], 0.5, 0.01);
  EXPECT_LT(example["gradient"], 0.05 * a["gradient"].get<double>());  // alone each pulls, together they do not
  EXPECT_EQ(out["widths"][0]["hidden"], 2);
  EXPECT_GT(out["widths"][0]["stalled"], out["widths"][3]["stalled"]);
}

// Every start that stalls is told of and tried, with three rows at one answer too: their best answer is the mean of their targets.
TEST(Lesson, StalledStartsOfThreeRows) {
  const Json out = numbers("minima", {.seed = 3, .length = 0.2});
  const int eighth = out["ends"][1]["count"], sixth = out["ends"][2]["count"];
  ASSERT_GT(sixth, 0);
  for (const Json& way : out["ways_out"]) {
    EXPECT_EQ(way["of"], eighth + sixth) << way;
    EXPECT_EQ(way["of_sixth"], sixth) << way;
  }
  const Json& why = out["sixth"];
  double ones = 0, answers = 0;
  for (const Json& one : out["stalled"]) {
    if (one["seed"] != why["seed"]) continue;
    for (std::size_t i = 0; i < 4; ++i) {
      if (i == why["right"]) {
        EXPECT_NEAR(one["outputs"][i].get<double>(), i == 1 || i == 2 ? 1 : 0, 0.1);
        continue;
      }
      ones += i == 1 || i == 2;
      answers += one["outputs"][i].get<double>() / 3;
    }
  }
  EXPECT_NEAR(why["answer"], answers, 1e-12);
  EXPECT_NEAR(answers, ones / 3, 0.01);
  EXPECT_LT(why["steepest"], 0.05);
}

TEST(Lesson, PagesInBothLanguagesAskForNothing) {
  for (const LessonInfo& info : lessons()) {
    for (const Language language : {Language::english, Language::chinese}) {
      const Lesson made = lesson(std::string(info.name), {.language = language, .length = 0.01});
      EXPECT_EQ(made.page.find("http"), made.page.find("http://www.w3.org/2000/svg")) << info.name;  // a name, no address
      EXPECT_EQ(made.page.find("src="), std::string::npos) << info.name;
      EXPECT_EQ(made.page.find("{}"), std::string::npos) << info.name << ": a place that nothing was put in";
      EXPECT_EQ(made.text.find('{'), std::string::npos) << info.name;
      EXPECT_NE(made.page.find(language == Language::chinese ? "<html lang=\"zh-CN\">" : "<html lang=\"en\">"), std::string::npos);
      EXPECT_EQ(made.text.find('\x1b'), std::string::npos);
    }
  }
  EXPECT_NE(lesson("vanishing", {.language = Language::chinese, .length = 0.01}).text.find("梯度消失"), std::string::npos);
}

TEST(Lesson, TellsHowFarItIs) {
  double last = 0;
  const int before = threads();
  lesson("minima", {.length = 0.1, .on_progress = [&](double done) {
                      EXPECT_GE(done, last);
                      last = done;
                    }});
  EXPECT_DOUBLE_EQ(last, 1);
  EXPECT_EQ(threads(), before);
}

TEST(Lesson, AnUnknownNameIsRefusedWithTheNames) {
  try {
    lesson("vanish");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("minima"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gradus::inspect
