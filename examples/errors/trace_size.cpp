// TraceError: the size of a result depends on numbers
#include <functional>
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  auto wrong = compile([](const Tensor& x) { return sum(masked_select(x, x > 0)); });
  auto right = compile([](const Tensor& x) { return sum(where(x > 0, x, 0)); });
  auto indices = compile([](const Tensor& x) { return nonzero(x); });

  const Tensor x{1, -2, 0, 4};
  for (auto&& call : {std::function([&] { wrong(x); }), std::function([&] { indices(x); })}) {
    try {
      call();
    } catch (const TraceError& error) {
      print("{}", error.what());
    }
  }
  print("{}", right(x).item());
  print("{}", nonzero(x));
}
