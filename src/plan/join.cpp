// Sums of pads are what the way back makes of slices: every slice's gradient in a tensor of zeros, and all of these added up. Where
// the slices cover the axis without overlap, that is one concatenation; and where these are slices of one value, in order, it is that value.
#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>

#include <algorithm>
#include <set>

#include "plan/passes.hpp"
#include "plan/replace.hpp"

namespace gradus::plan {
namespace {

class Joiner {
 public:
  explicit Joiner(Program& program) : code_(program.code) {
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (code_[i].op) made_by_[value_of(*code_[i].out)] = i;
      for (const Tensor& x : code_[i].in) ++uses_[value_of(x)];
    }
    for (const Ref<Array>& y : program.outputs) ++uses_[value_of(*y)];
    for (const auto& [slot, value] : program.writes) ++uses_[value_of(*value)];
  }

  void run() {
    for (std::size_t i = code_.size(); i-- > 0;) {  // the outermost sum first
      if (code_[i].op && ops::as<ops::Add>(*code_[i].op) && !inside_.contains(i)) join(i);
    }
  }

  Replacements whole() const {
    Replacements same;
    for (const Instruction& step : code_) {
      const auto* concat = step.op ? ops::as<ops::Concat>(*step.op) : nullptr;
      const auto at = concat ? made_by_.find(value_of(step.in[0])) : made_by_.end();
      if (at == made_by_.end()) continue;
      const Array& made = *code_[at->second].out;
      if (!(made.spec() == step.out->spec()) || !made.contiguous() || code_[at->second].region != step.region) continue;
      const auto axis = static_cast<std::size_t>(checked_axis("concat", concat->axis, step.in[0].rank()));
      std::int64_t offset = made.offset();
      const bool neighbours = std::ranges::all_of(step.in, [&](const Tensor& part) {
        const Array& x = part.array();
        const bool next = value_of(x) == value_of(made) && x.dtype() == made.dtype() && x.offset() == offset && std::ranges::equal(x.strides(), made.strides());
        offset += x.shape()[axis] * made.strides()[axis];
        return next;
      });
      if (neighbours) same.add(*step.out, code_[at->second].out);
    }
    return same;
  }

 private:
  struct Part {
    std::size_t instruction;
    std::int64_t begin, end;
    Tensor x;
  };

  // The pads that are summed up in instruction i; false if there is anything else among them.
  bool collect(std::size_t i, std::vector<Part>& parts, std::vector<std::size_t>& sums, std::int64_t& axis) const {
    sums.push_back(i);
    const Instruction& sum = code_[i];
    for (const Tensor& x : sum.in) {
      const auto at = made_by_.find(value_of(x));
      if (at == made_by_.end() || uses_.at(value_of(x)) != 1) return false;
      const Instruction& made = code_[at->second];
      if (made.out != x.array_ref() || !(made.out->spec() == sum.out->spec()) || made.region != sum.region) return false;
      if (ops::as<ops::Add>(*made.op)) {
        if (!collect(at->second, parts, sums, axis)) return false;
        continue;
      }
      const auto* pad = ops::as<ops::Pad>(*made.op);
      if (!pad || pad->inner != 0) return false;
      const std::int64_t along = checked_axis("pad", pad->axis, made.in[0].rank());
      if (axis >= 0 && along != axis) return false;
      axis = along;
      parts.push_back({at->second, pad->before, pad->before + made.in[0].size(along), made.in[0]});
    }
    return true;
  }

  // Whether what the part is of may be written between its pad and instruction i, where it would be read instead.
  bool changes(const Part& part, std::size_t i) const {
    const auto is_work = [](const Instruction& step) { return !step.op; };
    return !made_by_.contains(value_of(part.x)) && std::any_of(code_.begin() + static_cast<std::ptrdiff_t>(part.instruction), code_.begin() + static_cast<std::ptrdiff_t>(i), is_work);
  }

  void join(std::size_t i) {
    std::vector<Part> parts;
    std::vector<std::size_t> sums;
    std::int64_t axis = -1;
    if (!collect(i, parts, sums, axis)) return;
    inside_.insert(sums.begin(), sums.end());
    std::ranges::sort(parts, {}, &Part::begin);
    std::int64_t covered = 0;
    for (const Part& part : parts) {
      if (part.begin != covered || part.x.dtype() != code_[i].out->dtype() || changes(part, i)) return;
      covered = part.end;
    }
    if (covered != code_[i].out->shape()[static_cast<std::size_t>(axis)]) return;
    Instruction& step = code_[i];
    step.op = ops::make_op(ops::Concat{axis});
    step.in.clear();
    for (const Part& part : parts) step.in.push_back(part.x);  // the pads and the other sums are dead now
  }

  std::vector<Instruction>& code_;
  std::unordered_map<const Buffer*, std::size_t> made_by_, uses_;
  std::set<std::size_t> inside_;
};

}  // namespace

void join_pads(Program& program) {
  Joiner joiner(program);
  joiner.run();
  joiner.whole().apply(program);
}

}  // namespace gradus::plan
