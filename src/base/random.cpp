#include <cmath>
#include <gradus/base/random.hpp>
#include <numbers>

namespace gradus {

PhiloxCounter philox(PhiloxCounter c, PhiloxKey k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0], p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9;  // the golden ratio and sqrt(3) - 1, as Weyl constants
    k[1] += 0xBB67AE85;
  }
  return c;
}

std::uint32_t Random::bits() {
  if (left_ == 0) {
    block_ = philox({static_cast<std::uint32_t>(position_), static_cast<std::uint32_t>(position_ >> 32),
                     static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                    {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
    ++position_;
    left_ = 4;
  }
  return block_[4 - left_--];
}

std::uint64_t Random::below(std::uint64_t n) {
  // Rejection keeps every residue equally likely.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  for (;;) {
    const std::uint64_t high = bits(), r = high << 32 | bits();
    if (r < limit) return r % n;
  }
}

double Random::uniform() {
  const std::uint64_t high = bits(), r = high << 32 | bits();
  return static_cast<double>(r >> 11) * 0x1p-53;
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform())), angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

namespace {
thread_local RandomState generator;
}  // namespace

void manual_seed(std::uint64_t seed) { generator = {seed, 0}; }
Random next_random() { return Random(generator.seed, generator.stream++); }

RandomState random_state() { return generator; }
RandomScope::RandomScope(RandomState state) : before_(generator) { generator = state; }
RandomScope::~RandomScope() { generator = before_; }

}  // namespace gradus
