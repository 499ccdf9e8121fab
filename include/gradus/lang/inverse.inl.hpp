// The inverse circular and hyperbolic functions, like math.inl.hpp and after it: no include guard, no #include.

// ---- inverse circular functions

// asin(x) for 1/2 < x <= 1 is pi / 2 - 2 h, with h = asin(sqrt((1 - x) / 2)); NaN above 1.
template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> half_of_acos(V x) {
  const V w = (1 - x) * 0.5;
  const auto root = root_of(Twin<V>(w, V(0)));
  return Twin<V>(root.head, fma(root.head * w, polynomial(w, lang::Constants<typename V::element>::asin_p), root.rest));
}

template <lang::Lane V>
V asin(V x) {
  using C = lang::Constants<typename V::element>;
  const V a = abs(x), z = x * x;
  const V near = fma(a * z, polynomial(z, C::asin_p), a);
  const auto h = half_of_acos(a);
  const auto sum = sum_of(V(C::half_pi_1), -2 * h.head);
  const V far = sum.head + (sum.rest + (C::half_pi_2 - 2 * h.rest));
  return with_sign(select(a > 0.5, far, near), x);
}

template <lang::Lane V>
V acos(V x) {
  using C = lang::Constants<typename V::element>;
  const V a = abs(x), z = x * x;
  const auto h = half_of_acos(a);
  const auto near = sum_of(V(C::half_pi_1), -x), low = sum_of(V(C::half_pi_1), -h.head);
  const V middle = near.head + (near.rest + (C::half_pi_2 - x * z * polynomial(z, C::asin_p)));
  const V right = h.head + h.rest, left = low.head + (low.rest + (C::half_pi_2 - h.rest));
  return select(a > 0.5, 2 * select(x > 0, right, left), middle);
}

// The angle of the point (x, y) with x, y >= 0, not both 0 and both of a moderate size; pi minus it where `behind`. The angle
// is q from the nearest of 0, pi / 4 and pi / 2 on.
template <lang::Lane V>
V angle_of(V y, V x, typename V::Mask behind) {
  using C = lang::Constants<typename V::element>;
  constexpr double edge = 0.41421356237309503;  // tan(pi / 8)
  const auto steep = x < y * edge, flat = y < x * edge;
  const auto sum = sum_of_any(y, x), difference = sum_of_any(y, -x);
  const V top = select(flat, y, select(steep, -x, difference.head)), top_rest = select(flat | steep, 0, difference.rest);
  const V bottom = select(flat, x, select(steep, y, sum.head)), bottom_rest = select(flat | steep, 0, sum.rest);
  const auto q = quotient_of(Twin<V>(top, top_rest), Twin<V>(bottom, bottom_rest));
  const V z = q.head * q.head;
  const V head = select(behind, -q.head, q.head);
  const V small = fma(q.head * z, polynomial(z, C::atan_p), q.rest), rest = select(behind, -small, small);
  const V base = select(flat, select(behind, 2 * C::half_pi_1, 0),
                        select(steep, C::half_pi_1, select(behind, C::three_quarter_pi[0], C::half_pi_1 / 2)));
  const V base_rest = select(flat, select(behind, 2 * C::half_pi_2, 0),
                             select(steep, C::half_pi_2, select(behind, C::three_quarter_pi[1], C::half_pi_2 / 2)));
  const auto total = sum_of(base, head);
  return select(flat & !behind, q.head + small, total.head + (total.rest + (base_rest + rest)));
}

template <lang::Lane V>
[[gnu::always_inline]] inline V atan(V x) {
  constexpr double huge = 1e30;  // from here on the angle is pi / 2
  const V a = abs(x), bounded = select(a > huge, huge, a);
  return with_sign(angle_of(bounded, V(1), bounded < 0), x);
}

template <lang::Lane V>
V angle_of_point(V y, V x) {
  using T = typename V::element;
  constexpr T large = std::numeric_limits<T>::max() / 8, tiny = lang::Layout<T>::least_normal / std::numeric_limits<T>::epsilon();
  const V inf = infinity<V>(), a = abs(y), b = abs(x);
  // Only the quotient counts: infinities are 1 against 0, and sums may not overflow nor products vanish.
  const auto endless = (a == inf) | (b == inf), nowhere = (a == 0) & (b == 0);
  const V up = select(endless, select(a == inf, 1, 0), a), right = select(endless, select(b == inf, 1, 0), select(nowhere, 1, b));
  const V more = max(up, right), scale = select(more > large, 0.125, select(more < tiny, 1 / (tiny * 8), 1));
  const auto behind = !same(sign_bit(x), typename V::Bits(0));
  const V angle = angle_of(up * scale, right * scale, behind);
  return select((x == x) & (y == y), with_sign(angle, y), not_a_number<V>());
}

// ---- inverse hyperbolic functions

// log(2 x) for x beyond the precision of sqrt(x^2 + 1) - x.
template <lang::Lane V>
[[gnu::always_inline]] inline V log_of_twice(V x) {
  const auto p = take_apart(x);
  return log_of(p.m - 1, p.e + 1, V(0));
}

template <lang::Lane V>
V asinh(V x) {
  using C = lang::Constants<typename V::element>;
  const V a = abs(x), z = x * x;
  const V near = fma(a * z, polynomial(z, C::asinh_p), a);
  const auto beyond = a > 1 / lang::Layout<typename V::element>::least_exact;
  const V b = select(beyond, 1, a);
  const auto square = square_of(b);
  auto s = sum_of_any(V(1), square.head);
  s.rest = s.rest + square.rest;
  const auto root = root_of(s);
  const auto w = sum_of(root.head, b);
  const auto p = take_apart(w.head);
  const V middle = log_of(p.m - 1, p.e, (w.rest + root.rest) / w.head);
  const V result = select(a < 0.5, near, select(beyond, log_of_twice(a), middle));
  return select(a < infinity<V>(), with_sign(result, x), x);
}

template <lang::Lane V>
V acosh(V x) {
  const auto beyond = x > 1 / lang::Layout<typename V::element>::least_exact;
  const V t = select(beyond, 1, x) - 1;  // exact
  const auto square = square_of(t);
  auto s = sum_of_any(t + t, square.head);
  s.rest = s.rest + square.rest;
  const auto root = root_of(s);
  const auto u = sum_of(root.head, t);
  const V near = select(u.head == 0, 0, log1p_of(u.head, (u.rest + root.rest) / (1 + u.head)));
  const V result = select(beyond, log_of_twice(x), near);
  return select(x >= 1, select(x < infinity<V>(), result, x), not_a_number<V>());
}

template <lang::Lane V>
V atanh(V x) {
  const V a = abs(x), inside = select(a < 1, a, 0), d = 1 - inside;
  const auto q = quotient_of(Twin<V>(inside + inside, V(0)), Twin<V>(d, (1 - d) - inside));
  const V result = with_sign(0.5 * log1p_of(q.head, q.rest / (1 + q.head)), x);
  return select(a < 1, select(x == 0, x, result), select(a == 1, with_sign(infinity<V>(), x), not_a_number<V>()));
}
