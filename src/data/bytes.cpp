#include "bytes.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <optional>

namespace gradus::data {

struct Bytes::State {
  std::string name;
  std::optional<InputFile> file;  // else `bytes`
  std::string_view bytes;
  std::uint64_t stored = 0, taken = 0;  // what is there, and how much of it was read
  std::uint64_t offset = 0;

  bool packed = false, finished = false;  // finished: the last packed member has ended
  z_stream stream{};
  std::array<unsigned char, 1 << 16> buffer;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (packed) inflateEnd(&stream);
  }

  std::size_t take(void* to, std::size_t count) {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, stored - taken));
    if (count == 0) return 0;
    if (file)
      file->read(taken, to, count);
    else
      std::memcpy(to, bytes.data() + taken, count);
    taken += count;
    return count;
  }

  [[noreturn]] void fail_here(const std::string& detail, const std::string& hint = {}) const {
    fail<DataError>("data", detail, hint, name + ": offset " + std::to_string(offset));
  }

  void start() {
    unsigned char magic[2] = {};
    take(magic, 2);
    taken = 0;
    if (magic[0] != 0x1F || magic[1] != 0x8B) {
      if (!name.ends_with(".gz")) return;
      fail_here("these are damaged gzip data: they do not begin with 0x1f8b",
                "if the file is not packed, its name should not end in .gz");
    }
    constexpr int gzip = 16;
    if (inflateInit2(&stream, gzip + MAX_WBITS) != Z_OK) throw std::bad_alloc();
    packed = true;
  }

  bool refill() {
    if (stream.avail_in > 0) return true;
    const std::size_t got = take(buffer.data(), buffer.size());
    stream.next_in = buffer.data();
    stream.avail_in = static_cast<uInt>(got);
    return got > 0;
  }

  // A gzip file is one or more members, one after the other.
  void next_member() {
    if (!refill()) {
      finished = true;
      return;
    }
    const std::uint64_t left = stream.avail_in + (stored - taken);
    const bool gzip = stream.next_in[0] == 0x1F;
    if (!gzip) fail_here(std::to_string(left) + " bytes follow the end of the gzip data");
    inflateReset(&stream);
  }

  std::size_t unpack(void* to, std::size_t count) {
    std::size_t done = 0;
    while (done < count && !finished) {
      if (!refill()) fail_here("the gzip data end too early: the file is truncated at " + std::to_string(stored) + " bytes");
      const std::size_t part = std::min<std::size_t>(count - done, 1u << 30);
      stream.next_out = static_cast<unsigned char*>(to) + done;
      stream.avail_out = static_cast<uInt>(part);
      const int status = inflate(&stream, Z_NO_FLUSH);
      const std::size_t got = part - stream.avail_out;
      done += got;
      offset += got;
      if (status == Z_STREAM_END)
        next_member();
      else if (status == Z_MEM_ERROR)
        throw std::bad_alloc();
      else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail_here(std::string("the gzip data are damaged: ") + (stream.msg ? stream.msg : "unknown content"));
      }
    }
    return done;
  }
};

Bytes::Bytes(std::unique_ptr<State> state) : state_(std::move(state)) { state_->start(); }
Bytes::Bytes(Bytes&&) noexcept = default;
Bytes::~Bytes() = default;

Bytes Bytes::open(const std::string& file) {
  auto state = std::make_unique<State>();
  state->name = file;
  state->file.emplace(file);
  state->stored = state->file->size();
  return Bytes(std::move(state));
}

Bytes Bytes::memory(std::string_view bytes, std::string name) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->bytes = bytes;
  state->stored = bytes.size();
  return Bytes(std::move(state));
}

const std::string& Bytes::name() const { return state_->name; }
std::uint64_t Bytes::offset() const { return state_->offset; }
void Bytes::fail_here(const std::string& detail, const std::string& hint) const { state_->fail_here(detail, hint); }

std::uint64_t Bytes::most() const {
  constexpr std::uint64_t ratio = 1032;
  if (!state_->packed) return state_->stored;
  return state_->stored > UINT64_MAX / ratio ? UINT64_MAX : state_->stored * ratio;
}

std::size_t Bytes::read(void* to, std::size_t count) {
  if (state_->packed) return state_->unpack(to, count);
  const std::size_t got = state_->take(to, count);
  state_->offset += got;
  return got;
}

void Bytes::verify() {
  std::array<char, 1 << 16> part;
  while (state_->packed && read(part.data(), part.size()) > 0) {
  }
}

std::string Bytes::rest(std::uint64_t limit) {
  std::string out;
  // Plain files are read at once; packed ones grow by doubling, so that memory follows what really comes out.
  std::size_t step =
      static_cast<std::size_t>(state_->packed ? std::min<std::uint64_t>(most(), 1 << 16) : std::min(most(), limit)) + 1;
  for (;;) {
    const std::size_t before = out.size();
    if (before > limit) state_->fail_here("the content is larger than the limit of " + std::to_string(limit) + " bytes");
    out.resize(before + step);
    const std::size_t got = read(out.data() + before, step);
    out.resize(before + got);
    if (got < step) break;
    step = out.size();
  }
  if (out.size() > limit) state_->fail_here("the content is larger than the limit of " + std::to_string(limit) + " bytes");
  return out;
}

}  // namespace gradus::data
