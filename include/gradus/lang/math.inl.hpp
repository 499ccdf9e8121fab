// The elementary functions, written once. Included inside gradus::lang for Scalar and inside each SIMD
// target's namespace for Pack: no include guard, no #include. (First version: libm, lane by lane.)
template <lang::Lane V>
V exp(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_expf(a); }, x);
  else return each_lane(+[](double a) { return __builtin_exp(a); }, x);
}
template <lang::Lane V>
V expm1(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_expm1f(a); }, x);
  else return each_lane(+[](double a) { return __builtin_expm1(a); }, x);
}
template <lang::Lane V>
V log(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_logf(a); }, x);
  else return each_lane(+[](double a) { return __builtin_log(a); }, x);
}
template <lang::Lane V>
V log1p(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_log1pf(a); }, x);
  else return each_lane(+[](double a) { return __builtin_log1p(a); }, x);
}
template <lang::Lane V>
V tanh(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_tanhf(a); }, x);
  else return each_lane(+[](double a) { return __builtin_tanh(a); }, x);
}
template <lang::Lane V>
V sin(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_sinf(a); }, x);
  else return each_lane(+[](double a) { return __builtin_sin(a); }, x);
}
template <lang::Lane V>
V cos(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_cosf(a); }, x);
  else return each_lane(+[](double a) { return __builtin_cos(a); }, x);
}
template <lang::Lane V>
V erf(V x) {
  if constexpr (sizeof(typename V::element) == 4) return each_lane(+[](float a) { return __builtin_erff(a); }, x);
  else return each_lane(+[](double a) { return __builtin_erf(a); }, x);
}
template <lang::Lane V>
V power(V x, V) {
  return x;
}
