// The derivations of the textbooks, by hand and by machine. Each file works one out on paper, in its comment, types the result
// as it stands there, and compares it with what Gradus finds by itself and with central differences.
#pragma once
#include <gradus/gradus.hpp>

namespace textbook {

using namespace gradus;
inline constexpr Dtype f64 = Dtype::f64;

// L = loss(parameters): what is compared with. One row for each number of a derivative that was worked out by hand.
class Table {
 public:
  Table(const TensorFunction& loss, const Tensors& parameters);

  // `by_hand` is the derivative of the loss with respect to parameter `which`.
  void row(const std::string& formula, std::size_t which, const Tensor& by_hand);
  // The same in one row for a tensor with many numbers: how many, and the largest of them.
  void summary(const std::string& formula, std::size_t which, const Tensor& by_hand);
  // The largest differences, and whether they are as small as they must be: 1e-12 to autodiff, 1e-7 to central differences.
  bool agrees() const;

 private:
  struct Compared {
    std::vector<double> hand, automatic, difference;
  };
  Compared compare(std::size_t which, const Tensor& by_hand);

  TensorFunction loss_;
  Tensors parameters_;
  double from_autodiff_ = 0, from_differences_ = 0;
};

bool one_neuron();
bool linear_layer();
bool two_three_one();
bool any_network();
bool softmax_cross_entropy();
bool sigmoid_cross_entropy();

}  // namespace textbook
