// TraceError: a number is read inside a compiled function
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  auto wrong = compile([](const Tensor& x) {
    const Tensor loss = mean(square(x));
    print("loss {}", loss.item());
    return loss;
  });
  auto right = compile([](const Tensor& x) { return mean(square(x)); });

  try {
    wrong(Tensor{1, 2, 3});
  } catch (const TraceError& error) {
    print("{}", error.what());
  }
  print("loss {:.4f}", right(Tensor{1, 2, 3}).item());
}
