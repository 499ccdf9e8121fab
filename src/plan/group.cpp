// Which instructions run together, and in what order.
#include <algorithm>
#include <queue>
#include <set>

#include "plan/passes.hpp"

namespace gradus::plan {
namespace {

bool same_window(const Array& a, const Array& b) {
  return a.buffer() == b.buffer() && a.offset() == b.offset() && a.dtype() == b.dtype() && std::ranges::equal(a.shape(), b.shape()) &&
         std::ranges::equal(a.strides(), b.strides());
}

bool same_layout(const Fusion& a, const Fusion& b) { return std::ranges::equal(a.shape, b.shape) && std::ranges::equal(a.strides, b.strides); }

class Grouping {
 public:
  Grouping(const Program& program, bool fuse) : code_(program.code), before_(code_.size()), group_of_(code_.size()), parts_(code_.size()) {
    find_order(program);
    for (std::size_t i = 0; i < code_.size(); ++i) {
      group_of_[i] = i;
      parts_[i] = {i};
      if (fuse) join(i);
    }
  }

  // Groups in an order in which each comes after those it depends on; otherwise as they were written.
  Groups sorted() const {
    std::vector<std::size_t> waiting(code_.size());
    std::vector<std::vector<std::size_t>> after(code_.size());
    const auto later = [&](std::size_t a, std::size_t b) { return parts_[a].back() > parts_[b].back(); };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
    for (std::size_t g = 0; g < code_.size(); ++g) {
      if (parts_[g].empty()) continue;
      const std::set<std::size_t> needs = groups_before(g);
      for (const std::size_t other : needs) after[other].push_back(g);
      if ((waiting[g] = needs.size()) == 0) ready.push(g);
    }
    Groups out;
    while (!ready.empty()) {
      const std::size_t g = ready.top();
      ready.pop();
      out.push_back(parts_[g]);
      for (const std::size_t next : after[g]) {
        if (--waiting[next] == 0) ready.push(next);
      }
    }
    return out;
  }

 private:
  // What must be done before each instruction: what made its inputs, and who reads memory that it changes.
  void find_order(const Program& program) {
    std::unordered_map<const Buffer*, std::size_t> made_by;
    std::unordered_map<const Buffer*, std::vector<std::size_t>> readers;
    std::size_t work = SIZE_MAX;  // the last, which the next one comes after
    for (std::size_t i = 0; i < code_.size(); ++i) {
      const Instruction& step = code_[i];
      if (!step.op) {
        if (work != SIZE_MAX) before_[i].push_back(work);
        work = i;
      }
      for (const Tensor& x : step.in) {
        if (const auto at = made_by.find(value_of(x)); at != made_by.end()) before_[i].push_back(at->second);
        readers[value_of(x)].push_back(i);
      }
      if (step.out) made_by[value_of(*step.out)] = i;
      for (const std::size_t use : step.changes) {
        for (const std::size_t reader : readers[value_of(program.slots[use].value)]) {
          if (reader != i) before_[i].push_back(reader);
        }
      }
      for (const std::size_t use : step.renews) made_by[value_of(program.slots[use].value)] = i;
    }
  }

  std::set<std::size_t> groups_before(std::size_t g) const {
    std::set<std::size_t> out;
    for (const std::size_t i : parts_[g]) {
      for (const std::size_t other : before_[i]) out.insert(group_of_[other]);
    }
    out.erase(g);
    return out;
  }

  // Puts instruction i into the group of one that it shares a value with.
  void join(std::size_t i) {
    const Instruction& step = code_[i];
    fusion_.push_back(step.op ? cpu_backend().fusion(*step.op, step.in, *step.out) : Fusion());
    if (fusion_[i].kind == 0) return;
    std::set<std::size_t, std::greater<>> candidates;
    for (const Tensor& x : step.in) {
      if (x.numel() == 1 && step.out->numel() > 1) continue;
      for (const std::size_t reader : touching_[value_of(x)]) candidates.insert(group_of_[reader]);
    }
    for (const std::size_t g : candidates) {
      if (code_[g].region != step.region || fusion_[g].tail || parts_[g].size() >= 64) continue;
      if (fusion_[g].kind != fusion_[i].kind || !same_layout(fusion_[g], fusion_[i]) || !legal(i, g)) continue;
      group_of_[i] = g;
      parts_[g].push_back(i);
      parts_[i].clear();
      break;
    }
    for (const Tensor& x : step.in) touching_[value_of(x)].push_back(i);
    touching_[value_of(*step.out)].push_back(i);
  }

  // Whether i can run inside group g: what it reads of g it reads element by element, and nothing else that it rests on rests on g.
  bool legal(std::size_t i, std::size_t g) const {
    for (const Tensor& x : code_[i].in) {
      for (const std::size_t member : parts_[g]) {
        const Array& made = *code_[member].out;
        if (made.buffer() == x.array().buffer() && (fusion_[member].tail || !same_window(made, x.array()))) return false;
      }
    }
    std::set<std::size_t> seen;
    std::vector<std::size_t> next;
    const auto visit = [&](std::size_t of) {
      for (const std::size_t other : before_[of]) {
        const std::size_t h = group_of_[other];
        if (h != g && parts_[h].back() > parts_[g].front() && seen.insert(h).second) next.push_back(h);
      }
    };
    visit(i);
    while (!next.empty()) {
      const std::size_t h = next.back();
      next.pop_back();
      for (const std::size_t member : parts_[h]) {
        for (const std::size_t other : before_[member]) {
          if (group_of_[other] == g) return false;
        }
        visit(member);
      }
    }
    return true;
  }

  const std::vector<Instruction>& code_;
  std::vector<std::vector<std::size_t>> before_;
  std::vector<std::size_t> group_of_;
  std::vector<std::vector<std::size_t>> parts_;
  std::vector<Fusion> fusion_;
  std::unordered_map<const Buffer*, std::vector<std::size_t>> touching_;  // elementwise instructions that read or make it
};

}  // namespace

Groups group(const Program& program, bool fuse) { return Grouping(program, fuse).sorted(); }

}  // namespace gradus::plan
