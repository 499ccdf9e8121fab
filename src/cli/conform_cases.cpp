#include "conform_cases.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>

#include "data/tar.hpp"

namespace gradus::cli {
namespace {

constexpr int deepest = 32;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 31;  // of all files of an archive together

// Paths of files with "/" between names, and how to read one.
struct Files {
  std::vector<std::string> paths;
  std::function<std::string(const std::string& path)> read;
};

bool is_archive(const std::string& name) { return name.ends_with(".tar.gz") || name.ends_with(".tgz"); }
bool is_of_case(const std::string& name) { return name == "model.onnx" || name.ends_with("/model.onnx") || name.ends_with(".pb"); }

std::string name_of_case(const std::string& folder) {
  const std::size_t last = folder.rfind('/');
  if (last == std::string::npos || last == 0) return folder;
  const std::size_t before = folder.rfind('/', last - 1);
  return before == std::string::npos ? folder : folder.substr(before + 1);
}

// "input_12.pb" among files of a set: 12; -1 for other names.
int number_of(const std::string& name, std::string_view kind) {
  if (!name.starts_with(kind) || !name.ends_with(".pb")) return -1;
  const std::string digits = name.substr(kind.size(), name.size() - kind.size() - 3);
  if (digits.empty() || digits.size() > 4 || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return -1;
  return std::stoi(digits);
}

// The case in `folder`, whose files are `paths`; sets without a file are none.
std::vector<FoundCase> cases_of(const std::shared_ptr<const Files>& files) {
  struct Set {
    std::map<int, std::string> inputs, outputs;
  };
  std::map<std::string, std::map<std::string, Set>> sets;  // by folder of the model, then by folder of the set
  std::vector<std::string> models;
  for (const std::string& path : files->paths) {
    const std::size_t slash = path.rfind('/');
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1), folder = slash == std::string::npos ? "." : path.substr(0, slash);
    if (name == "model.onnx") models.push_back(folder);
    const std::size_t above = folder.rfind('/');
    const std::string set = folder.substr(above == std::string::npos ? 0 : above + 1);
    if (!set.starts_with("test_data_set_")) continue;
    Set& into = sets[above == std::string::npos ? "." : folder.substr(0, above)][set];
    if (const int n = number_of(name, "input_"); n >= 0) into.inputs[n] = path;
    if (const int n = number_of(name, "output_"); n >= 0) into.outputs[n] = path;
  }
  std::vector<FoundCase> found;
  for (const std::string& folder : models) {
    const auto with = sets.find(folder);
    if (with == sets.end()) continue;  // a model without expectations
    const std::string name = name_of_case(folder);
    found.push_back({name, [files, folder, name, list = with->second] {
                       onnx::Case out{name, files->read(folder == "." ? "model.onnx" : folder + "/model.onnx"), {}};
                       for (const auto& [title, set] : list) {
                         onnx::Case::Set bytes;
                         for (const auto& [number, path] : set.inputs) bytes.inputs.push_back(files->read(path));
                         for (const auto& [number, path] : set.outputs) bytes.outputs.push_back(files->read(path));
                         out.sets.push_back(std::move(bytes));
                       }
                       return out;
                     }});
  }
  return found;
}

std::vector<FoundCase> cases_of_archive(const std::string& path) {
  auto contents = std::make_shared<std::map<std::string, std::string>>();
  data::Bytes bytes = data::Bytes::open(path);
  data::read_tar(bytes, most_bytes, is_of_case, [&](std::string name, std::string content) { (*contents)[std::move(name)] = std::move(content); });
  auto files = std::make_shared<Files>();
  for (const auto& [name, content] : *contents) files->paths.push_back(name);
  files->read = [contents](const std::string& name) { return contents->at(name); };
  return cases_of(files);
}

void walk(const std::string& folder, int depth, Files& files, std::vector<std::string>& archives) {
  if (depth > deepest) fail<UsageError>("gradus conform", fmt::format("folders lie more than {} deep", deepest), "is a link among them that leads back?", folder);
  for (const std::string& name : list_folder(folder)) {
    const std::string path = folder + "/" + name;
    const PathKind kind = path_kind(path);
    if (kind == PathKind::folder) walk(path, depth + 1, files, archives);
    else if (kind == PathKind::file && is_archive(name)) archives.push_back(path);
    else if (kind == PathKind::file && is_of_case(name)) files.paths.push_back(path);
  }
}

}  // namespace

std::vector<FoundCase> find_cases(const std::string& path) {
  const PathKind kind = path_kind(path);
  if (kind == PathKind::nothing) fail<UsageError>("gradus conform", fmt::format("there is no {}", quoted(path)), "give a folder or a .tar.gz");
  std::vector<std::string> archives;
  std::vector<FoundCase> found;
  if (kind == PathKind::folder) {
    auto files = std::make_shared<Files>();
    files->read = [](const std::string& file) { return read_file(file, INT32_MAX); };
    walk(path, 0, *files, archives);
    found = cases_of(files);
  } else if (is_archive(path)) {
    archives.push_back(path);
  } else {
    fail<UsageError>("gradus conform", fmt::format("{} is neither a folder nor a .tar.gz", quoted(path)));
  }
  for (const std::string& archive : archives) {
    for (FoundCase& each : cases_of_archive(archive)) found.push_back(std::move(each));
  }
  if (found.empty()) fail<UsageError>("gradus conform", fmt::format("there is no model.onnx with a test_data_set in {}", quoted(path)));
  std::ranges::stable_sort(found, {}, &FoundCase::name);
  return found;
}

}  // namespace gradus::cli
