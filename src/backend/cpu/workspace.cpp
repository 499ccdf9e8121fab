#include "backend/cpu/workspace.hpp"

#include <gradus/base/memory.hpp>

namespace gradus::cpu {
namespace {

struct Workspace {
  Block block;
  ~Workspace() { deallocate(block); }
};
thread_local Workspace mine;

}  // namespace

std::byte* workspace(std::size_t bytes) {
  if (bytes > mine.block.bytes) {
    deallocate(mine.block);
    mine.block = {};
    mine.block = allocate(bytes);
  }
  return static_cast<std::byte*>(mine.block.data);
}

}  // namespace gradus::cpu
