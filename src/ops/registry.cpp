#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/registry.hpp>

namespace gradus {

const std::vector<OpEntry>& registry() {
#define GRADUS_OP(S, ...) make_entry<ops::S>(),
  static const std::vector<OpEntry> all{GRADUS_MAP_OPS(GRADUS_OP) GRADUS_MOVE_OPS(GRADUS_OP) GRADUS_UNFOLD_OPS(GRADUS_OP) GRADUS_ARRANGE_OPS(GRADUS_OP) GRADUS_REDUCE_OPS(GRADUS_OP)
                                        GRADUS_STATISTICS_OPS(GRADUS_OP) GRADUS_SCAN_OPS(GRADUS_OP)
                                        GRADUS_CONTRACT_OPS(GRADUS_OP) GRADUS_INDEX_OPS(GRADUS_OP) GRADUS_SELECT_OPS(GRADUS_OP) GRADUS_SORT_OPS(GRADUS_OP) GRADUS_ROW_OPS(GRADUS_OP)
                                        GRADUS_CONV_OPS(GRADUS_OP) GRADUS_WINDOW_OPS(GRADUS_OP) GRADUS_NORM_OPS(GRADUS_OP) GRADUS_ATTENTION_OPS(GRADUS_OP)
                                        GRADUS_RECURRENT_OPS(GRADUS_OP) GRADUS_LOSS_OPS(GRADUS_OP)};
#undef GRADUS_OP
  return all;
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
