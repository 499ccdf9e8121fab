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
