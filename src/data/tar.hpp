// Tar archives, plain or gzipped, read from front to end. Nothing is unpacked to disk, so names in it can do no harm.
#pragma once
#include <functional>

#include "data/bytes.hpp"

namespace gradus::data {

// Calls `take` with the content of every file whose name `wanted` says yes to. DataError when the archive is damaged, or when
// what is wanted has more than `limit` bytes in all.
void read_tar(Bytes& bytes, std::uint64_t limit, const std::function<bool(const std::string& name)>& wanted,
              const std::function<void(std::string name, std::string content)>& take);

}  // namespace gradus::data
