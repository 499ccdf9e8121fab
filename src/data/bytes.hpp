// The content of a file, plain or gzipped (seen from its first bytes), read from front to end.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gradus::data {

class Bytes final {
 public:
  static Bytes open(const std::string& file);
  static Bytes memory(std::string_view bytes, std::string name);  // `bytes` must outlive it
  Bytes(Bytes&&) noexcept;
  ~Bytes();

  const std::string& name() const;
  std::uint64_t offset() const;  // of the next byte, unpacked
  // No more than this can come out: what is there, or 1032 times as much when it is packed (deflate's best).
  std::uint64_t most() const;
  // Up to `count` bytes; fewer only at the end. DataError when packed data are damaged.
  std::size_t read(void* to, std::size_t count);
  // Everything that is left. DataError when it is more than `limit` bytes.
  std::string rest(std::uint64_t limit);
  // Reads packed data to their end, where their checksum is: DataError when they are damaged. Called before their content is
  // called wrong.
  void verify();
  // DataError "file: offset N: ..." at the next byte.
  [[noreturn]] void fail_here(const std::string& detail, const std::string& hint = {}) const;

 private:
  struct State;
  explicit Bytes(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gradus::data
