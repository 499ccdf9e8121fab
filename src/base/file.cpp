#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <limits>
#include <utility>

namespace gradus {
namespace {

std::atomic<FileFault> injected{nullptr};

// One system call: asks the fault first, repeats what a signal interrupted, and gives -1 with errno on failure.
template <class F>
auto call(const char* name, F&& f) -> decltype(f(std::size_t{})) {
  for (;;) {
    std::size_t most = std::numeric_limits<std::size_t>::max() / 2;
    if (const FileFault fault = injected.load(std::memory_order_relaxed)) {
      const int answer = fault(name);
      if (answer < 0) most = static_cast<std::size_t>(-answer);
      if (answer > 0) {
        errno = answer;
        if (answer == EINTR) continue;
        return -1;
      }
    }
    const auto result = f(most);
    if (result >= 0 || errno != EINTR) return result;
  }
}

[[noreturn]] void refuse(const std::string& path, const std::string& what, const char* hint = "") { fail<DataError>("file", what, hint, path); }
[[noreturn]] void refuse_errno(const std::string& path, const char* what) {
  const int error = errno;
  char text[128];
  const bool full = error == ENOSPC || error == EDQUOT;
  refuse(path, std::string(what) + ": " + strerror_r(error, text, sizeof text), full ? "make room on that disk, or write to another one" : "");
}

// A descriptor that closes itself. Nothing is said of an error then: whoever cares calls close().
class Descriptor final {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  // False, with errno, when the system says that something was lost. After EINTR Linux has closed the file all the same, and
  // a second call could close somebody else's: there is no repetition.
  bool close() {
    const FileFault fault = injected.load(std::memory_order_relaxed);
    const int answer = fault ? fault("close") : 0;
    if (::close(release()) == 0 && answer <= 0) return true;
    if (answer > 0) errno = answer;
    return errno == EINTR;
  }

