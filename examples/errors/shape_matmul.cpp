// ShapeError: the factors of a product in the wrong order, or one not transposed
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x = Tensor::ones({4, 3}), weight = Tensor::ones({5, 3});
  try {
    matmul(x, weight);
  } catch (const ShapeError& error) {
    print("{}", error.what());
  }
  print("{}", matmul(x, T(weight)).shape());
}
