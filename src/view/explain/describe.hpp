// The steps of a trace in formulas and short texts: what text, JSON, pages and pictures show alike.
#pragma once
#include <optional>

#include <gradus/view/explain.hpp>

#include "view/words/catalogue.hpp"
#include "differences.hpp"
#include "formula.hpp"

namespace gradus::inspect {

Formula formula_of(const Trace& trace, const Step& step);    // v1 = ... with names
Formula numbers_of(const Trace& trace, const Step& step);    // with values put in: numbers, small matrices, of others the shapes
bool has_numbers(const Trace& trace, const Step& step);      // whether none of them is such a shape
// Of an elementwise operation the local derivative; of all others what its rule makes of the gradient, as in "dL/dv2 @ W".
Formula local_formula(const Trace& trace, const Step& step, std::size_t input);
// The gradient times that, with numbers and small matrices put in; nothing where these are too large.
std::optional<Formula> local_numbers(const Trace& trace, const Step& step, std::size_t input);
bool is_elementwise(const Step& step);
std::string slope_name(const Trace& trace, const Step& step);  // "dL/dv2"
std::string_view operation_sign(const Step& step);             // "×", "+", "tanh"

// "-36", "[[1, 2], [3, 4]]", or of a large one "[784, 128], -0.1 .. 0.1, ‖·‖ 5.2".
std::string tensor_text(const Tensor& x, int digits = 6, std::int64_t most = 12);
double norm_of(const Tensor& x);
std::string difference_text(const Step& step);  // what central differences give; both slopes at the kink of a number
std::string fault_text(const Trace& trace, const NotFinite& fault, Language language);
std::string comparison_text(const Step& step, Language language);  // " alone kinks: 12" where it was so
std::vector<Word> notes_of(const Trace& trace);                    // what the words of comparisons mean, those that occur

}  // namespace gradus::inspect
