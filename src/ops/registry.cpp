#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/registry.hpp>

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>

namespace gradus {

namespace {

std::vector<OpEntry> core() {
#define GRADUS_OP(S, ...) make_entry<ops::S>(),
  return {GRADUS_MAP_OPS(GRADUS_OP) GRADUS_MOVE_OPS(GRADUS_OP) GRADUS_UNFOLD_OPS(GRADUS_OP) GRADUS_ARRANGE_OPS(GRADUS_OP) GRADUS_REDUCE_OPS(GRADUS_OP)
          GRADUS_STATISTICS_OPS(GRADUS_OP) GRADUS_SCAN_OPS(GRADUS_OP)
          GRADUS_CONTRACT_OPS(GRADUS_OP) GRADUS_INDEX_OPS(GRADUS_OP) GRADUS_SELECT_OPS(GRADUS_OP) GRADUS_SORT_OPS(GRADUS_OP) GRADUS_ROW_OPS(GRADUS_OP)
          GRADUS_CONV_OPS(GRADUS_OP) GRADUS_WINDOW_OPS(GRADUS_OP) GRADUS_NORM_OPS(GRADUS_OP) GRADUS_ATTENTION_OPS(GRADUS_OP)
          GRADUS_RECURRENT_OPS(GRADUS_OP) GRADUS_LOSS_OPS(GRADUS_OP) GRADUS_RANDOM_OPS(GRADUS_OP)};
#undef GRADUS_OP
}

// Every list that there ever was; the last one is the one that counts. A reader may still walk an older one.
struct Lists {
  std::mutex writing;
  std::list<std::vector<OpEntry>> all{core()};
  std::atomic<const std::vector<OpEntry>*> newest = &all.back();
};
Lists& lists() {
  static Lists lists;
  return lists;
}

}  // namespace

void detail::set_formulas(OpEntry& entry, const Formulas& formulas) {
  using lang::Expr;
  const std::string names = entry.info.inputs == 1 ? "xyt" : std::string("abc").substr(0, static_cast<std::size_t>(entry.info.inputs)) + "yt";
  std::vector<Expr> x;
  for (const char name : names) x.push_back(Expr::variable(std::string(1, name)));
  entry.formula = formulas.value(x.data()).text();
  for (int i = 0; i < entry.info.inputs; ++i) {
    const auto derivative = formulas.derivatives[static_cast<std::size_t>(i)];
    entry.derivatives.push_back(derivative ? derivative(x.data()).text() : std::string());
  }
}

const std::vector<OpEntry>& registry() { return *lists().newest; }

void add_to_registry(std::vector<OpEntry> more) {
  Lists& lists = gradus::lists();
  const std::lock_guard lock(lists.writing);
  std::vector<OpEntry> all = lists.all.back();
  for (OpEntry& entry : more) {
    if (std::ranges::none_of(all, [&](const OpEntry& e) { return e.info.name == entry.info.name; })) all.push_back(std::move(entry));
  }
  if (all.size() == lists.all.back().size()) return;
  lists.newest = &lists.all.emplace_back(std::move(all));
}

const OpEntry& find_op(std::string_view name) {
  std::vector<std::string> names;
  for (const OpEntry& e : registry()) {
    if (e.info.name == name) return e;
    names.emplace_back(e.info.name);
  }
  fail<UsageError>("ops", "there is no operation " + quoted(name), did_you_mean(name, names));
}

}  // namespace gradus
