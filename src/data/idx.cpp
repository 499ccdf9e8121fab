#include <array>
#include <bit>
#include <cstring>
#include <gradus/base/text.hpp>
#include <gradus/data/idx.hpp>

#include "idx_bytes.hpp"

namespace gradus::data {
namespace {

// Big-endian values of type Raw into the tensor's own type.
template <class Raw, class To>
void convert(const std::byte* from, To* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::array<std::byte, sizeof(Raw)> bytes;
    for (std::size_t b = 0; b < sizeof(Raw); ++b)
      bytes[b] = from[static_cast<std::size_t>(i) * sizeof(Raw) + sizeof(Raw) - 1 - b];
    to[i] = static_cast<To>(std::bit_cast<Raw>(bytes));
  }
}
static_assert(std::endian::native == std::endian::little);

struct Kind {
  unsigned char code;
  std::size_t bytes;
  Dtype dtype;
  void (*fill)(const std::byte*, Array&);
};
template <class Raw>
constexpr Kind kind(unsigned char code) {
  using To = std::conditional_t<std::is_integral_v<Raw> && !std::is_same_v<Raw, std::uint8_t>, std::int64_t, Raw>;
  return {code, sizeof(Raw), dtype_of<To>(),
          [](const std::byte* from, Array& to) { convert<Raw>(from, static_cast<To*>(to.data()), to.numel()); }};
}
constexpr Kind kinds[] = {kind<std::uint8_t>(0x08), kind<std::int8_t>(0x09), kind<std::int16_t>(0x0B),
                          kind<std::int32_t>(0x0C), kind<float>(0x0D),       kind<double>(0x0E)};

std::string hex(const unsigned char (&bytes)[4]) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "0x";
  for (unsigned char byte : bytes) out += {digits[byte >> 4], digits[byte & 15]};
  return out;
}

void read_exactly(Bytes& in, void* to, std::size_t count, const char* what) {
  const std::size_t got = in.read(to, count);
  if (got < count) {
    in.fail_here("the file ends within its " + std::string(what) + ": " + std::to_string(count - got) + " bytes are missing");
  }
}

// A file of images or labels: `rank` axes of u8.
Tensor read_bytes(const std::string& file, std::int64_t rank, const char* what) {
  Tensor t = read_idx(file);  // of any type and rank: what else it is goes into the message
  if (t.dtype() != Dtype::u8 || t.rank() != rank) {
    fail<DataError>("data",
                    "the file holds " + std::string(name(t.dtype())) + to_string(t.shape()) + ", and " + what + " are needed", {},
                    file);
  }
  return t;
}

}  // namespace

Tensor read_idx(const std::string& file) { return read_idx(Bytes::open(file)); }

Tensor read_idx(Bytes in) {
  const std::string file = in.name();
  unsigned char magic[4] = {};
  read_exactly(in, magic, 4, "magic number");
  const Kind* found = nullptr;
  for (const Kind& k : kinds) {
    if (k.code == magic[2]) found = &k;
  }
  if (magic[0] != 0 || magic[1] != 0 || !found || magic[3] == 0 || magic[3] > max_rank) {
    in.verify();
    fail<DataError>("data", "the magic number is " + hex(magic) + ", which is not that of an IDX file",
                    "MNIST's images begin with 0x00000803, its labels with 0x00000801", file + ": offset 0");
  }
  Shape shape;
  std::uint64_t bytes = found->bytes;
  bool fits = true;
  for (int axis = 0; axis < magic[3]; ++axis) {
    const std::string place = file + ": offset " + std::to_string(in.offset());
    unsigned char size[4];
    read_exactly(in, size, 4, "sizes");
    shape.push_back(std::int64_t{size[0]} << 24 | size[1] << 16 | size[2] << 8 | size[3]);
    if (shape.back() == 0) in.verify();
    if (shape.back() == 0) fail<DataError>("data", "axis " + std::to_string(axis) + " has size 0", {}, place);
    fits = fits && !__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(shape.back()), &bytes);
  }
  const std::uint64_t held = in.most() - std::min(in.most(), in.offset());
  if (!fits || bytes > held) {
    in.verify();
    in.fail_here("sizes " + to_string(shape) + " need " + (fits ? std::to_string(bytes) : "more than 2^64") +
                     " bytes; the file can hold at most " + std::to_string(held),
                 "the file is truncated, or its header is damaged");
  }
  Ref<Array> array = Array::make({shape, found->dtype});
  if (found->code == 0x08) {
    read_exactly(in, array->data(), static_cast<std::size_t>(bytes), "values");
  } else {
    const Ref<Buffer> raw = Buffer::make(static_cast<std::size_t>(bytes));
    read_exactly(in, raw->data(), static_cast<std::size_t>(bytes), "values");
    found->fill(raw->data(), *array);
  }
  char extra;
  if (in.read(&extra, 1) != 0) {
    fail<DataError>("data", "bytes follow the values of " + to_string(shape), {},
                    file + ": offset " + std::to_string(in.offset() - 1));
  }
  return Tensor(std::move(array));
}

Tensor read_idx_images(const std::string& file) {
  const Tensor pixels = read_bytes(file, 3, "images (u8 [n, height, width])");
  const Shape s = pixels.shape();
  Ref<Array> array = Array::make({{s[0], 1, s[1], s[2]}, Dtype::f32});
  const std::uint8_t* from = pixels.values<std::uint8_t>().data();
  float* to = static_cast<float*>(array->data());
  parallel_for(array->numel(), 1 << 18, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) to[i] = static_cast<float>(from[i]) / 255.0f;
  });
  return Tensor(std::move(array));
}

Tensor read_idx_labels(const std::string& file, std::int64_t classes) {
  const Tensor labels = read_bytes(file, 1, "labels (u8 [n])");
  const auto from = labels.values<std::uint8_t>();
  Ref<Array> array = Array::make({labels.shape(), Dtype::i64});
  auto* to = static_cast<std::int64_t*>(array->data());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] >= classes) {
      fail<DataError>(
          "data",
          "row " + std::to_string(i) + " has label " + std::to_string(from[i]) + "; labels are 0.." + std::to_string(classes - 1),
          {}, file + ": offset " + std::to_string(8 + i));
    }
    to[i] = from[i];
  }
  return Tensor(std::move(array));
}

}  // namespace gradus::data
