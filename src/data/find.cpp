// Where the files of a set are.
#include <algorithm>
#include <cstdlib>
#include <gradus/base/file.hpp>

#include "sets.hpp"

namespace gradus::data {
namespace {

constexpr const char* system_folder = "/usr/share/datasets";

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.back() == '/' ? folder + name : folder + "/" + name;
}

bool is_file(const std::string& path) { return path_kind(path) == PathKind::file; }

// Plain first: it needs no unpacking.
std::string plain_or_packed(const std::string& path) {
  if (is_file(path)) return path;
  return is_file(path + ".gz") ? path + ".gz" : "";
}

// The set in this very folder. Empty when not one of its files is there, DataError when only some are.
IdxFiles idx_in(const std::string& folder) {
  const char* names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                         "t10k-labels-idx1-ubyte"};
  IdxFiles files{folder, {}, {}, {}, {}};
  std::string* const places[] = {&files.train_images, &files.train_labels, &files.test_images, &files.test_labels};
  int found = 0, missing = 0;
  for (int i = 0; i < 4; ++i) {
    *places[i] = plain_or_packed(join(folder, names[i]));
    if (places[i]->empty())
      missing = i;
    else
      ++found;
  }
  if (found == 0) return {};
  if (found < 4)
    fail<DataError>("data", "the folder has no file " + std::string(names[missing]) + " or " + names[missing] + ".gz", {},
                    folder);
  return files;
}

std::string environment_folder() {
  const char* folder = std::getenv("GRADUS_DATA");
  return folder ? folder : "";
}

std::string last_part(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

std::string listed(const std::vector<std::string>& places) {
  std::string text;
  for (const std::string& place : places) text += (text.empty() ? "" : ", ") + place;
  return text;
}

}  // namespace

IdxFiles find_idx(const SetInfo& set, const std::string& path) {
  std::vector<std::string> looked;
  const auto look = [&](const std::string& folder) {
    looked.push_back(folder);
    return idx_in(folder);
  };
  const auto below = [&](const std::string& parent) {
    for (const std::string& name : set.folders) {
      if (IdxFiles files = look(join(parent, name)); !files.folder.empty()) return files;
    }
    return IdxFiles{};
  };
  if (!path.empty()) {
    const PathKind kind = path_kind(path);
    if (kind == PathKind::nothing)
      fail<DataError>("data", "the folder does not exist", "it should hold " + set.name + ", or be its folder", path);
    if (kind != PathKind::folder)
      fail<DataError>("data", "this is not a folder; " + set.name + " is a folder of four IDX files", {}, path);
    if (IdxFiles files = look(path); !files.folder.empty()) return files;
    if (IdxFiles files = below(path); !files.folder.empty()) return files;
  } else {
    if (const std::string folder = environment_folder(); !folder.empty()) {
      // The variable names a folder of many sets; it may be one set's own folder if it is called so.
      const bool own = std::find(set.folders.begin(), set.folders.end(), last_part(folder)) != set.folders.end();
      if (own) {
        if (IdxFiles files = look(folder); !files.folder.empty()) return files;
      }
      if (IdxFiles files = below(folder); !files.folder.empty()) return files;
    }
    if (IdxFiles files = below(system_folder); !files.folder.empty()) return files;
  }
  fail<DataError>("data", "the data set " + set.name + " is not on this machine; looked in " + listed(looked), set.hint);
}

std::string find_table(const std::string& file, const std::string& path, const std::string& hint) {
  if (!path.empty() && is_file(path)) return path;
  if (file.empty()) {
    const bool there = path_kind(path) != PathKind::nothing;
    fail<DataError>("data", there ? "this is a folder, and no file in it is named" : "the file does not exist",
                    there ? "say data.file = \"NAME.csv\"" : hint, path);
  }
  if (!path.empty() && path_kind(path) != PathKind::folder)
    fail<DataError>("data", "the file or folder does not exist", {}, path);
  std::vector<std::string> places;
  if (file.front() == '/')
    places = {file};
  else if (!path.empty())
    places = {join(path, file), join(path, last_part(file))};
  else {
    places = {file};
    if (const std::string folder = environment_folder(); !folder.empty())
      places.insert(places.end(), {join(folder, file), join(folder, last_part(file))});
    places.push_back(join(system_folder, file));
  }
  for (const std::string& place : places) {
    if (is_file(place)) return place;
  }
  fail<DataError>("data", "the file " + file + " was not found; looked for " + listed(places),
                  hint.empty() ? "name its folder with --data or GRADUS_DATA" : hint);
}

}  // namespace gradus::data
