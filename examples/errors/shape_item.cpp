// ShapeError and GradError: one number is asked of many
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor loss = square(Tensor{1, 2, 3});
  try {
    loss.item();
  } catch (const ShapeError& error) {
    print("{}", error.what());
  }
  try {
    grad([](const Tensor& x) { return square(x); })(Tensor{1, 2, 3});
  } catch (const GradError& error) {
    print("{}", error.what());
  }
  print("{:.4f}", mean(loss).item());
}
