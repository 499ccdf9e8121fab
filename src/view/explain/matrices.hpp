// A layer as matrices: dL/dW = delta x^T, drawn with shapes, and one cell of it spelled out.
#pragma once
#include <gradus/view/trace.hpp>

#include "view/words/catalogue.hpp"

namespace gradus::inspect {

// One part for each product of a weight and what goes into its layer; empty when there is none.
std::string matrices_of(const Trace& trace, Language language);
std::vector<std::string> matrices_text(const Trace& trace, Language language);  // lines for the terminal

// Such a product: w is [n, m] as it is multiplied from the left, or, where transposed, from the right.
struct LayerProduct {
  std::size_t product, weight, input;  // steps
  Tensor delta, x, grad;               // columns: [n, k], [m, k], and grad = delta x^T, [n, m]
};
std::vector<LayerProduct> layer_products(const Trace& trace);

// "delta[0] x[1] = 0.02 * 1", with as many terms as there are columns; the numbers are those of the product.
struct CellText {
  std::int64_t row = 0, column = 0;
  std::string formula, numbers;
  double value = 0;
};
CellText one_cell(const LayerProduct& product, const std::string& x_name);

}  // namespace gradus::inspect
