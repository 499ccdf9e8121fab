#include "backend/cpu/families.hpp"

namespace gradus {
namespace {

class CpuBackend final : public Backend {
 public:
  Kernel prepare(const Op& op, Inputs x, const Array& y) override {
    switch (op.info().family) {
      case Family::map: return cpu::prepare_map(op, x, y);
      case Family::move: return cpu::prepare_move(op, x, y);
      case Family::reduce: return cpu::prepare_reduce(op, x, y);
      case Family::contract: return cpu::prepare_contract(op, x, y);
      case Family::index: return cpu::prepare_index(op, x, y);
      case Family::row: return cpu::prepare_row(op, x, y);
      case Family::window: return cpu::prepare_window(op, x, y);
      case Family::random: return cpu::prepare_random(op, x, y);
      case Family::linalg:  // their ops bring their own code
      case Family::loss: break;  // made of other ops
    }
    return {};
  }
  std::unique_ptr<Task> task(const Op& op, Inputs x, const Ref<Array>& y) override {
    switch (op.info().family) {
      case Family::reduce: return cpu::reduce_task(op, x, y);
      case Family::contract: return cpu::contract_task(op, x, y);
      default: return nullptr;
    }
  }
  Fusion fusion(const Op& op, Inputs x, const Array& y) override { return cpu::fusion(op, x, y); }
  std::unique_ptr<Task> fuse(std::vector<FusedStep> steps) override { return cpu::fuse(std::move(steps)); }
};

}  // namespace

Backend& cpu_backend() {
  static CpuBackend backend;
  return backend;
}

}  // namespace gradus
