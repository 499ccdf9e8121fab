// ShapeError: shapes that do not broadcast, and shapes that do although they should not
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x = Tensor::ones({4, 3}), per_row{1, 2, 3, 4};
  try {
    x - per_row;
  } catch (const ShapeError& error) {
    print("{}", error.what());
  }
  print("{}", (x - unsqueeze(per_row, 1)).shape());

  const Tensor prediction = Tensor::ones({4, 1});
  try {
    nn::mse(prediction, per_row);
  } catch (const ShapeError& error) {
    print("{}", error.what());
  }
  print("{}", nn::mse(prediction, reshape(per_row, {4, 1})).item());
}
