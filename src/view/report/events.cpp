#include <gradus/view/events.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "run_data.hpp"

namespace gradus::inspect {
namespace {

template <class T>
std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

// The wire format of protocol buffers, as far as an Event needs it.
std::string varint(std::uint64_t n) {
  std::string out;
  for (; n > 127; n >>= 7) out += static_cast<char>((n & 127) | 128);
  return out + static_cast<char>(n);
}
std::string field(int number, std::int64_t value) { return varint(static_cast<std::uint64_t>(number) << 3) + varint(static_cast<std::uint64_t>(value)); }
std::string field(int number, double value) { return varint(static_cast<std::uint64_t>(number) << 3 | 1) + little_endian(value); }
std::string field(int number, float value) { return varint(static_cast<std::uint64_t>(number) << 3 | 5) + little_endian(value); }
std::string field(int number, const std::string& bytes) { return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes; }

// A record: length, its sum, the bytes, their sum. The sums are turned and shifted, as the format wants it.
std::string record(const std::string& bytes) {
  const auto sum = [](std::string_view text) {
    const std::uint32_t crc = crc32c(text);
    return little_endian(static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8U));
  };
  const std::string length = little_endian(static_cast<std::uint64_t>(bytes.size()));
  return length + sum(length) + bytes + sum(bytes);
}

// Summary.value, a repeated field: tag 1, simple_value 2, histo 5.
std::string scalar(const std::string& tag, double value) { return field(1, field(1, tag) + field(2, static_cast<float>(value))); }

std::string histogram(const std::string& tag, const Json& bars) {
  const double low = number_of(bars, "low"), high = number_of(bars, "high");
  if (!bars.contains("counts") || !bars["counts"].is_array() || bars["counts"].empty() || !std::isfinite(low) || !std::isfinite(high)) return {};
  const auto n = static_cast<double>(bars["counts"].size());
  double all = 0, sum = 0, squares = 0, at = 0;
  std::string limits, counts;
  for (const Json& bar : bars["counts"]) {
    const double count = number_of(bar), middle = low + (high - low) * (at + 0.5) / n;
    at += 1;
    all += count, sum += count * middle, squares += count * middle * middle;
    limits += little_endian(at == n ? high : low + (high - low) * at / n);
    counts += little_endian(count);
  }
  return field(1, field(1, tag) + field(5, field(1, low) + field(2, high) + field(3, all) + field(4, sum) + field(5, squares) + field(6, limits) + field(7, counts)));
}

// The whole lines behind `from`, which moves on.
std::vector<Json> new_lines(const std::string& path, std::uint64_t& from) {
  std::vector<Json> out;
  if (path_kind(path) != PathKind::file) return out;
  const InputFile file(path);
  if (file.size() <= from) return out;
  std::string text(file.size() - from, '\0');
  file.read(from, text.data(), text.size());
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    from += end + 1 - at;
    Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (line.is_object() && std::isfinite(number_of(line, "step"))) out.push_back(std::move(line));
  }
  return out;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> out{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
      out[i] = crc;
    }
    return out;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 255];
  return ~crc;
}

EventFile::EventFile(std::string run_folder, const std::string& folder) : run_(std::move(run_folder)) {
  const RunData run = read_run(run_);
  run_ = run.path;
  started_ = run.number("started");
  if (!std::isfinite(started_)) started_ = 0;
  const std::string parts = folder + "/" + run_.substr(run_.rfind('/') + 1);
  make_folder(parts);
  path_ = parts + "/events.out.tfevents.gradus";
  remove_file(path_);
  file_ = std::make_unique<AppendFile>(path_);
  file_->write(record(field(1, started_) + field(3, std::string("brain.Event:2"))));
}

void EventFile::add(const std::string& summary, std::int64_t step) {
  if (!summary.empty()) file_->write(record(field(1, started_ + seconds_) + field(2, step) + field(5, summary)));
}

void EventFile::update() {
  for (const Json& line : new_lines(run_ + "/metrics.jsonl", metrics_read_)) {
    std::string summary;
    for (const auto& [name, value] : line.items()) {
      if (name != "epoch" && name != "step" && name != "seconds" && (value.is_number() || value.is_null())) summary += scalar(name, number_of(value));
    }
    if (std::isfinite(number_of(line, "seconds"))) seconds_ = number_of(line, "seconds");
    add(summary + scalar("epoch", number_of(line, "epoch")), static_cast<std::int64_t>(number_of(line, "step")));
  }
  for (const Json& look : new_lines(run_ + "/flow.jsonl", flow_read_)) {
    if (!look.contains("layers") || !look["layers"].is_array()) continue;
    std::string summary;
    for (const Json& layer : look["layers"]) {
      for (const char* key : {"gradient", "update", "dead", "saturated"}) {
        if (layer.contains(key)) summary += scalar(std::string(key) + "/" + layer_name(layer), number_of(layer[key]));
      }
      for (const char* key : {"weights", "activations"}) {
        if (layer.contains(key)) summary += histogram(std::string(key) + "/" + layer_name(layer), layer[key]);
      }
    }
    add(summary, static_cast<std::int64_t>(number_of(look, "step")));
  }
}

void EventFile::end() {
  update();
  const RunData run = read_run(run_);
  if (!run.notes.contains("figures") || !run.notes["figures"].is_object() || !std::isfinite(run.number("steps"))) return;
  std::string summary;
  for (const auto& [name, value] : run.notes["figures"].items()) {
    if (!name.starts_with("train_") && !name.starts_with("valid_")) summary += scalar(name, number_of(value));
  }
  if (std::isfinite(run.number("seconds"))) seconds_ = run.number("seconds");
  add(summary, static_cast<std::int64_t>(run.number("steps")));
}

}  // namespace gradus::inspect
