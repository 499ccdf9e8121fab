// Tiles: how kernels see arrays. A kernel reads and writes contiguous runs of one dtype, up to tile_size elements; broadcast,
// strides and casts are done here. Rows are in the row-major order of the output.
#pragma once
#include <gradus/base/shape.hpp>
#include <gradus/tensor/array.hpp>

#include <vector>

namespace gradus::cpu {

inline constexpr std::int64_t tile_size = 1024;
inline constexpr std::int64_t slack = 64;  // elements a tile may be read or written beyond its end
inline constexpr std::int64_t far_bytes = 16 << 20;  // results of so many bytes in all leave the caches before anybody reads them: they are written past them

// A walk over elements in row-major order with as few axes as possible.
struct Walk {
  SmallVec<std::int64_t, 5> sizes, strides;

  Walk(Dims shape, Dims steps);
  // The elements of `a` in the order of `shape`, to which it broadcasts.
  static Walk broadcast(const Array& a, Dims shape);
  bool contiguous() const { return sizes.empty() || (sizes.size() == 1 && strides[0] == 1); }
  // The elements of `a` in the order in which those of `y`, to which it broadcasts, lie in memory.
  static Walk in_order_of(const Array& a, const Array& y);
};

// Where each element of a walk lies, from the first one.
std::vector<std::int64_t> offsets(const Walk& walk);

// One input of a kernel: gives tiles of type `dtype`, the array's own or a wide one.
class Reader {
 public:
  Reader(const Array& a, const Walk& walk, Dtype dtype);
  // Elements first .. first + count, readable for whole vectors beyond. Uses `scratch` (tile_size + slack elements) unless the
  // elements lie there as they are needed.
  const void* tile(std::int64_t first, std::int64_t count, void* scratch) const;

  // What repeats itself within a tile, such as a number or a short row, is laid out once, in a Scratch, and tiles are windows on that.
  bool repeats() const { return period_ > 0; }
  void lay_out(void* room) const;
  const void* window(std::int64_t first, const void* room) const { return static_cast<const std::byte*>(room) + first % period_ * static_cast<std::int64_t>(size_of(dtype_)); }

 private:
  const Array& array_;
  Walk walk_;
  Dtype dtype_;
  bool direct_;
  std::int64_t period_ = 0;
};

// Elements first .. first + count of the walk, converted, to or from a contiguous run of `dtype`: the array's own or a wide one
// (i64, f32, f64: see wide()).
void load(const Array& from, const Walk& walk, std::int64_t first, std::int64_t count, Dtype dtype, void* to);
void store(Array& to, const Walk& walk, std::int64_t first, std::int64_t count, Dtype dtype, const void* from);

// A buffer for one tile of any dtype.
struct alignas(64) Scratch {
  std::byte bytes[(tile_size + slack) * 8];
};

}  // namespace gradus::cpu
