// Files. Every file call of the project is in file.cpp, so that a test can make any one of them fail.
// Errors are DataError with the path as `where` and the system's reason; names that are no regular file (folders, pipes,
// devices) are refused and never waited for. Symbolic links are followed for reading and replaced by writing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

// An open regular file. Its size is what was there when it was opened; reading beyond is an error, not a short read.
class InputFile final {
 public:
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  void read(std::uint64_t offset, void* to, std::size_t bytes) const;  // exactly `bytes`, or DataError

 private:
  std::string path_;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
};

// The whole file. DataError when it holds more than `limit` bytes.
std::string read_file(const std::string& path, std::uint64_t limit = std::uint64_t{1} << 34);

// Replaces the file or makes it: a temporary file in the same folder (".gradus-tmp-..."), fsync, rename, fsync of the folder.
// Once this returns, the new content survives a power cut; when it throws, the old content is untouched.
void write_file_atomically(const std::string& path, std::string_view bytes);
void write_file_atomically(const std::string& path, std::span<const std::string_view> pieces);  // one after the other

// A file that grows, such as a log. Every write goes to the system at once, whole or with an error.
class AppendFile final {
 public:
  explicit AppendFile(std::string path);  // made if it is not there
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  void write(std::string_view text);
  void sync();  // what was written survives a power cut

 private:
  std::string path_;
  int descriptor_ = -1;
};

// A folder that one process at a time may use: held while this lives, and let go however the process ends.
class FolderLock final {
 public:
  explicit FolderLock(const std::string& path);  // DataError when it is held already, in this process or another
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

enum class PathKind { nothing, file, folder, other };
PathKind path_kind(const std::string& path);                      // of what a link points to
void make_folder(const std::string& path);                        // and those above it; one that is there is fine
bool make_new_folder(const std::string& path);                    // the same, but false when something of that name is there
std::vector<std::string> list_folder(const std::string& path);    // names, sorted, without . and ..
void remove_file(const std::string& path);                        // one that is not there is fine
void remove_temporary_files(const std::string& folder);           // left over by a killed run

// For tests: before each system call `fault` is told its name ("open", "read", "write", "fsync", "rename", "close", ...) and
// answers 0, or an errno that the call then fails with, or -n: a write or read takes at most n bytes. Null: none.
// It is one for the whole process and may be called by several threads.
using FileFault = int (*)(std::string_view call);
void set_file_fault(FileFault fault);

}  // namespace gradus
