#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>

#include "nn/near.hpp"

namespace gradus {
namespace {

namespace fs = std::filesystem;

// The Nth call fails with `answer`; counts the calls. Plain globals: the fault is a plain function.
int calls = 0, failing = 0, answer = 0;
std::string only;  // empty: every kind of call counts
int fault(std::string_view call) { return (only.empty() || call == only) && ++calls == failing ? answer : 0; }
int half(std::string_view call) { return call == "write" || call == "read" ? -3 : 0; }
int nervous(std::string_view) { return ++calls % 2 ? EINTR : 0; }

class Files : public testing::Test {
 protected:
  fs::path folder = fs::temp_directory_path() / ("gradus-file-" + std::to_string(::getpid()));
  std::string path = (folder / "file").string();
  Files() { fs::create_directory(folder); }
  ~Files() override {
    set_file_fault(nullptr);
    fs::remove_all(folder);
  }
  std::size_t entries() { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {})); }
  void fail_call(int n, int with, std::string kind = "") { calls = 0, failing = n, answer = with, only = std::move(kind), set_file_fault(fault); }
};

TEST_F(Files, what_was_written_is_read) {
  const std::string bytes("a\0b\n\xff", 5);
  write_file_atomically(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
  write_file_atomically(path, "");
  EXPECT_EQ(read_file(path), "");
  const std::string_view pieces[] = {"one", "", "two"};
  write_file_atomically(path, pieces);
  EXPECT_EQ(read_file(path), "onetwo");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, parts) {
  write_file_atomically(path, "0123456789");
  const InputFile file(path);
  char two[2];
  file.read(4, two, 2);
  EXPECT_EQ(std::string(two, 2), "45");
  file.read(10, two, 0);
  EXPECT_EQ(message<DataError>([&] { file.read(9, two, 2); }), "[file] " + path + ": ends at byte 10, where 2 bytes from 9 on are needed");
  EXPECT_THROW(file.read(~std::uint64_t{0}, two, 2), DataError);
  EXPECT_EQ(message<DataError>([&] { read_file(path, 9); }), "[file] " + path + ": holds 10 bytes; at most 9 are read");
  EXPECT_EQ(read_file(path, 10).size(), 10u);
}

TEST_F(Files, a_file_that_shrinks_while_it_is_read) {
  write_file_atomically(path, "0123456789");
  const InputFile file(path);
  ASSERT_EQ(::truncate(path.c_str(), 5), 0);
  char all[10];
  EXPECT_EQ(message<DataError>([&] { file.read(0, all, 10); }), "[file] " + path + ": became shorter while it was read");
}

TEST_F(Files, what_is_no_regular_file_is_refused_without_waiting) {
  const std::string pipe = (folder / "pipe").string(), link = (folder / "link").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/dev/zero", link.c_str()), 0);
  EXPECT_EQ(message<DataError>([&] { read_file(pipe); }), "[file] " + pipe + ": is not a regular file");
  EXPECT_EQ(message<DataError>([&] { read_file(link); }), "[file] " + link + ": is not a regular file");
  EXPECT_EQ(message<DataError>([&] { read_file(folder.string()); }), "[file] " + folder.string() + ": is a folder, not a file");
  EXPECT_EQ(message<DataError>([&] { read_file(path); }), "[file] " + path + ": cannot be opened: No such file or directory");
  // Only names in our own folder are written to: without the guard, root would replace a real device.
  EXPECT_EQ(message<DataError>([&] { write_file_atomically(pipe, "x"); }), "[file] " + pipe + ": is not a regular file");
  EXPECT_EQ(message<DataError>([&] { write_file_atomically(link, "x"); }), "[file] " + link + ": is not a regular file");
  EXPECT_THROW(write_file_atomically(folder.string(), "x"), DataError);
  EXPECT_THROW(AppendFile{folder.string()}, DataError);
  EXPECT_THROW(read_file(""), DataError);
  EXPECT_THROW(read_file(path + std::string("\0x", 2)), DataError);
  EXPECT_EQ(message<DataError>([&] { write_file_atomically(path + "/below", "x"); }), "[file] " + path + "/below: cannot be written: No such file or directory");
}

TEST_F(Files, links_are_followed_for_reading_and_long_names_work) {
  write_file_atomically(path, "x");
  ASSERT_EQ(::symlink("file", (folder / "link").c_str()), 0);
  EXPECT_EQ(read_file((folder / "link").string()), "x");
  const std::string longest = (folder / std::string(255, 'n')).string(), odd = (folder / "line\nbreak \xff").string();
  for (const std::string& name : {longest, odd}) {
    write_file_atomically(name, "y");
    EXPECT_EQ(read_file(name), "y");
  }
}

TEST_F(Files, whatever_call_fails_the_file_is_old_or_new) {
  for (const int error : {ENOSPC, EIO, EROFS}) {
    write_file_atomically(path, "old");
    bool done = false;
    int n = 0;
    while (!done) {
      fail_call(++n, error);
      try {
        const std::string_view pieces[] = {"ne", "w"};
        write_file_atomically(path, pieces);
        done = calls < n;  // nothing was left to fail
        EXPECT_TRUE(done) << "the failure of call " << n << " was not noticed";
      } catch (const DataError& caught) {
        EXPECT_EQ(caught.where(), path);
      }
      set_file_fault(nullptr);
      const std::string now = read_file(path);
      EXPECT_TRUE(now == "old" || now == "new") << now;
      EXPECT_EQ(entries(), 1u) << "call " << n;  // no temporary file stays
    }
    EXPECT_GE(n, 9);  // stat, open, 2 writes, fsync, close, rename, open, fsync
    EXPECT_EQ(read_file(path), "new");
  }
}

TEST_F(Files, a_failed_sync_is_not_tried_again) {
  for (const int nth : {1, 2}) {  // the file, the folder
    fail_call(nth, EIO, "fsync");
    EXPECT_THROW(write_file_atomically(path, "x"), DataError);
    EXPECT_EQ(calls, nth);
  }
}

TEST_F(Files, short_calls_and_signals_are_survived) {
  set_file_fault(half);
  write_file_atomically(path, "0123456789");
  EXPECT_EQ(read_file(path), "0123456789");
  calls = 0;
  set_file_fault(nervous);
  write_file_atomically(path, "abc");
  EXPECT_EQ(read_file(path), "abc");
}

TEST_F(Files, logs_grow) {
  {
    AppendFile log(path);
    log.write("one\n");
    EXPECT_EQ(read_file(path), "one\n");
    log.sync();
  }
  AppendFile(path).write("two\n");
  EXPECT_EQ(read_file(path), "one\ntwo\n");
  fail_call(1, ENOSPC, "write");
  AppendFile log(path);
  EXPECT_EQ(message<DataError>([&] { log.write("x"); }), "[file] " + path + ": cannot be written: No space left on device. Hint: make room on that disk, or write to another one");
}

TEST_F(Files, folders) {
  const std::string deep = (folder / "a/b/c").string();
  make_folder(deep);
  make_folder(deep);
  EXPECT_EQ(path_kind(deep), PathKind::folder);
  EXPECT_FALSE(make_new_folder(deep));
  EXPECT_TRUE(make_new_folder(deep + "/d"));
  make_folder((folder / "with/slash/").string());
  write_file_atomically(path, "x");
  EXPECT_EQ(path_kind(path), PathKind::file);
  EXPECT_EQ(path_kind(path + "x"), PathKind::nothing);
  EXPECT_EQ(path_kind("/dev/null"), PathKind::other);
  EXPECT_EQ(message<DataError>([&] { make_folder(path); }), "[file] " + path + ": is not a folder");
  EXPECT_EQ(list_folder(folder.string()), (std::vector<std::string>{"a", "file", "with"}));
  EXPECT_THROW(list_folder(path), DataError);
  remove_file(path);
  remove_file(path);
  EXPECT_EQ(path_kind(path), PathKind::nothing);
}

TEST_F(Files, a_folder_is_locked_by_one_at_a_time) {
  {
    const FolderLock lock(folder.string());
    EXPECT_EQ(message<DataError>([&] { FolderLock second(folder.string()); }), "[file] " + folder.string() + ": is in use by another process");
  }
  const FolderLock again(folder.string());
  EXPECT_THROW(FolderLock((folder / "nowhere").string()), DataError);
}

TEST_F(Files, what_a_killed_run_leaves_is_removed) {
  write_file_atomically((folder / ".gradus-tmp-1-0").string(), "half");
  write_file_atomically(path, "x");
  remove_temporary_files(folder.string());
  EXPECT_EQ(list_folder(folder.string()), (std::vector<std::string>{"file"}));
}

TEST_F(Files, a_kill_at_any_call_leaves_old_or_new) {
  write_file_atomically(path, "old");
  for (int n = 1;; ++n) {
    const pid_t child = ::fork();
    if (child == 0) {
      fail_call(n, 0);
      set_file_fault([](std::string_view) {
        if (++calls == failing) ::kill(::getpid(), SIGKILL);
        return 0;
      });
      write_file_atomically(path, "new");
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const std::string now = read_file(path);
    EXPECT_TRUE(now == "old" || now == "new") << now;
    if (WIFEXITED(status)) {
      EXPECT_EQ(now, "new");
      EXPECT_GE(n, 8);
      break;
    }
    write_file_atomically(path, "old");
  }
}

}  // namespace
}  // namespace gradus