 private:
  int number_;
};

int open_path(const std::string& path, int flags, mode_t mode = 0) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    errno = ENOENT;
    return -1;
  }
  return call("open", [&](std::size_t) { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

struct stat checked_stat(int descriptor, const std::string& path) {
  struct stat info {};
  if (call("stat", [&](std::size_t) { return ::fstat(descriptor, &info); }) != 0) refuse_errno(path, "cannot be examined");
  if (S_ISDIR(info.st_mode)) refuse(path, "is a folder, not a file");
  if (!S_ISREG(info.st_mode)) refuse(path, "is not a regular file");
  return info;
}

void write_all(int descriptor, std::string_view bytes, const std::string& path) {
  constexpr std::size_t most_at_once = std::size_t{1} << 30;  // Linux takes a little under 2 GiB
  while (!bytes.empty()) {
    const ssize_t n = call("write", [&](std::size_t most) {
      return ::write(descriptor, bytes.data(), std::min({bytes.size(), most, most_at_once}));
    });
    if (n < 0) refuse_errno(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

constexpr std::string_view temporary_name = ".gradus-tmp-";

void sync_folder(const std::string& folder, const std::string& path) {
  Descriptor descriptor(open_path(folder, O_RDONLY | O_DIRECTORY));
  if (descriptor.get() < 0) refuse_errno(path, "was written, but its folder cannot be opened to make that durable");
  // Some file systems cannot sync a folder and say EINVAL; there is nothing more to be done there.
  if (call("fsync", [&](std::size_t) { return ::fsync(descriptor.get()); }) != 0 && errno != EINVAL) {
    refuse_errno(path, "was written, but its folder cannot be synced");
  }
}

}  // namespace

void set_file_fault(FileFault fault) { injected = fault; }

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  // Without O_NONBLOCK a pipe would make us wait for its writer.
  Descriptor descriptor(open_path(path_, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (descriptor.get() < 0) refuse_errno(path_, "cannot be opened");
  size_ = static_cast<std::uint64_t>(checked_stat(descriptor.get(), path_).st_size);
  descriptor_ = descriptor.release();
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::uint64_t offset, void* to, std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) {
    refuse(path_, "ends at byte " + std::to_string(size_) + ", where " + std::to_string(bytes) + " bytes from " + std::to_string(offset) + " on are needed");
  }
  constexpr std::size_t most_at_once = std::size_t{1} << 30;
  char* out = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t n = call("read", [&](std::size_t most) {
      return ::pread(descriptor_, out, std::min({bytes, most, most_at_once}), static_cast<off_t>(offset));
    });
    if (n < 0) refuse_errno(path_, "cannot be read");
    if (n == 0) refuse(path_, "became shorter while it was read");
    out += n;
    offset += static_cast<std::uint64_t>(n);
    bytes -= static_cast<std::size_t>(n);
  }
}

std::string read_file(const std::string& path, std::uint64_t limit) {
  const InputFile file(path);
  if (file.size() > limit) {
    refuse(path, "holds " + std::to_string(file.size()) + " bytes; at most " + std::to_string(limit) + " are read");
  }
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, bytes.data(), bytes.size());
  return bytes;
}

void write_file_atomically(const std::string& path, std::string_view bytes) { write_file_atomically(path, std::span(&bytes, 1)); }

void write_file_atomically(const std::string& path, std::span<const std::string_view> pieces) {
  // The rename would put a file in the place of a device such as /dev/null.
  const PathKind there = path_kind(path);
  if (there == PathKind::folder) refuse(path, "is a folder, not a file");
  if (there == PathKind::other) refuse(path, "is not a regular file");

  static std::atomic<std::uint64_t> count{0};
  const std::string folder = folder_of(path);
  std::string temporary;
  int number = -1;
  do {  // a name that is taken was left by another run with our process id
    temporary = folder + "/" + std::string(temporary_name) + std::to_string(::getpid()) + "-" + std::to_string(count++);
    number = open_path(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
  } while (number < 0 && errno == EEXIST);
  Descriptor descriptor(number);
  if (number < 0) refuse_errno(path, "cannot be written");
  try {
    for (const std::string_view piece : pieces) write_all(descriptor.get(), piece, path);
    // A failed fsync is final: the system may have dropped the pages, and a second call would then succeed.
    if (call("fsync", [&](std::size_t) { return ::fsync(descriptor.get()); }) != 0) refuse_errno(path, "cannot be synced");
    if (!descriptor.close()) refuse_errno(path, "cannot be closed");
    if (call("rename", [&](std::size_t) { return ::rename(temporary.c_str(), path.c_str()); }) != 0) refuse_errno(path, "cannot be replaced");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(folder, path);
}

AppendFile::AppendFile(std::string path) : path_(std::move(path)) {
  Descriptor descriptor(open_path(path_, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0666));
  if (descriptor.get() < 0) refuse_errno(path_, "cannot be opened");
  checked_stat(descriptor.get(), path_);
  descriptor_ = descriptor.release();
}
AppendFile::~AppendFile() { ::close(descriptor_); }
void AppendFile::write(std::string_view text) { write_all(descriptor_, text, path_); }
void AppendFile::sync() {
  if (call("fsync", [&](std::size_t) { return ::fsync(descriptor_); }) != 0) refuse_errno(path_, "cannot be synced");
}

FolderLock::FolderLock(const std::string& path) {
  Descriptor descriptor(open_path(path, O_RDONLY | O_DIRECTORY));
  if (descriptor.get() < 0) refuse_errno(path, "cannot be opened");
  if (call("flock", [&](std::size_t) { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK) refuse(path, "is in use by another process");
    if (errno != ENOLCK && errno != EOPNOTSUPP) refuse_errno(path, "cannot be locked");  // some network file systems have no locks
  }
  descriptor_ = descriptor.release();
}
FolderLock::~FolderLock() { ::close(descriptor_); }

PathKind path_kind(const std::string& path) {
  struct stat info {};
  if (path.find('\0') != std::string::npos) return PathKind::nothing;
  if (call("stat", [&](std::size_t) { return ::stat(path.c_str(), &info); }) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return PathKind::nothing;
    refuse_errno(path, "cannot be examined");
  }
  return S_ISREG(info.st_mode) ? PathKind::file : S_ISDIR(info.st_mode) ? PathKind::folder : PathKind::other;
}

bool make_new_folder(const std::string& path) {
  if (path.find('\0') != std::string::npos) refuse(path, "cannot be made: its name holds a zero byte");
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    if (const std::string above = path.substr(0, end); path_kind(above) == PathKind::nothing) make_folder(above);
  }
  if (call("mkdir", [&](std::size_t) { return ::mkdir(path.c_str(), 0777); }) == 0) {
    sync_folder(folder_of(path), path);
    return true;
  }
  if (errno != EEXIST) refuse_errno(path, "cannot be made");
  return false;
}

void make_folder(const std::string& path) {
  if (!make_new_folder(path) && path_kind(path) != PathKind::folder) refuse(path, "is not a folder");
}

std::vector<std::string> list_folder(const std::string& path) {
  Descriptor descriptor(open_path(path, O_RDONLY | O_DIRECTORY));
  if (descriptor.get() < 0) refuse_errno(path, "cannot be listed");
  DIR* folder = ::fdopendir(descriptor.get());
  if (!folder) refuse_errno(path, "cannot be listed");
  descriptor.release();
  const auto closed = std::unique_ptr<DIR, int (*)(DIR*)>(folder, &::closedir);
  std::vector<std::string> names;
  for (errno = 0; const dirent* entry = ::readdir(folder); errno = 0) {
    if (const std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) refuse_errno(path, "cannot be listed");
  std::ranges::sort(names);
  return names;
}

void remove_file(const std::string& path) {
  if (call("unlink", [&](std::size_t) { return ::unlink(path.c_str()); }) != 0 && errno != ENOENT) refuse_errno(path, "cannot be removed");
}

void remove_temporary_files(const std::string& folder) {
  for (const std::string& name : list_folder(folder)) {
    if (name.starts_with(temporary_name)) remove_file(folder + "/" + name);
  }
}

}  // namespace gradus
