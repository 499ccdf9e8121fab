// A folder for one test; it goes when the test ends.
#pragma once
#include <filesystem>
#include <string>

#include <stdlib.h>

namespace gradus::train {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gradus-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("there is no folder for temporary files");
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

}  // namespace gradus::train
