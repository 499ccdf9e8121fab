// The operations that are not elementwise, made from their structs; how attributes print.
#include <fmt/format.h>
#include <gradus/ops.hpp>

namespace gradus::ops {

#define GRADUS_OP(S, ...) template Ref<const Op> make_op(const S&);
GRADUS_OTHER_OPS(GRADUS_OP)
#undef GRADUS_OP

std::string attribute_text(std::string_view name, double value) { return fmt::format("{}={:.6g}", name, value); }
std::string attribute_text(std::string_view name, std::int64_t value) { return fmt::format("{}={}", name, value); }
std::string attribute_text(std::string_view name, bool value) { return fmt::format("{}={}", name, value); }
std::string attribute_text(std::string_view name, Dtype value) { return fmt::format("{}={}", name, gradus::name(value)); }
std::string attribute_text(std::string_view name, const Shape& value) { return fmt::format("{}={}", name, to_string(value)); }
std::string attribute_text(std::string_view name, const Axes& value) { return fmt::format("{}={}", name, to_string(value)); }

}  // namespace gradus::ops
