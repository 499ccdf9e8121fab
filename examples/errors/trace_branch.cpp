// TraceError: a compiled function branches on a number
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  auto wrong = compile([](const Tensor& x) { return sum(x).item() > 0 ? x : -x; });
  auto right = compile([](const Tensor& x) { return where(sum(x) > 0, x, -x); });

  try {
    wrong(Tensor{1, -2});
  } catch (const TraceError& error) {
    print("{}", error.what());
  }
  print("{}  {}", right(Tensor{1, -2}), right(Tensor{3, -2}));
}
