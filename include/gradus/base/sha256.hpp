// SHA-256 (FIPS 180-4): the digest of a model and the checksum of a checkpoint. What `sha256sum` prints.
//   sha256("abc")   // "ba7816bf...", 64 hexadecimal digits
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gradus {

class Sha256 {
 public:
  void add(std::string_view bytes);
  std::string hex();  // ends the message; the object is then used up

 private:
  void block(const unsigned char* bytes);
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> rest_{};  // what does not fill a block yet
  std::uint64_t length_ = 0;              // in bytes
};

inline std::string sha256(std::string_view bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.hex();
}

}  // namespace gradus
