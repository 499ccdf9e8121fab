// Which instruction sets the kernels are compiled for: AVX-512, AVX2, NEON and whatever the compiler's own
// flags allow. Include it before any Highway header. The scalable ones (SVE, RVV) have no sized vector type
// and cannot be wrapped in a class; the others would only make the build longer.
#pragma once
#ifdef HIGHWAY_HWY_DETECT_TARGETS_H_
#error "lang/targets.hpp must come before the Highway headers"
#endif
#define HWY_DISABLED_TARGETS                                                                        \
  (HWY_AVX3_DL | HWY_SSE4 | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | \
   HWY_WASM_EMU256)

#include <string>
#include <vector>

namespace gradus::lang {
std::vector<std::string> target_names();  // those that this build has kernels for and this machine can run, the best first
// Obeys GRADUS_TARGET=avx512|avx2|neon|scalar in the environment: kernels for this instruction set alone, for tests. ValueError when
// this machine or this build has none of that name.
void choose_target();
}  // namespace gradus::lang

// What `get` gives for the best instruction set of this machine, or for the chosen one.
#define GRADUS_DISPATCH(get) (::gradus::lang::choose_target(), HWY_DYNAMIC_DISPATCH(get)())
