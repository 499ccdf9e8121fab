#include <gradus/base/family.hpp>

namespace gradus {

std::string_view name(Family family) {
  constexpr std::string_view names[] = {"map", "move", "reduce", "contract", "linalg", "window", "index", "row", "loss", "random"};
  return names[static_cast<int>(family)];
}

}  // namespace gradus
