#include <algorithm>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/base/text.hpp>
#include <gradus/formats/safetensors.hpp>
#include <gradus/train/checkpoint.hpp>

namespace gradus::train {
namespace {

constexpr auto format = "gradus checkpoint 2";
constexpr std::size_t kept = 2;
constexpr std::string_view network_prefix = "network/", optimizer_prefix = "optimizer/";

struct Listed {
  std::string digest, name;
};

// "<digest>  <name>" a line, as sha256sum writes them. Lines of another form are passed over.
std::vector<Listed> read_latest(const std::string& folder) {
  std::vector<Listed> out;
  const std::string path = folder + "/latest";
  if (path_kind(path) == PathKind::nothing) return out;
  const std::string text = read_file(path, 1 << 16);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.size() < 67 || line.substr(64, 2) != "  " || line.find('/') != std::string::npos) continue;
    out.push_back({line.substr(0, 64), line.substr(66)});
  }
  return out;
}

Tensor counts(const Position& at) {
  return Tensor::from(std::vector<std::int64_t>{at.epoch, at.batch, at.step, at.rows}, {4});
}
Tensor sums(const Position& at) {
  return Tensor::from(std::vector<double>{at.loss_sum, at.metric_sum, at.seconds, at.last.loss, at.last.metric}, {5});
}

template <std::size_t N, class T>
std::array<T, N> numbers_of(const std::map<std::string, Tensor>& tensors, const std::string& name, const std::string& path) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.dtype() != dtype_of<T>() || found->second.numel() != static_cast<std::int64_t>(N)) {
    fail<DataError>("checkpoint", fmt::format("it holds no {} of {} numbers", quoted(name), N), {}, path);
  }
  std::array<T, N> out;
  std::ranges::copy(found->second.values<T>(), out.begin());
  return out;
}

Checkpoint read_checkpoint(const std::string& path) {
  const safetensors::File file = safetensors::read(path);
  const auto kind = file.metadata.find("format");
  if (kind == file.metadata.end() || kind->second != format) {
    fail<DataError>("checkpoint",
                    fmt::format("its format is {} and not '{}'",
                                kind == file.metadata.end() ? "missing" : quoted(kind->second), format),
                    "it is of another version of Gradus", path);
  }
  Checkpoint out;
  if (const auto data = file.metadata.find("data"); data != file.metadata.end()) out.data = data->second;
  const auto [epoch, batch, step, rows] = numbers_of<4, std::int64_t>(file.tensors, "position/counts", path);
  const auto [loss_sum, metric_sum, seconds, loss, metric] = numbers_of<5, double>(file.tensors, "position/sums", path);
  if (std::min({epoch, batch, step, rows}) < 0) fail<DataError>("checkpoint", "it counts below zero", {}, path);
  out.at = {epoch, batch, step, rows, loss_sum, metric_sum, seconds, {loss, metric}};
  for (const auto& [name, tensor] : file.tensors) {
    if (name.starts_with(network_prefix)) out.network.emplace(name.substr(network_prefix.size()), tensor);
    if (name.starts_with(optimizer_prefix)) out.optimizer.emplace(name.substr(optimizer_prefix.size()), tensor);
  }
  return out;
}

bool is_checkpoint_name(const std::string& name) { return name.starts_with("step-") && name.ends_with(".safetensors"); }

}  // namespace

void save_checkpoint(const std::string& folder, const Checkpoint& checkpoint) {
  std::map<std::string, Tensor> tensors{{"position/counts", counts(checkpoint.at)}, {"position/sums", sums(checkpoint.at)}};
  for (const auto& [name, tensor] : checkpoint.network) tensors.emplace(std::string(network_prefix) + name, tensor);
  for (const auto& [name, tensor] : checkpoint.optimizer) tensors.emplace(std::string(optimizer_prefix) + name, tensor);
  make_folder(folder);
  // A file that `latest` lists is never replaced: until the new list is there, the old one must hold.
  const std::vector<Listed> before = read_latest(folder);
  std::string name = fmt::format("step-{:010}.safetensors", checkpoint.at.step);
  for (int again = 1; std::ranges::find(before, name, &Listed::name) != before.end(); ++again) {
    name = fmt::format("step-{:010}-{}.safetensors", checkpoint.at.step, again);
  }
  const std::string path = folder + "/" + name;
  safetensors::write(path, tensors, {{"format", format}, {"data", checkpoint.data}});

  std::vector<Listed> listed{{sha256(read_file(path)), name}};
  for (const Listed& older : before) {
    if (listed.size() < kept) listed.push_back(older);
  }
  std::string latest;
  for (const Listed& entry : listed) latest += entry.digest + "  " + entry.name + "\n";
  write_file_atomically(folder + "/latest", latest);

  for (const std::string& file : list_folder(folder)) {
    const bool needed = std::ranges::any_of(listed, [&](const Listed& entry) { return entry.name == file; });
    if (is_checkpoint_name(file) && !needed) remove_file(folder + "/" + file);
  }
}

std::optional<Checkpoint> load_checkpoint(const std::string& folder, std::vector<std::string>& notes) {
  if (path_kind(folder) != PathKind::folder) return {};
  const std::vector<Listed> listed = read_latest(folder);
  std::string damage;
  for (const Listed& entry : listed) {
    const std::string path = folder + "/" + entry.name;
    try {
      if (path_kind(path) == PathKind::nothing) fail<DataError>("checkpoint", "it is missing", {}, path);
      if (sha256(read_file(path)) != entry.digest) fail<DataError>("checkpoint", "its bytes are not those that were written", {}, path);
      Checkpoint found = read_checkpoint(path);
      if (!damage.empty()) notes.push_back(damage + "; continuing from the older " + entry.name);
      return found;
    } catch (const DataError& error) {
      if (damage.empty()) damage = error.what();
    }
  }
  if (!listed.empty())
    fail<DataError>("checkpoint", "none of the checkpoints can be used; the newest: " + damage,
                    "start anew with --overwrite", folder);
  return {};
}

}  // namespace gradus::train
