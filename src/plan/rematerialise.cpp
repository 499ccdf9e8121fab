// Less memory for more work: what the way back needs is computed again instead of kept. The first half of the program, up to where
// most is alive, is cut into segments; of each only what it takes from before is kept, and it runs once more when the first of
// its values is needed (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The numbers are the same bits.
#include <algorithm>
#include <unordered_set>

#include "plan/passes.hpp"

namespace gradus::plan {
namespace {

struct Use {
  std::size_t made = 0, last = 0;
  bool inside = false;  // an instruction makes it
};

std::unordered_map<const Buffer*, Use> uses_of(const Program& program) {
  std::unordered_map<const Buffer*, Use> uses;
  for (std::size_t i = 0; i < program.code.size(); ++i) {
    const Instruction& step = program.code[i];
    for (const Tensor& x : step.in) uses[value_of(x)].last = i;
    if (step.out) uses[value_of(*step.out)] = {i, i, true};
  }
  return uses;
}

// Where most bytes are alive.
std::size_t turning_point(const Program& program, const std::unordered_map<const Buffer*, Use>& uses) {
  std::vector<std::int64_t> change(program.code.size() + 1);
  for (const auto& [value, use] : uses) {
    if (!use.inside) continue;
    change[use.made] += static_cast<std::int64_t>(value->bytes());
    change[use.last + 1 < change.size() ? use.last + 1 : use.last] -= static_cast<std::int64_t>(value->bytes());
  }
  std::int64_t now = 0, most = -1;
  std::size_t at = 0;
  for (std::size_t i = 0; i < program.code.size(); ++i) {
    if ((now += change[i]) > most) {
      most = now;
      at = i;
    }
  }
  return at;
}

// A copy of an instruction whose results are new values.
class Again {
 public:
  explicit Again(int region) : region_(region) {}
  Instruction copy(const Instruction& from) {
    Instruction step{from.op, {}, from.out, nullptr, {}, {}, region_, 0, from.module};
    for (const Tensor& x : from.in) step.in.push_back(fresh(x));
    const Array& y = *from.out;
    Ref<Buffer>& buffer = made_[value_of(y)];
    buffer = Buffer::planned(y.buffer()->bytes());
    step.out = Array::view(y.dtype(), y.shape(), y.strides(), y.offset(), buffer);
    return step;
  }
  Tensor fresh(const Tensor& x) const {
    const auto at = made_.find(value_of(x));
    if (at == made_.end()) return x;
    const Array& a = x.array();
    return Tensor(Array::view(a.dtype(), a.shape(), a.strides(), a.offset(), at->second));
  }

 private:
  std::unordered_map<const Buffer*, Ref<Buffer>> made_;
  int region_;
};

}  // namespace

bool rematerialise(Program& program, std::size_t segments) {
  const auto uses = uses_of(program);
  const std::size_t turn = turning_point(program, uses);
  if (turn < 2 || segments < 2 || segments > turn) return false;
  int region = 0;
  for (const Instruction& step : program.code) region = std::max(region, step.region);

  // Segments hold equal shares of the bytes that are alive at the turn.
  std::vector<double> share(turn);
  double total = 0;
  for (std::size_t i = 0; i < turn; ++i) {
    const Instruction& step = program.code[i];
    const bool kept = step.out && uses.at(value_of(*step.out)).last > turn;
    share[i] = total += kept ? static_cast<double>(step.out->buffer()->bytes()) : 0;
  }
  const auto segment_of = [&](std::size_t i) { return std::min(segments - 1, static_cast<std::size_t>(share[i] / (total + 1) * static_cast<double>(segments))); };

  // For each segment but the last, which turns around at once: what makes the values that are needed later.
  struct Segment {
    std::vector<std::size_t> code;
    std::size_t before = SIZE_MAX;  // the first later instruction that needs one of them
  };
  std::vector<Segment> again(segments);
  std::unordered_map<const Buffer*, std::size_t> dropped;  // value -> segment
  std::unordered_set<const Buffer*> wanted;
  for (const auto& [value, use] : uses) {
    if (use.inside && use.made < turn && use.last > turn) wanted.insert(value);
  }
  for (std::size_t i = turn; i-- > 0;) {
    const Instruction& step = program.code[i];
    const std::size_t s = segment_of(i);
    if (s + 1 == segments || !step.op || !wanted.contains(value_of(*step.out))) continue;
    bool crosses = false;  // another segment is computed again from it: it stays
    for (std::size_t later = s + 1; later + 1 < segments && !crosses; ++later) {
      for (const std::size_t k : again[later].code) {
        crosses |= std::ranges::any_of(program.code[k].in, [&](const Tensor& x) { return value_of(x) == value_of(*step.out); });
      }
    }
    if (crosses) continue;
    again[s].code.push_back(i);
    dropped[value_of(*step.out)] = s;
    for (const Tensor& x : step.in) {
      const auto use = uses.find(value_of(x));
      if (use == uses.end() || !use->second.inside || segment_of(std::min(use->second.made, turn - 1)) != s) continue;
      wanted.insert(value_of(x));  // made in this segment: made again too
    }
  }
  if (dropped.empty()) return false;
  for (std::size_t i = turn; i < program.code.size(); ++i) {
    for (const Tensor& x : program.code[i].in) {
      if (const auto at = dropped.find(value_of(x)); at != dropped.end()) again[at->second].before = std::min(again[at->second].before, i);
    }
  }

  // Not again from parameters that have moved by then.
  std::unordered_map<const Buffer*, std::size_t> moved;
  for (std::size_t i = 0; i < program.code.size(); ++i) {
    for (const std::size_t use : program.code[i].changes) moved[value_of(program.slots[use].value)] = i;
  }
  for (std::size_t s = 0; s < segments; ++s) {
    const auto gone = [&](const Tensor& x) {
      const auto at = moved.find(value_of(x));
      return at != moved.end() && at->second < again[s].before;
    };
    const bool late = std::ranges::any_of(again[s].code, [&](std::size_t k) { return std::ranges::any_of(program.code[k].in, gone); });
    if (!late) continue;
    std::erase_if(dropped, [&](const auto& value) { return value.second == s; });
    again[s] = {};
  }

  std::vector<Instruction> code;
  std::vector<Again> copies;
  for (std::size_t s = 0; s < segments; ++s) copies.emplace_back(++region);
  for (std::size_t i = 0; i < program.code.size(); ++i) {
    for (std::size_t s = segments; s-- > 0;) {
      if (again[s].before != i) continue;
      std::ranges::sort(again[s].code);
      for (const std::size_t k : again[s].code) code.push_back(copies[s].copy(code[k]));
    }
    code.push_back(std::move(program.code[i]));
    if (i < turn) continue;
    for (Tensor& x : code.back().in) {
      if (const auto at = dropped.find(value_of(x)); at != dropped.end()) x = copies[at->second].fresh(x);
    }
  }
  program.code = std::move(code);
  return true;
}

}  // namespace gradus::plan
