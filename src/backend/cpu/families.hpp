// One function per family of operations: all that the CPU backend implements.
#pragma once
#include <gradus/ops.hpp>
#include <gradus/tensor/backend.hpp>

namespace gradus::cpu {

// Kernels for these inputs; a kernel without `run` means that there is none and the op is expanded.
Kernel prepare_map(const Op& op, Inputs x, const Array& y);
Kernel prepare_move(const Op& op, Inputs x, const Array& y);
Kernel prepare_reduce(const Op& op, Inputs x, const Array& y);
Kernel prepare_contract(const Op& op, Inputs x, const Array& y);
Kernel prepare_index(const Op& op, Inputs x, const Array& y);
Kernel prepare_row(const Op& op, Inputs x, const Array& y);
Kernel prepare_window(const Op& op, Inputs x, const Array& y);
Kernel prepare_batch_norm(const Op& op, Inputs x, const Array& y);  // of family row
Kernel prepare_random(const Op& op, Inputs x, const Array& y);
Kernel prepare_norm(const Op& op, Inputs x, const Array& y);       // of family row
Kernel prepare_recurrent(const Op& op, Inputs x, const Array& y);  // of family row
Kernel prepare_attention(const Op& op, Inputs x, const Array& y);  // of family row

// For plans, see Backend.
std::unique_ptr<Task> contract_task(const Op& op, Inputs x, const Ref<Array>& y);
std::unique_ptr<Task> reduce_task(const Op& op, Inputs x, const Ref<Array>& y);
Fusion fusion(const Op& op, Inputs x, const Array& y);
std::unique_ptr<Task> fuse(std::vector<FusedStep> steps);

}  // namespace gradus::cpu
