// The steps of a trace in formulas and short texts: what text, JSON, pages and pictures show alike.
#pragma once
#include <gradus/view/explain.hpp>

#include "catalogue.hpp"
#include "formula.hpp"

namespace gradus::inspect {

inline constexpr double agreement = 1e-6;  // a relative error up to here gets a tick

Formula formula_of(const Trace& trace, const Step& step);                     // v1 = ... with names
Formula numbers_of(const Trace& trace, const Step& step);                     // with the values of single numbers put in
bool all_numbers(const Trace& trace, const Step& step);                       // whether they all are
Formula local_formula(const Trace& trace, const Step& step, std::size_t input);  // with names; of what is not elementwise with G for the gradient
bool is_product_rule(const Step& step, std::size_t input);                    // that formula gives the product, not the local derivative
std::string_view operation_sign(const Step& step);                            // "×", "+", "tanh"

// "-36", "[[1, 2], [3, 4]]", or of a large one "[784, 128], -0.1 .. 0.1, norm 5.2".
std::string tensor_text(const Tensor& x, int digits = 6, std::int64_t most = 12);
double norm_of(const Tensor& x);
std::string sample_text(const SampleView& sample, Language language);

}  // namespace gradus::inspect
