// The scalar engine: single numbers that know how they were computed. The expression is that of micrograd's README.
#include <gradus/scalar.hpp>

#include <cmath>
#include <cstdio>

using gradus::Value;

int main() {
  Value a = -4, b = 2;
  Value c = a + b;
  Value d = a * b + pow(b, 3);
  c += c + 1;
  c += 1 + c - a;
  d += d * 2 + relu(b + a);
  d += 3 * d + relu(b - a);
  Value e = c - d;
  Value f = square(e);
  Value g = f / 2;
  g += 10 / f;

  g.backward();
  std::printf("g     = %8.4f   (24.7041)\n", g.value());
  std::printf("dg/da = %8.4f   (138.8338)\n", a.grad());
  std::printf("dg/db = %8.4f   (645.5773)\n", b.grad());
  const auto near = [](double found, double expected) { return std::abs(found - expected) < 5e-5; };
  return near(g.value(), 24.7041) && near(a.grad(), 138.8338) && near(b.grad(), 645.5773) ? 0 : 1;
}
