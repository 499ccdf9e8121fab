// Equal operations on equal inputs are computed once. What checkpoint computes again stays.
#include <cstring>
#include <map>
#include <string>

#include "plan/passes.hpp"
#include "plan/replace.hpp"

namespace gradus::plan {
namespace {

void put(std::string& key, const void* data, std::size_t bytes) { key.append(static_cast<const char*>(data), bytes); }
template <class T>
void put(std::string& key, const T& value) {
  put(key, &value, sizeof value);
}

// What makes two operations the same: the struct, its attributes, the region, and the windows that it reads.
std::string key_of(const Instruction& step) {
  std::string key = step.op->text();
  const OpInfo& info = step.op->info();
  put(key, info.type);
  put(key, info.part);
  put(key, step.region);
  put(key, step.out->dtype());
  for (const Tensor& x : step.in) {
    const Array& a = x.array();
    put(key, a.dtype());
    put(key, a.literal);
    put(key, a.shape().size());
    put(key, a.shape().data(), a.shape().size_bytes());
    if (!a.is_abstract() && a.numel() == 1) {  // a number that was written down
      put(key, a.data(), size_of(a.dtype()));
      continue;
    }
    put(key, value_of(a));
    put(key, a.offset());
    put(key, a.strides().data(), a.strides().size_bytes());
  }
  return key;
}

}  // namespace

void merge_common(Program& program) {
  std::map<std::string, Ref<Array>> known;
  Replacements same;
  for (Instruction& step : program.code) {
    same.apply(step);
    if (!step.op || !step.op->info().type) continue;  // a function of a user's may give something else each time
    const auto [at, fresh] = known.try_emplace(key_of(step), step.out);
    if (!fresh) same.add(*step.out, at->second);
  }
  same.apply(program);
}

}  // namespace gradus::plan
