// Elementwise operations that run together: tile by tile, so that what one makes is still in the cache when the next reads it.
// Each step is the kernel that runs alone too, so the bits are the same.
#pragma once
#include <optional>

#include "backend/cpu/families.hpp"
#include "backend/cpu/map_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {

bool ends_group(const Op& op);  // a sum or a mean, which takes what the steps of a group make

class Fused final : public Task {
 public:
  explicit Fused(std::vector<FusedStep> steps);

 private:
  // Something that steps read or write.
  struct Value {
    enum class Kind : std::uint8_t {
      direct,    // read or written where it lies
      fixed,     // a number that was written down: a tile of it, filled once
      repeated,  // what repeats itself within a tile: laid out once in each run
      loaded,    // brought in tile by tile before the steps
      scratch    // a result, in scratch memory
    } kind;
    Ref<Array> array = {};
    std::int64_t place = -1;  // its bytes begin here: in numbers_, or in the scratch memory of a thread
  };
  struct Step {
    MapKernel kernel, plus;  // plus: with a number more that is added; may be null
    std::int32_t in[5], out;
    std::int8_t inputs;
    bool adds;  // two values
  };
  struct Loaded {
    std::int32_t value;
    Reader reader;
  };
  struct Store {  // results that are converted, or lie in another order
    std::int32_t value;
    Walk walk;
  };
  // Results that leave the caches before anybody reads them. They are written past the caches while the next tile is computed, so each
  // has two places in turn.
  struct Stream {
    std::int32_t value;
    std::int64_t other;  // place
  };
  struct Tail {
    std::int32_t value;
    Ref<Array> to;
    bool mean;
    std::vector<std::byte> leaves;  // the sum of each tile
  };
  class Run;

  void run();
  void run_tiles(std::int64_t begin, std::int64_t end);
  template <class T>
  void finish(Tail& tail);
  std::int32_t source(const Tensor& x);
  void join_sums();
  bool read_once(std::int32_t value) const;
  void give_places();
  void fill_numbers();
  Array& array(std::int32_t value) { return *values_[static_cast<std::size_t>(value)].array; }

  Dtype dtype_;
  std::int64_t n_, width_, tile_ = tile_size, room_ = 0;  // room_: bytes of scratch memory
  Ref<Array> first_;                                       // a result, whose layout is that of all
  std::vector<Value> values_;
  std::vector<std::pair<const Buffer*, std::int32_t>> made_;
  std::vector<Loaded> loaded_;
  std::vector<Step> steps_;
  std::vector<Store> stores_;
  std::vector<Stream> streams_;
  std::vector<Tail> tails_;
  std::vector<std::int32_t> prefetched_;  // direct ones
  std::vector<std::byte> numbers_;
};

}  // namespace gradus::cpu
