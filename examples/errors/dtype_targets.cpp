// DtypeError: class numbers that are floats
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor scores{{2, 1, 0}, {0, 3, 1}}, target{0, 1};
  try {
    nn::cross_entropy(scores, target);
  } catch (const DtypeError& error) {
    print("{}", error.what());
  }
  print("{:.4f}", nn::cross_entropy(scores, cast(target, Dtype::i64)).item());
  print("{:.4f}", nn::cross_entropy(scores, Tensor({0, 1}, Dtype::i64)).item());
}
