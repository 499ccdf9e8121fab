#include "lang/targets.hpp"
// The targets come before everything else.
#include <hwy/highway.h>

#include <cstdlib>
#include <gradus/base/error.hpp>

namespace gradus::lang {
namespace {

std::int64_t compiled_and_present() { return hwy::SupportedTargets() & HWY_TARGETS; }

// Highway's word for it, or the usual one.
std::string spelled(std::int64_t target) {
  std::string name = hwy::TargetName(target);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name == "avx3" ? "avx512" : name == "emu128" ? "scalar" : name;
}

bool obey(const char* wanted) {
  if (wanted == nullptr || *wanted == '\0') return true;
  const std::int64_t all = compiled_and_present();
  for (std::int64_t left = all; left != 0; left &= left - 1) {
    const std::int64_t target = left & -left;
    if (spelled(target) != wanted) continue;
    hwy::DisableTargets(all & ~target);
    return true;
  }
  std::string known;
  for (const std::string& name : target_names()) known += (known.empty() ? "" : ", ") + name;
  fail<ValueError>("GRADUS_TARGET", "there are no kernels for '" + std::string(wanted) + "' on this machine", "known: " + known);
}

}  // namespace

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (std::int64_t left = compiled_and_present(); left != 0; left &= left - 1) names.push_back(spelled(left & -left));
  return names;
}

void choose_target() {
  static const bool done = obey(std::getenv("GRADUS_TARGET"));
  static_cast<void>(done);
}

}  // namespace gradus::lang
