// The report of a run: complete, offline, and safe with what names and files may hold.
#include <filesystem>
#include <fstream>

#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/view.hpp>
#include <gtest/gtest.h>

namespace gradus::inspect {
namespace {

// A run's folder with these files, removed at the end.
struct Folder {
  std::string path = std::string(testing::TempDir()) + "gradus_report_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  Folder(const std::string& config, const std::string& metrics) {
    std::filesystem::create_directories(path);
    std::ofstream(path + "/config.toml") << config;
    std::ofstream(path + "/metrics.jsonl") << metrics;
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

TEST(Report, shows_curves_figures_and_recipe) {
  const Folder folder("name = 'a'\n",
                      "{\"epoch\":1,\"step\":2,\"train_loss\":2.0,\"train_accuracy\":0.5,\"train_error\":0.5,\"valid_loss\":3.0,\"lr\":0.1,\"seconds\":1}\n"
                      "{\"epoch\":2,\"step\":4,\"train_loss\":1.0,\"train_accuracy\":0.75,\"train_error\":0.25,\"valid_loss\":2.0,\"lr\":0.1,\"seconds\":2}\n");
  const std::string page = report_page(folder.path, {{"test_accuracy", 0.875}});
  EXPECT_EQ(count(page, "<svg"), 3u);  // loss, accuracy, lr
  EXPECT_EQ(count(page, "class=\"line\""), 4u);
  EXPECT_NE(page.find("test_accuracy</th><td>0.875<"), std::string::npos);
  EXPECT_NE(page.find("name = 'a'"), std::string::npos);
  // Epoch 1 is at the left edge of the chart, epoch 2 at the right; the largest loss at the top, the smallest at the bottom.
  EXPECT_NE(page.find("d=\" M64.0 118.0 L704.0 220.0\""), std::string::npos) << page;
  EXPECT_NE(page.find("d=\" M64.0 16.0 L704.0 118.0\""), std::string::npos) << page;
}

TEST(Report, asks_for_nothing_from_outside) {
  const Folder folder("name = 'a'\n", "{\"epoch\":1,\"train_loss\":2.0}\n");
  const std::string page = report_page(folder.path);
  for (const char* word : {"<script", "http:", "https:", "src=", "href=", "@import", "url("}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
}

TEST(Report, shows_names_as_text) {
  const Folder folder("about = '<b>&\"'\n", "{\"epoch\":1,\"train_<i>\":2.0}\n");
  const std::string page = report_page(folder.path, {{"<u>", 1}});
  for (const char* word : {"<b>", "<i>", "<u>"}) EXPECT_EQ(page.find(word), std::string::npos) << word;
  EXPECT_NE(page.find("&lt;b&gt;&amp;&quot;"), std::string::npos);
}

TEST(Report, a_cut_off_line_a_gap_and_a_single_epoch) {
  const Folder folder("", "{\"epoch\":1,\"train_loss\":2}\n{\"epoch\":2,\"train_loss\":null}\n{\"epoch\":3,\"train_loss\":1}\n{\"epoch\":4,\"tra");
  const std::string page = report_page(folder.path);
  EXPECT_NE(page.find("d=\" M64.0 16.0 M704.0 220.0\""), std::string::npos) << page;  // the gap is not drawn over

  const Folder one("", "{\"epoch\":1,\"train_loss\":2}\n");
  EXPECT_EQ(report_page(one.path).find("nan"), std::string::npos);
  const Folder none("", "");
  EXPECT_EQ(count(report_page(none.path), "<svg"), 0u);
}

TEST(Report, is_written_into_the_folder_and_names_what_is_missing) {
  const Folder folder("", "{\"epoch\":1,\"train_loss\":2}\n");
  write_report(folder.path);
  EXPECT_EQ(read_file(folder.path + "/report.html"), report_page(folder.path));
  try {
    report_page(folder.path + "/nowhere");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("nowhere/config.toml"), std::string::npos);
  }
}

}  // namespace
}  // namespace gradus::inspect
