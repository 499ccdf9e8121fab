// DtypeError: a mask of numbers, numbers of another type
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x{3, -1, 2}, mask{1, 0, 1}, wide = cast(x, Dtype::f64);
  try {
    masked_select(x, mask);
  } catch (const DtypeError& error) {
    print("{}", error.what());
  }
  try {
    x.values<double>();
  } catch (const DtypeError& error) {
    print("{}", error.what());
  }
  print("{}", masked_select(x, mask > 0));
  print("{}", wide.values<double>()[0]);
}
