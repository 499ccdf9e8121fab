// Tasks of plans on arrays of a few elements, where what counts is to get to the numbers without a detour.
#pragma once
#include <gradus/tensor/backend.hpp>

namespace gradus::cpu {

// Null where an operand does not lie in one vector. For matrices, and for sums over the first or the last axes.
std::unique_ptr<Task> small_product(const Array& a, const Array& b, const Ref<Array>& y);
std::unique_ptr<Task> small_sum(const Ref<Array>& x, const Ref<Array>& y, std::int64_t results, std::int64_t length, bool columns, bool mean);

// Elementwise steps on up to so many elements, and sums of all of them.
inline constexpr std::int64_t small_group_size = 256;
std::unique_ptr<Task> small_group(const std::vector<FusedStep>& steps);

}  // namespace gradus::cpu
