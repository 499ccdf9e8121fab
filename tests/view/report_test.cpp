// The report of a run: complete, offline, and safe with what names and files may hold.
#include <filesystem>
#include <fstream>
#include <regex>

#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/train.hpp>
#include <gradus/view.hpp>
#include <gtest/gtest.h>

namespace gradus::inspect {
namespace {

// A run's folder with these files, removed at the end.
struct Folder {
  std::string path = std::string(testing::TempDir()) + "gradus_report_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  explicit Folder(const std::string& config, const std::string& metrics = {}) {
    std::filesystem::create_directories(path);
    add("config.toml", config);
    if (!metrics.empty()) add("metrics.jsonl", metrics);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void add(const std::string& name, const std::string& text) const { std::ofstream(path + "/" + name) << text; }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A look at a network of two layers with parameters, and what is between them.
std::string look(int step, const std::string& first, const std::string& last, const std::string& between = "\"dead\":0.25") {
  return "{\"step\":" + std::to_string(step) + ",\"epoch\":0,\"loss\":2.4,\"layers\":[{\"name\":\"0\",\"text\":\"linear 2 -> 4\",\"parameters\":12,\"gradient\":" + first +
         ",\"weight\":0.5,\"update\":0.001,\"mean\":0,\"deviation\":1,\"weights\":{\"low\":-1,\"high\":1,\"counts\":[1,2,1]}},{\"name\":\"1\",\"text\":\"relu\",\"mean\":0,\"deviation\":1," + between +
         "},{\"name\":\"2\",\"text\":\"linear 4 -> 3\",\"parameters\":15,\"gradient\":" + last + ",\"weight\":0.5,\"update\":0.002,\"mean\":0,\"deviation\":1}]}\n";
}

constexpr auto two_epochs =
    "{\"epoch\":1,\"step\":2,\"train_loss\":2.0,\"train_accuracy\":0.5,\"train_error\":0.5,\"valid_loss\":3.0,\"lr\":0.1,\"seconds\":1}\n"
    "{\"epoch\":2,\"step\":4,\"train_loss\":1.0,\"train_accuracy\":0.75,\"train_error\":0.25,\"valid_loss\":2.0,\"lr\":0.1,\"seconds\":2}\n";

TEST(Report, shows_curves_figures_and_recipe) {
  const Folder folder("name = 'a'\n", two_epochs);
  folder.add("run.json", "{\"threads\":2,\"ended\":\"all epochs are done\",\"epochs\":2,\"steps\":4,\"seconds\":2,\"figures\":{\"test_accuracy\":0.875},\"digest\":\"abc\"}");
  const std::string page = report_page(folder.path);
  EXPECT_EQ(count(page, "<figure class=\"chart\""), 3u);  // loss, accuracy, lr
  EXPECT_EQ(count(page, "class=\"linear\""), 3u);
  EXPECT_EQ(count(page, "class=\"log\""), 3u);
  EXPECT_TRUE(has(page, "<dt>test_accuracy</dt><dd>0.875<"));
  EXPECT_TRUE(has(page, "name = &quot;") || has(page, "name = 'a'"));
  EXPECT_TRUE(has(page, "config.toml --threads 2</pre>"));
  EXPECT_TRUE(has(page, "All epochs are done after 2 epochs and 4 steps"));
  // Epoch 1 is at the left edge of the chart, epoch 2 at the right; of the axis from 1 to 3 the losses are at its middle and bottom, top and middle.
  EXPECT_TRUE(has(page, "d=\"M54.0 112.0L428.0 212.0\"")) << page;
  EXPECT_TRUE(has(page, "d=\"M54.0 12.0L428.0 112.0\"")) << page;
  // On the logarithmic scale from 1 to 10: ln 2 / ln 10 of 200 above the bottom.
  EXPECT_TRUE(has(page, "d=\"M54.0 151.8L428.0 212.0\"")) << page;
}

TEST(Report, asks_for_nothing_from_outside) {
  const Folder folder("name = 'a'\n", "{\"epoch\":1,\"train_loss\":2.0}\n");
  folder.add("samples.json", R"({"part":"test","rows":1,"measure":"cross_entropy","classes":["a","b"],"confusion":[[0,1],[0,0]],"picture":[1,1,2],"worst":[{"row":0,"loss":1,"target":"a","prediction":"b","pixels":[0,255]}]})");
  std::string page = report_page(folder.path);
  EXPECT_EQ(count(page, "src=\"data:image/png;base64,"), 1u);
  EXPECT_EQ(count(page, "src="), 1u);
  EXPECT_EQ(count(page, "href="), count(page, "href=\"data:,\""));
  for (std::size_t at; (at = page.find("http://www.w3.org/2000/svg")) != std::string::npos;) page.erase(at, 26);  // a name, no address
  for (const char* word : {"<script src", "http:", "https:", "@import", "url(", "<link rel=\"stylesheet"}) EXPECT_FALSE(has(page, word)) << word;
}

TEST(Report, shows_names_as_text) {
  const Folder folder("about = '<b>&\"'\n", "{\"epoch\":1,\"train_<i>\":2.0}\n");
  folder.add("run.json", R"({"figures":{"<u>":1},"ended":"x","origin":"<q>","diverged":"<s>","digest":"<em>"})");
  folder.add("samples.json", R"({"part":"test","rows":2,"classes":["<a>","<p id>"],"confusion":[[1,1],[0,0]],"worst":[{"row":0,"loss":1,"target":"<tt>","prediction":"<kbd>","cells":[["<var>","<wbr>"]]},{"row":1,"loss":1,"text":["<x>"],"next":["<y>"],"losses":[9]}]})");
  std::string flow = look(0, "1", "1");
  flow.replace(flow.find("relu"), 4, "<dfn>");
  folder.add("flow.jsonl", flow);
  const std::string page = report_page(folder.path);
  for (const char* word : {"<i>", "<u>", "<q>", "<s>", "<em>", "<a>", "<p id>", "<tt>", "<kbd>", "<var>", "<wbr>", "<x>", "<y>", "<dfn>"}) EXPECT_FALSE(has(page, word)) << word;
  EXPECT_TRUE(has(page, "&lt;b&gt;&amp;&quot;"));
}

TEST(Report, a_cut_off_line_a_gap_and_a_single_epoch) {
  const Folder folder("", "{\"epoch\":1,\"train_loss\":2}\n{\"epoch\":2,\"train_loss\":null}\n{\"epoch\":3,\"train_loss\":1}\n{\"epoch\":4,\"tra");
  const std::string page = report_page(folder.path);
  EXPECT_TRUE(has(page, "d=\"M54.0 12.0h0M428.0 212.0h0\"")) << page;  // the gap is not drawn over, and lone points are seen

  const Folder one("", "{\"epoch\":1,\"train_loss\":2}\n");
  EXPECT_FALSE(has(report_page(one.path), "nan "));
  const Folder none("", " ");
  EXPECT_EQ(count(report_page(none.path), "<figure"), 0u);
}

TEST(Report, files_of_any_content_make_a_page_or_an_error) {
  const Folder folder("", two_epochs);
  for (const char* text : {"", "null", "[]", "{", "{\"figures\":3,\"seconds\":\"x\",\"ended\":1,\"digest\":[],\"started\":1e300,\"stopped\":false}", "{\"step\":1,\"layers\":[3,null,{\"name\":1,\"gradient\":\"x\",\"weights\":{\"low\":null,\"counts\":[null]}}]}\n",
                           R"({"classes":3,"confusion":[[1],[2,3]],"worst":[3,{"pixels":[1],"cells":3},{"cells":[3,[1]]},{"text":3}],"picture":[1,9,9]})", R"({"confusion":[["x","y"],[1,2]],"classes":["a"],"worst":[{"pixels":[1,2],"row":"a"}],"picture":["x",1]})"}) {
    for (const char* name : {"run.json", "flow.jsonl", "samples.json"}) {
      folder.add(name, text);
      EXPECT_TRUE(has(report_page(folder.path), "</html>")) << name << text;
      EXPECT_TRUE(has(comparison_page(compare({folder.path, folder.path}), Language::english), "</html>")) << name << text;
    }
  }
}

TEST(Report, gradient_flow_histograms_and_both_languages) {
  const Folder folder("", two_epochs);
  folder.add("flow.jsonl", look(0, "0.1", "0.2") + look(4, "0.01", "0.02") + "{\"step\":9");
  const std::string page = report_page(folder.path), chinese = report_page(folder.path, Language::chinese);
  for (const char* id : {"flow-gradient", "flow-update", "flow-dead"}) EXPECT_TRUE(has(page, std::string("id=\"") + id + "\"")) << id;
  EXPECT_FALSE(has(page, "id=\"flow-saturated\""));
  EXPECT_TRUE(has(page, "data-y=\"0.1 0.01\"")) << page;
  EXPECT_EQ(count(page, "<figure class=\"histogram\""), 1u);
  EXPECT_EQ(count(page, "class=\"before\""), 1u);
  EXPECT_TRUE(has(chinese, "lang=\"zh-CN\"") && has(chinese, "梯度流"));
  EXPECT_FALSE(has(chinese, "Gradient flow"));
}

TEST(Report, says_what_stands_out) {
  const Folder folder("", two_epochs);
  const auto warnings = [&](const std::string& flow, const std::string& notes = R"({"loss":"cross_entropy","classes":3})") {
    folder.add("flow.jsonl", flow);
    folder.add("run.json", notes);
    std::string all;
    for (const std::string& text : report_warnings(folder.path)) all += text + "\n";
    return all;
  };
  EXPECT_TRUE(has(warnings(look(0, "0.1", "0.2")), "begins near ln 3 = 1.1"));  // 2.4
  EXPECT_EQ(warnings(look(0, "0.1", "0.2"), R"({"loss":"cross_entropy","classes":11})"), "");
  EXPECT_EQ(warnings(look(0, "0.1", "0.2"), R"({"loss":"mse","classes":0})"), "");
  const std::string quiet = R"({"loss":"mse"})";
  EXPECT_TRUE(has(warnings(look(0, "0", "0.2"), quiet), "Layer 0 linear 2 -> 4 gets no gradient"));
  EXPECT_TRUE(has(warnings(look(0, "1e-7", "0.2"), quiet), "Gradients vanish: that of layer 0 linear 2 -> 4 is 5e-07 times that of layer 2 linear 4 -> 3"));
  EXPECT_TRUE(has(warnings(look(0, "0.1", "0.2") + look(3, "null", "0.2"), quiet), "layer 0 linear 2 -> 4 is not finite at step 3"));
  EXPECT_TRUE(has(warnings(look(0, "0.1", "2000"), quiet), "Gradients explode: that of layer 2 linear 4 -> 3 has an RMS of 2e+03"));
  EXPECT_TRUE(has(warnings(look(0, "0.1", "0.2", "\"dead\":0.75"), quiet), "75 % of the units of layer 1 relu are dead"));
  EXPECT_TRUE(has(warnings(look(0, "0.1", "0.2", "\"saturated\":0.6"), quiet), "60 % of what layer 1 relu gives is saturated"));
  EXPECT_TRUE(has(warnings("", R"x({"diverged":"the loss became nan in step 3 (epoch 1)","origin":"[log] made -inf"})x"), "the loss became nan in step 3 (epoch 1). Try a smaller optim.lr (it is 0.001), clip the gradients (optim.clip_norm=1), or look for extreme values in the data.\nWhere it came from: [log] made -inf"));
  folder.add("metrics.jsonl", "{\"epoch\":1,\"train_loss\":2,\"valid_loss\":1}\n{\"epoch\":2,\"train_loss\":1.5,\"valid_loss\":2}\n{\"epoch\":3,\"train_loss\":1.99,\"valid_loss\":3}\n");
  const std::string text = warnings("", quiet);
  EXPECT_TRUE(has(text, "least in epoch 1 (1); it is 3 now") && has(text, "hardly moved: 2 in the first epoch, 1.99 in the last. Try another optim.lr")) << text;
}

TEST(Report, advises_what_would_help) {
  const Folder folder("[optim]\nlr = 0.003\n", two_epochs);
  const auto warnings = [&](const std::string& flow, const std::string& notes = R"({"loss":"cross_entropy"})", const std::string& config = "[optim]\nlr = 0.003\n") {
    folder.add("config.toml", config);
    folder.add("flow.jsonl", flow);
    folder.add("run.json", notes);
    std::string all;
    for (const std::string& text : report_warnings(folder.path)) all += text + "\n";
    return all;
  };
  const auto looks = [](const std::string& update, const std::string& last_loss, const std::string& between = "\"dead\":0.25") {
    std::string all;
    for (int step = 0; step < 4; ++step) {
      std::string one = look(step, "0.1", "0.2", between);
      for (const char* old : {"\"update\":0.001", "\"update\":0.002"}) one.replace(one.find(old), 14, "\"update\":" + update);
      if (step == 3) one.replace(one.find("2.4"), 3, last_loss);
      all += one;
    }
    return all;
  };
  // Steps that are far too small, while nothing is learned; not where the loss has fallen, as at the end of a schedule.
  EXPECT_TRUE(has(warnings(looks("1e-5", "2.3")), "no layer by more than 1e-05 of its size, and the loss fell only from 2.4 to 2.3. Try optim.lr=0.03 "));
  EXPECT_EQ(warnings(looks("1e-5", "0.3")), "");
  EXPECT_EQ(warnings(looks("1e-3", "2.3")), "");
  EXPECT_TRUE(has(warnings(looks("1e-3", "2.3", "\"dead\":0.75")), "leaky_relu or gelu"));
  // Saturated units are no fault of a network that has learned.
  EXPECT_TRUE(has(warnings(looks("1e-3", "2.3", "\"saturated\":0.75")), "smaller starting weights"));
  EXPECT_EQ(warnings(looks("1e-3", "0.01", "\"saturated\":0.75")), "");
  // Targets in a unit of their own: that, and not the gradients that follow from it.
  std::string large = look(0, "1e5", "2e5");
  large.replace(large.find("2.4"), 3, "1e9");
  const std::string off = warnings(large, R"({"loss":"mse"})", "[data]\nscale_target = false\n");
  EXPECT_TRUE(has(off, "the targets are far larger") && has(off, "Leave data.scale_target on") && !has(off, "explode")) << off;
  EXPECT_TRUE(has(warnings(large, R"({"loss":"mse"})"), "Scale them to mean 0"));
  std::string wide = look(0, "0.1", "0.2");
  wide.replace(wide.find("\"deviation\":1"), 13, "\"deviation\":900");
  EXPECT_TRUE(has(warnings(wide, R"({"loss":"mse"})", "[data]\nstandardize = false\n"), "Leave data.standardize on"));
  EXPECT_EQ(warnings(wide, R"({"loss":"mse"})"), "");
}

TEST(Report, few_epochs_are_drawn_over_steps) {
  const Folder folder("[train]\nsteps = 9\n");
  const auto line = [](int step, const char* more) { return "{\"step\":" + std::to_string(step) + ",\"epoch\":0,\"loss\":2.5," + more + "\"layers\":[]}\n"; };
  folder.add("flow.jsonl", line(0, "") + "{\"step\":2,\"epoch\":0,\"train_loss\":4}\n" + line(4, "\"lr\":0.1,\"train_loss\":3,\"train_accuracy\":0.5,\"train_error\":0.5,") + line(9, "\"lr\":0.2,\"train_loss\":2,\"train_accuracy\":0.75,\"train_error\":0.25,") + "{\"step\":9,\"epoch\":0,\"lr\":0.2}\n");
  const std::string page = report_page(folder.path);
  for (const char* id : {"curve-loss", "curve-accuracy", "curve-lr"}) EXPECT_EQ(count(page, std::string("id=\"") + id + "\""), 1u) << id;
  EXPECT_TRUE(has(page, "data-x=\"2 4 9\" data-y=\"4 3 2\"")) << page;
  EXPECT_TRUE(has(page, "data-x=\"0 4 9\" data-y=\"2.5 2.5 2.5\"")) << page;
  EXPECT_TRUE(has(page, "data-x=\"4 9\" data-y=\"0.1 0.2\"")) << page;
  folder.add("metrics.jsonl", "{\"epoch\":1,\"step\":8,\"train_loss\":2,\"valid_loss\":7}\n");
  EXPECT_TRUE(has(report_page(folder.path), "data-x=\"8\" data-y=\"7\""));
  folder.add("metrics.jsonl", std::string(two_epochs) + "{\"epoch\":3,\"step\":6,\"train_loss\":0.5}\n");
  EXPECT_TRUE(has(report_page(folder.path), "data-x=\"1 2 3\" data-y=\"2 1 0.5\""));
}

TEST(Report, says_of_which_step_the_samples_are) {
  const Folder folder("", two_epochs);
  const std::string samples = R"({"part":"valid","step":40,"epoch":2.5,"rows":2,"classes":["a","a class with a long name"],"confusion":[[0,1],[0,1]],"worst":[{"row":0,"loss":1,"target":"a","prediction":"a","text":["x"]}]})";
  folder.add("samples.json", samples);
  const std::string page = report_page(folder.path);
  EXPECT_EQ(count(page, "Looked at after step 40 (epoch 2.5)."), 2u);
  EXPECT_TRUE(has(page, "Wrong: 1 of 2 rows of the validation data.") && has(page, "The mean of this loss over all of them is valid_loss."));
  EXPECT_TRUE(has(page, "<b>a, correct</b>")) << page;
  // A network that gives no numbers any more has nothing to show here.
  folder.add("samples.json", R"({"part":"train","step":1,"epoch":1,"rows":2,"not_finite":2,"classes":["a","b"],"confusion":[[0,0],[0,0]],"worst":[{"row":0,"loss":null,"target":"a","prediction":"a","text":["x"]}]})");
  EXPECT_FALSE(has(report_page(folder.path), "What was taken for what") || has(report_page(folder.path), "Where it is most wrong"));
  EXPECT_EQ(count(page, "<span class=\"name\" title=\"a class with a long name\">"), 2u);  // which may be cut
  EXPECT_FALSE(has(page, "<span class=\"name\" title=\"a\">"));
}

TEST(Report, shows_numbers_in_their_own_unit) {
  const Folder folder("", two_epochs);
  folder.add("samples.json", R"({"part":"test","step":4,"epoch":2,"rows":3,"confusion":[],"numbers":{"target":"price <b>","deviation":250,"mean_absolute_error":12.5,"r2":0.75,"pairs":[[0,100],[100,0],[null,1]]},"worst":[{"row":0,"loss":9,"error":-49,"target":"0","prediction":"100","cells":[["x","1"]]}]})");
  folder.add("run.json", R"({"ended":"the target loss is reached","epochs":1,"steps":1,"seconds":2,"figures":{"test_loss":1,"rmse":13}})");
  const std::string page = report_page(folder.path);
  EXPECT_EQ(count(page, "<circle cx="), 2u);
  EXPECT_TRUE(has(page, "<circle cx=\"62.0\" cy=\"12.0\" r=\"3\">")) << page;  // true 0, predicted 100: at the left, on top
  EXPECT_TRUE(has(page, "Mean absolute error: 12.5. R² (share of the variance that is explained): 0.75."));
  EXPECT_TRUE(has(page, "a loss is of price &lt;b&gt; divided by its deviation, 250"));
  EXPECT_TRUE(has(page, "<th scope=\"col\">error</th>") && has(page, ">-49</td>"));
  EXPECT_TRUE(has(page, "The target loss is reached after 1 epoch and 1 step, 2 s")) << "one is one";
}

TEST(Report, an_interrupted_run_says_how_to_go_on) {
  const Folder folder("", two_epochs);
  folder.add("run.json", R"({"threads":3,"ended":"interrupted","stopped":true,"steps":1})");
  const std::string page = report_page(folder.path);
  EXPECT_TRUE(has(page, "Interrupted after 1 step. This goes on from there:"));
  EXPECT_TRUE(has(page, "gradus train " + folder.path + "/config.toml --out " + folder.path + " --resume --threads 3</pre>"));
  folder.add("run.json", R"({"threads":3,"resumed":[{"step":2,"threads":3}]})");
  EXPECT_TRUE(has(report_page(folder.path), "from step 2 (threads: 3)") && has(report_page(folder.path), "ends with the same digest"));
  folder.add("run.json", R"({"threads":3,"resumed":[{"step":2,"threads":1}]})");
  EXPECT_FALSE(has(report_page(folder.path), "ends with the same digest"));
}

TEST(Report, parts_of_layers_are_folded_where_they_are_many) {
  const Folder folder("", two_epochs);
  const auto with = [&](int parts) {
    std::string all;
    for (int i = 0; i < parts; ++i) all += std::string(i ? "," : "") + "{\"name\":\"attention.p" + std::to_string(i) + "\",\"parameters\":4,\"gradient\":0.5,\"weight\":1}";
    folder.add("flow.jsonl", "{\"step\":0,\"epoch\":0,\"loss\":1,\"layers\":[{\"name\":\"2\",\"text\":\"transformer\",\"parameters\":8,\"gradient\":1,\"parts\":[" + all + "]}]}\n");
    return report_page(folder.path);
  };
  EXPECT_TRUE(has(with(2), "<details class=\"parts\" open>"));
  EXPECT_TRUE(has(with(9), "<details class=\"parts\"><summary>Parts of the layers (9)"));
  EXPECT_TRUE(has(with(2), "id=\"parts-gradient\"") && has(with(2), ">attention.p1</th>"));
}

// What the run itself wrote, in the anomaly finder's words too.
TEST(Report, in_chinese_is_chinese_throughout) {
  const Folder folder("", "");
  std::filesystem::remove_all(folder.path);
  EXPECT_THROW(train::run(train::parse_recipe("[data]\nset = 'moons'\nsize = 100\n[model]\nlayers = ['linear 8', 'relu', 'log', 'linear 2']\n", "t.toml", "t"), {.out = folder.path}), DivergedError);
  std::string page = report_page(folder.path, Language::chinese);
  page = page.substr(page.find("<body"), page.find("<section><h2>重现") - page.find("<body"));
  page = std::regex_replace(page, std::regex("<[^>]*>"), "");
  EXPECT_TRUE(has(page, "已发散：第 1 步（第 1 轮）的损失变为 ")) << page;
  EXPECT_TRUE(has(page, "可尝试减小 optim.lr（现为 0.001）"));
  EXPECT_TRUE(has(page, "来源：[log] 在位置 [") && has(page, "个元素中")) << page;
  for (const char* word : {"became", "made", "element", "finite", "from", "input ", "taken", "backward", "gradient of", "  in ", "after"}) EXPECT_FALSE(has(page, word)) << word << "\n" << page;
  folder.add("metrics.jsonl", two_epochs);
  const std::string more = report_page(folder.path, Language::chinese);
  for (const char* word : {">loss<", ">accuracy<", "train_loss", "valid_loss"}) EXPECT_FALSE(has(more, word)) << word;
  EXPECT_TRUE(has(more, "训练损失") && has(more, "验证损失"));
}

TEST(Report, numbers_along_a_narrow_range_differ) {
  const Folder folder("", "{\"epoch\":1,\"train_loss\":2.30001}\n{\"epoch\":2,\"train_loss\":2.30004}\n{\"epoch\":3,\"train_loss\":2.30003}\n");
  const std::string page = report_page(folder.path), drawing = page.substr(page.find("<svg class=\"linear\""), page.find("<svg class=\"log\"") - page.find("<svg class=\"linear\""));
  EXPECT_TRUE(has(drawing, ">2.30001<") && has(drawing, ">2.30004<")) << drawing;
}

TEST(Report, long_runs_stay_small_and_keep_their_peaks) {
  std::string lines;
  for (int epoch = 1; epoch <= 20000; ++epoch) lines += "{\"epoch\":" + std::to_string(epoch) + ",\"train_loss\":" + (epoch == 7777 ? "99" : epoch == 20000 ? "0.125" : "1") + "}\n";
  const Folder folder("", lines);
  const std::string page = report_page(folder.path);
  EXPECT_LT(page.size(), 100000u);
  EXPECT_TRUE(has(page, " 99 ") && has(page, " 0.125\"")) << "the peak, and where it ends";
}

TEST(Report, is_written_into_the_folder_and_names_what_is_missing) {
  const Folder folder("", "{\"epoch\":1,\"train_loss\":2}\n");
  write_report(folder.path);
  EXPECT_EQ(read_file(folder.path + "/report.html"), report_page(folder.path));
  try {
    report_page(folder.path + "/nowhere");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_TRUE(has(error.what(), "is not there")) << error.what();
  }
}

TEST(Compare, differences_figures_and_best_epochs) {
  const Folder a("name = 'a'\n[optim]\nlr = 0.1\n", two_epochs);
  std::filesystem::create_directories(a.path + "/b");
  a.add("b/config.toml", "name = 'a'\n[optim]\nlr = 0.2\n");
  a.add("b/metrics.jsonl", "{\"epoch\":1,\"step\":2,\"train_loss\":0.5,\"seconds\":3}\n{\"epoch\":2,\"step\":4,\"train_loss\":0.75,\"seconds\":6}\n");
  const Comparison c = compare({a.path, a.path + "/b"});
  ASSERT_EQ(c.differences.size(), 1u);
  EXPECT_EQ(c.differences[0].first, "optim.lr");
  EXPECT_EQ(c.differences[0].second, (std::vector<std::string>{"0.1", "0.2"}));
  EXPECT_EQ(c.runs[0].best_epoch, 2);
  EXPECT_EQ(c.runs[1].best_epoch, 1);
  EXPECT_EQ(c.runs[1].seconds, 6);
  EXPECT_EQ(c.runs[0].best_by, "valid_loss");
  EXPECT_EQ(c.runs[1].best_by, "train_loss");
  EXPECT_EQ(c.runs[1].figures, (std::vector<std::pair<std::string, double>>{{"train_loss", 0.75}}));
  const std::string text = comparison_text(c), page = comparison_page(c, Language::english);
  EXPECT_TRUE(has(text, "optim.lr") && has(text, "0.75")) << text;
  EXPECT_TRUE(has(text, "2 (valid_loss)") && has(text, "1 (train_loss)")) << text;
  EXPECT_TRUE(has(text, "Not ended")) << text;
  a.add("run.json", R"({"ended":"the target loss is reached"})");
  a.add("b/failure.txt", "the loss became nan in step 3 (epoch 1)\n");
  const std::string ended = comparison_text(compare({a.path, a.path + "/b"})), chinese = comparison_text(compare({a.path, a.path + "/b"}), Language::chinese);
  EXPECT_TRUE(has(ended, "The target loss is reached ") && has(ended, " Diverged\n")) << ended;
  EXPECT_TRUE(has(chinese, "达到目标损失") && has(chinese, "已发散") && has(chinese, "2（验证损失）") && !has(chinese, "train_loss")) << chinese;
  EXPECT_TRUE(has(comparison_json(compare({a.path, a.path + "/b"})), R"("ended":"diverged")"));
  EXPECT_EQ(count(page, "<figure class=\"chart\""), 4u);  // train_loss, train_accuracy, valid_loss, lr
  EXPECT_TRUE(has(comparison_json(c), R"("differences":{"optim.lr":["0.1","0.2"]})"));
  EXPECT_TRUE(has(comparison_text(compare({a.path, a.path})), "The configurations are equal."));
  // A run of few epochs beside a longer one: both over the steps.
  for (const char* name : {"flow.jsonl", "b/flow.jsonl"}) a.add(name, "{\"step\":2,\"train_loss\":5}\n{\"step\":7,\"train_loss\":4}\n");
  EXPECT_EQ(count(comparison_page(compare({a.path, a.path + "/b"}), Language::english), "data-x=\"2 7\" data-y=\"5 4\""), 2u);
}

TEST(Events, records_are_framed_as_the_format_says) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);  // the check value of CRC-32C
  const Folder folder("name = 'a'\n", "{\"epoch\":1,\"step\":2,\"train_loss\":2.0,\"seconds\":1}\n");
  EventFile events(folder.path, folder.path + "/board");
  const auto size = [&] { return read_file(events.path()).size(); };
  const std::size_t header = size();
  EXPECT_EQ(header, 12u + 9 + 15 + 4);  // length and its sum; wall_time; file_version; sum
  events.update();
  const std::size_t one = size();
  EXPECT_GT(one, header);
  events.update();
  EXPECT_EQ(size(), one);  // nothing new
  std::ofstream(folder.path + "/metrics.jsonl", std::ios::app) << "{\"epoch\":2,\"step\":4,\"train_loss\":1.0,\"seconds\":2}\n{\"epoch\":3,\"st";
  events.update();
  EXPECT_EQ(size(), one + (one - header));  // the line that is not whole waits
}

}  // namespace
}  // namespace gradus::inspect
