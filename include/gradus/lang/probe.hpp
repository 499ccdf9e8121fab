// Probe: runs a formula at compile time to find which of its arguments it reads.
//   constexpr unsigned reads = Sigmoid::df(Probe{1}, Probe{2}, Probe{4}).mask;   // 6: y and t, not x
//   constexpr bool passes_on = Add::da(Probe{1}, Probe{2}, Probe{4}, Probe{8}).untouched;   // true: it is t itself
#pragma once
#include <initializer_list>

#include "gradus/lang/lane.hpp"
#include "gradus/lang/words.hpp"

namespace gradus::lang {

class Probe;

// What a comparison of probes gives.
class ProbeMask {
 public:
  unsigned mask = 0;
  constexpr ProbeMask() = default;
  constexpr explicit ProbeMask(unsigned bits) : mask(bits) {}

  friend constexpr ProbeMask operator&(ProbeMask a, ProbeMask b) { return ProbeMask(a.mask | b.mask); }
  friend constexpr ProbeMask operator|(ProbeMask a, ProbeMask b) { return ProbeMask(a.mask | b.mask); }
  friend constexpr ProbeMask operator!(ProbeMask a) { return a; }
  friend constexpr Probe select(ProbeMask c, Probe a, Probe b);
};

class Probe {
 public:
  unsigned mask = 0;
  bool untouched = false;  // an argument as it was given
  constexpr Probe() = default;
  template <Number N>
  constexpr Probe(N) {}  // a number reads nothing
  // Braces give the mask itself: Probe{4} is the argument that bit 4 stands for.
  constexpr Probe(std::initializer_list<unsigned> bits) {
    for (unsigned bit : bits) mask |= bit;
    untouched = true;
  }

  friend constexpr Probe operator+(Probe a, Probe b) { return either(a, b); }
  friend constexpr Probe operator-(Probe a, Probe b) { return either(a, b); }
  friend constexpr Probe operator*(Probe a, Probe b) { return either(a, b); }
  friend constexpr Probe operator/(Probe a, Probe b) { return either(a, b); }
  friend constexpr Probe operator-(Probe a) { return either(a, a); }

  friend constexpr ProbeMask operator==(Probe a, Probe b) { return compared(a, b); }
  friend constexpr ProbeMask operator!=(Probe a, Probe b) { return compared(a, b); }
  friend constexpr ProbeMask operator<(Probe a, Probe b) { return compared(a, b); }
  friend constexpr ProbeMask operator<=(Probe a, Probe b) { return compared(a, b); }
  friend constexpr ProbeMask operator>(Probe a, Probe b) { return compared(a, b); }
  friend constexpr ProbeMask operator>=(Probe a, Probe b) { return compared(a, b); }

  friend constexpr Probe fma(Probe a, Probe b, Probe c) { return either(either(a, b), c); }
#define GRADUS_WORD(word) \
  friend constexpr Probe word(Probe a) { return either(a, a); }
  GRADUS_WORDS_OF_ONE(GRADUS_WORD)
#undef GRADUS_WORD
#define GRADUS_WORD(word) \
  friend constexpr Probe word(Probe a, Probe b) { return either(a, b); }
  GRADUS_WORDS_OF_TWO(GRADUS_WORD)
#undef GRADUS_WORD

 private:
  static constexpr Probe either(Probe a, Probe b) {
    Probe made;
    made.mask = a.mask | b.mask;
    return made;
  }
  static constexpr ProbeMask compared(Probe a, Probe b) { return ProbeMask(a.mask | b.mask); }
};

constexpr Probe select(ProbeMask c, Probe a, Probe b) {
  Probe made = a + b;
  made.mask |= c.mask;
  return made;
}

}  // namespace gradus::lang
