#include <filesystem>

#include "settings.hpp"

namespace gradus::train {

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path full = std::filesystem::absolute(path, error);
  return error ? path : full.lexically_normal().string();
}

}  // namespace gradus::train
