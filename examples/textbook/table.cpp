// The tables: by hand, autodiff, and the difference of the two.
#include <algorithm>
#include <cmath>

#include "textbook.hpp"

namespace textbook {
namespace {

double largest(const std::vector<double>& values) {
  double out = 0;
  for (double v : values) {
    if (!(std::abs(v) <= out)) out = std::isnan(v) ? INFINITY : std::abs(v);
  }
  return out;
}

void line(const std::string& formula, double by_hand, double autodiff, double difference) {
  print("   {:<46} {:>15.10f} {:>15.10f} {:>10.1e}", formula, by_hand, autodiff, difference);
}

}  // namespace

Table::Table(const TensorFunction& loss, const Tensors& parameters) : loss_(loss), parameters_(parameters) {
  print("\n   {:<46} {:>15} {:>15} {:>10}", "formula", "by hand", "autodiff", "difference");
}

Table::Compared Table::compare(std::size_t which, const Tensor& by_hand) {
  if (by_hand.shape() != parameters_[which].shape()) fail<ShapeError>("textbook", "a derivative has the shape of its parameter");
  Compared out{by_hand.to_vector(), autodiff_jacobian(loss_, parameters_, which).values, {}};
  const std::vector<double> central = numeric_jacobian(loss_, parameters_, which).values;
  std::vector<double> from_central;
  for (std::size_t i = 0; i < out.hand.size(); ++i) {
    out.difference.push_back(std::abs(out.hand[i] - out.automatic[i]));
    from_central.push_back(out.hand[i] - central[i]);
  }
  from_autodiff_ = std::max(from_autodiff_, largest(out.difference));
  from_differences_ = std::max(from_differences_, largest(from_central));
  return out;
}

void Table::row(const std::string& formula, std::size_t which, const Tensor& by_hand) {
  const Compared all = compare(which, by_hand);
  for (std::size_t i = 0; i < all.hand.size(); ++i) line(i == 0 ? formula : "", all.hand[i], all.automatic[i], all.difference[i]);
}

void Table::summary(const std::string& formula, std::size_t which, const Tensor& by_hand) {
  const Compared all = compare(which, by_hand);
  line(text("{}  ({} numbers)", formula, all.hand.size()), largest(all.hand), largest(all.automatic), largest(all.difference));
}

bool Table::agrees() const {
  const bool good = from_autodiff_ <= 1e-12 && from_differences_ <= 1e-7;
  print("   largest difference: {:.1e} from autodiff, {:.1e} from central differences{}\n", from_autodiff_, from_differences_, good ? "" : "  <-- TOO LARGE");
  return good;
}

}  // namespace textbook
