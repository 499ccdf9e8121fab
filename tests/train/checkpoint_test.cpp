// Checkpoints survive what happens to files: failures while saving, damage afterwards.
#include <cerrno>
#include <fstream>

#include <gradus/base/file.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/train.hpp>
#include <gtest/gtest.h>

#include "folder.hpp"

namespace gradus::train {
namespace {

Checkpoint at_step(std::int64_t step) {
  Checkpoint c;
  c.at = {1, 2, step, 4, 0.5, 0.25, 1.5, {0.125, 0.75}};
  c.data = "f32[2, 2] 0123";
  c.network = {{"0.weight", Tensor{{1.0, 2.0, static_cast<double>(step)}}}};
  c.optimizer = {{"steps", Tensor({step}, Dtype::i64)}, {"mean.0.weight", Tensor{{7.0, 8.0, 9.0}}}};
  return c;
}

std::int64_t step_in(const std::string& folder) {
  std::vector<std::string> notes;
  const auto found = load_checkpoint(folder, notes);
  return found ? found->at.step : -1;
}

void damage(const std::string& path, std::size_t at) {
  std::string bytes = read_file(path);
  bytes[at % bytes.size()] = static_cast<char>(bytes[at % bytes.size()] ^ 4);
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(Checkpoint, gives_back_everything) {
  const Folder folder;
  const Checkpoint saved = at_step(3);
  save_checkpoint(folder.path, saved);
  std::vector<std::string> notes;
  const auto found = load_checkpoint(folder.path, notes);
  ASSERT_TRUE(found);
  EXPECT_TRUE(notes.empty());
  const Position& a = found->at;
  EXPECT_EQ(std::tuple(a.epoch, a.batch, a.step, a.rows, a.loss_sum, a.metric_sum, a.seconds, a.last.loss, a.last.metric),
            std::tuple(1, 2, 3, 4, 0.5, 0.25, 1.5, 0.125, 0.75));
  EXPECT_EQ(found->data, "f32[2, 2] 0123");
  ASSERT_EQ(found->network.size(), 1U);
  EXPECT_EQ(found->network.at("0.weight").to_vector(), saved.network.at("0.weight").to_vector());
  ASSERT_EQ(found->optimizer.size(), 2U);
  EXPECT_EQ(found->optimizer.at("steps").item(), 3);
}

TEST(Checkpoint, the_newest_two_are_kept) {
  const Folder folder;
  for (const std::int64_t step : {1, 2, 3, 4}) save_checkpoint(folder.path, at_step(step));
  EXPECT_EQ(list_folder(folder.path), (std::vector<std::string>{"latest", "step-0000000003.safetensors", "step-0000000004.safetensors"}));
  EXPECT_EQ(step_in(folder.path), 4);
  save_checkpoint(folder.path, at_step(4));  // the same step again, as at the end of a continued run
  EXPECT_EQ(list_folder(folder.path).size(), 3U);
}

// The end of an epoch and the end of a run save a step again that was saved a moment ago.
TEST(Checkpoint, a_failed_second_save_of_one_step_leaves_the_first) {
  const Folder folder;
  save_checkpoint(folder.path, at_step(5));
  Checkpoint again = at_step(5);
  again.at.batch = 0;
  static int renames;
  renames = 0;
  set_file_fault([](std::string_view call) { return call == "rename" && ++renames == 2 ? EIO : 0; });  // that of `latest`
  EXPECT_THROW(save_checkpoint(folder.path, again), DataError);
  set_file_fault(nullptr);
  std::vector<std::string> notes;
  EXPECT_EQ(load_checkpoint(folder.path, notes)->at.batch, at_step(5).at.batch);
  EXPECT_TRUE(notes.empty());
  save_checkpoint(folder.path, again);
  EXPECT_EQ(load_checkpoint(folder.path, notes)->at.batch, 0);
}

TEST(Checkpoint, an_empty_folder_holds_none) {
  const Folder folder;
  EXPECT_EQ(step_in(folder.path), -1);
  EXPECT_EQ(step_in(folder.path + "/missing"), -1);
}

TEST(Checkpoint, any_flipped_bit_is_seen_and_the_older_one_used) {
  const Folder folder;
  save_checkpoint(folder.path, at_step(1));
  save_checkpoint(folder.path, at_step(2));
  const std::string newest = folder.path + "/step-0000000002.safetensors", good = read_file(newest);
  for (std::size_t at = 0; at < good.size(); at += 13) {
    damage(newest, at);
    std::vector<std::string> notes;
    const auto found = load_checkpoint(folder.path, notes);
    ASSERT_TRUE(found) << at;
    EXPECT_EQ(found->at.step, 1) << at;
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("step-0000000002"), std::string::npos) << notes[0];
    std::ofstream(newest, std::ios::binary) << good;
  }
  for (std::size_t size = 0; size < good.size(); size += 101) {
    std::ofstream(newest, std::ios::binary) << good.substr(0, size);
    EXPECT_EQ(step_in(folder.path), 1) << size;
  }
  remove_file(newest);
  EXPECT_EQ(step_in(folder.path), 1);
  damage(folder.path + "/step-0000000001.safetensors", 50);
  EXPECT_THROW(step_in(folder.path), DataError);  // starting anew without a word would throw the run away
}

int calls = 0, fail_at = 0;

TEST(Checkpoint, a_failing_call_leaves_one_that_can_be_read) {
  for (fail_at = 1; fail_at < 100; ++fail_at) {
    const Folder folder;
    save_checkpoint(folder.path, at_step(1));
    save_checkpoint(folder.path, at_step(2));
    calls = 0;
    set_file_fault([](std::string_view) { return ++calls == fail_at ? ENOSPC : 0; });
    bool failed = false;
    try {
      save_checkpoint(folder.path, at_step(3));
    } catch (const DataError&) {
      failed = true;
    }
    set_file_fault(nullptr);
    const std::int64_t found = step_in(folder.path);
    if (failed) EXPECT_GE(found, 2) << "call " << fail_at;
    else EXPECT_EQ(found, 3) << "call " << fail_at;
    if (calls < fail_at) break;  // every call has had its turn
  }
  EXPECT_GT(fail_at, 10);
  EXPECT_LT(fail_at, 100);
}

TEST(Checkpoint, another_format_is_refused) {
  const Folder folder;
  save_checkpoint(folder.path, at_step(1));
  const std::string name = "step-0000000001.safetensors", path = folder.path + "/" + name;
  safetensors::write(path, {{"x", Tensor{1.0}}}, {{"format", "gradus checkpoint 9"}});
  write_file_atomically(folder.path + "/latest", sha256(read_file(path)) + "  " + name + "\n");
  try {
    step_in(folder.path);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("gradus checkpoint 9"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gradus::train
