#include "nn/mismatch.hpp"

#include <fmt/format.h>

#include <gradus/base/text.hpp>

namespace gradus {
namespace {

std::string text(const Spec& spec) { return fmt::format("{} {}", name(spec.dtype), to_string(spec.shape)); }

// "a, b, c and 7 more"
class List {
 public:
  void add(const std::string& item) {
    if (++count_ <= 8) text_ += (text_.empty() ? "" : ", ") + item;
  }
  void say(std::string& to, const char* what) const {
    if (count_ == 0) return;
    to += fmt::format("{}{}: {}", to.empty() ? "" : "; ", what, text_);
    if (count_ > 8) to += fmt::format(" and {} more", count_ - 8);
  }

 private:
  int count_ = 0;
  std::string text_;
};

}  // namespace

std::string mismatch(const std::map<std::string, Spec>& needed, const std::map<std::string, Tensor>& given) {
  List missing, extra, different;
  for (const auto& [name, spec] : needed) {
    const auto found = given.find(name);
    if (found == given.end()) missing.add(name);
    else if (!(found->second.spec() == spec)) different.add(fmt::format("{} is {}, given is {}", name, text(spec), text(found->second.spec())));
  }
  for (const auto& [name, tensor] : given) {
    if (!needed.contains(name)) extra.add(quoted(name));  // it may come from a file
  }
  std::string out;
  missing.say(out, "missing");
  extra.say(out, "not known");
  different.say(out, "different");
  return out;
}

}  // namespace gradus
