// Prints the derivations; ends with 1 when one of them disagrees with autodiff or with central differences.
#include "textbook.hpp"

int main() {
  bool good = true;
  for (bool (*derivation)() : {textbook::one_neuron, textbook::linear_layer, textbook::two_three_one, textbook::any_network,
                               textbook::softmax_cross_entropy, textbook::sigmoid_cross_entropy}) {
    good = derivation() && good;
  }
  gradus::print(good ? "All derivations agree." : "A derivation is wrong.");
  return good ? 0 : 1;
}
