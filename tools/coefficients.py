"""Computes the constants of the elementary functions (include/gradus/lang/constants.hpp).

    python3 tools/coefficients.py > include/gradus/lang/constants.hpp

Needs mpmath. Each polynomial is the minimax fit (Remez exchange) of a smooth function on an interval, with the
error weighted as the formula in math.inl.hpp uses it. Errors in units of 2^-24 and 2^-53 go to standard error.
"""
import struct
import sys
from mpmath import (bernoulli, cbrt, cos, digamma, erf, erfc, exp, factorial, findroot, floor, log, loggamma, lu_solve, matrix,
                    mp, mpf, pi, sqrt)

mp.dps = 60


def remez(function, weight, low, high, count):
    """Coefficients c of the polynomial with `count` terms that makes max |weight * (function - p)| least."""
    low, high = mpf(low), mpf(high)
    points = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / count) for i in range(count + 1)]
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (40 * count)) for i in range(40 * count + 1)]
    values = [(t, function(t), weight(t)) for t in grid]
    for _ in range(12):
        system, right = matrix(count + 1, count + 1), matrix(count + 1, 1)
        for row, t in enumerate(points):
            for column in range(count):
                system[row, column] = t ** column
            system[row, count] = (-1) ** row / weight(t)
            right[row] = function(t)
        solution = lu_solve(system, right)
        c = [solution[i] for i in range(count)]
        errors = [(w * (f - evaluate(c, t)), t) for t, f, w in values]
        # The extreme of each run of errors of one sign.
        extremes = []
        for e, t in errors:
            if extremes and (extremes[-1][0] > 0) == (e > 0):
                if abs(e) > abs(extremes[-1][0]):
                    extremes[-1] = (e, t)
            else:
                extremes.append((e, t))
        while len(extremes) > count + 1:
            extremes.pop(0 if abs(extremes[0][0]) < abs(extremes[-1][0]) else -1)
        worst = max(abs(e) for e, _ in errors)
        if len(extremes) < count + 1 or worst < abs(solution[count]) * mpf('1.01'):
            break
        points = [t for _, t in extremes]
    return c, worst


def evaluate(c, t):
    total = mpf(0)
    for value in reversed(c):
        total = total * t + value
    return total


def series(first, ratio):
    """A power series given by its first term and the ratio of term k+1 to term k, for arguments near zero."""
    def at(t):
        term, total, k = mpf(first), mpf(0), 0
        while abs(term) > mpf(10) ** -58 and k < 400:
            total += term
            term *= ratio(k) * t
            k += 1
        return total
    return at


def rounded(value, single):
    if single:
        return struct.unpack('f', struct.pack('f', float(value)))[0]
    return float(value)


def literal(value, single):
    value = rounded(value, single)
    text = repr(value)
    if single:
        text = next(t for t in ('%.*g' % (d, value) for d in range(1, 10)) if rounded(float(t), True) == value)
    if not any(mark in text for mark in '.e'):
        text += '.0'
    return text + ('f' if single else '')


def split(value, bits):
    """`value` as a head of `bits` bits and the rest, so that small multiples of the head are exact."""
    unit = mpf(2) ** (floor(log(value, 2)) + 1 - bits)
    head = floor(value / unit + mpf(1) / 2) * unit
    return head, value - head


def parts(value, single, count):
    result = []
    for _ in range(count):
        result.append(mpf(rounded(value, single)))
        value -= result[-1]
    return result


# (1 / (2k + 3)) z^k and so on: what is left of atanh(s) / s after one and after two terms.
atanh_tail1 = series(mpf(2) / 3, lambda k: mpf(2 * k + 3) / (2 * k + 5))
atanh_tail2 = series(mpf(1) / 5, lambda k: mpf(2 * k + 5) / (2 * k + 7))
exp_tail = series(mpf(1) / 2, lambda k: mpf(1) / (k + 3))
sin_tail = series(-mpf(1) / 6, lambda k: -mpf(1) / ((2 * k + 4) * (2 * k + 5)))
cos_tail = series(mpf(1) / 24, lambda k: -mpf(1) / ((2 * k + 5) * (2 * k + 6)))


def erf_tail(z):
    x = sqrt(z)
    return (erf(x) / x if z > mpf(10) ** -30 else 2 / sqrt(pi)) - 1


exp2_tail = series(log(2) ** 2 / 2, lambda k: log(2) / (k + 3))
sinh_tail = series(mpf(1) / 6, lambda k: mpf(1) / ((2 * k + 4) * (2 * k + 5)))
asin_tail = series(mpf(1) / 6, lambda k: mpf(2 * k + 3) ** 2 / ((2 * k + 4) * (2 * k + 5)))
asinh_tail = series(-mpf(1) / 6, lambda k: -mpf(2 * k + 3) ** 2 / ((2 * k + 4) * (2 * k + 5)))
atan_tail = series(-mpf(1) / 3, lambda k: -mpf(2 * k + 3) / (2 * k + 5))


def around(function, place, at_place):
    """function(place + u) / u, which is `at_place` at u = 0."""
    return lambda u: function(place + u) / u if abs(u) > mpf(10) ** -25 else at_place


gamma1 = around(loggamma, 1, digamma(1))
gamma2 = around(loggamma, 2, digamma(2))
digamma_root = findroot(digamma, mpf('1.4616'))
psi_slope = around(digamma, digamma_root, digamma(digamma_root + mpf(10) ** -25) * mpf(10) ** 25)
stirling_constant = (log(2 * pi) - 1) / 2


def stirling(z):
    if z < mpf(10) ** -20:
        return mpf(1) / 12 - z / 360
    x = 1 / sqrt(z)
    return x * (loggamma(x) - (x - mpf(1) / 2) * (log(x) - 1) - stirling_constant)


def psi_far(z):
    if z < mpf(10) ** -20:
        return mpf(1) / 12 - z / 120
    x = 1 / sqrt(z)
    return (log(x) - 1 / (2 * x) - digamma(x)) / z


# (1 + 2 x) e^(x^2) erfc(x) bends little as a function of (x - erfcx_centre) / (x + erfcx_centre).
erfcx_centre = mpf('3.75')
ndtr_scale = mpf('0.3')


def erfcx(t):
    x = erfcx_centre * (1 + t) / (1 - t)
    return (1 + 2 * x) * exp(x * x) * erfc(x)


def erfcx_place(x):
    return (mpf(x) - erfcx_centre) / (mpf(x) + erfcx_centre)


half_ln2, z_log, z_trig = log(2) / 2 * mpf('1.001'), mpf('0.02946'), (pi / 4 * mpf('1.02')) ** 2
# name, comment, function, weight, interval, number of terms for float and for double
polynomials = [
    ('exp', 'e^r = 1 + r + r^2 p(r), |r| <= ln2 / 2', exp_tail, lambda r: abs(r) + mpf('0.01'),
     (-half_ln2, half_ln2), 5, 10),
    ('log', '2 atanh(s) = 2 s + s z p(z), z = s^2', atanh_tail1, lambda z: z / 2 + mpf(10) ** -9, (0, z_log), 3, 7),
    ('pow', 'atanh(s) = s + s z / 3 + s z^2 p(z)', atanh_tail2, lambda z: z * z + mpf(10) ** -9, (0, z_log), 3, 8),
    ('sin', 'sin(r) = r + r z p(z), |r| <= pi / 4', sin_tail, lambda z: z + mpf(10) ** -9, (0, z_trig), 3, 7),
    ('cos', 'cos(r) = 1 - z / 2 + z^2 p(z)', cos_tail, lambda z: z * z * mpf('1.3') + mpf(10) ** -9, (0, z_trig), 3, 6),
    ('exp2', '2^r = 1 + r ln2 + r^2 p(r), |r| <= 1 / 2', exp2_tail, lambda r: abs(r) + mpf('0.01'),
     (-mpf('0.5'), mpf('0.5')), 5, 10),
    ('sinh', 'sinh(x) = x + x z p(z), |x| <= 1', sinh_tail, lambda z: z + mpf(10) ** -9, (0, 1), 4, 7),
    ('cbrt', 'cbrt(m) to start from, 0.35 <= m <= 2.83', cbrt, lambda m: 1 / cbrt(m),
     (mpf('0.35'), mpf('2.83')), 4, 5),
    ('asin', 'asin(x) = x + x z p(z), |x| <= 1 / 2', asin_tail, lambda z: z + mpf(10) ** -9, (0, mpf('0.2501')), 5, 13),
    ('atan', 'atan(x) = x + x z p(z), |x| <= tan(pi / 8)', atan_tail, lambda z: z + mpf(10) ** -9,
     (0, mpf('0.1717')), 5, 11),
    ('asinh', 'asinh(x) = x + x z p(z), |x| <= 1 / 2', asinh_tail, lambda z: z + mpf(10) ** -9,
     (0, mpf('0.2501')), 5, 13),
    ('gamma1', 'lgamma(1 + u) = u p(u), |u| <= 0.3', gamma1, lambda u: 1 / abs(gamma1(u)),
     (-mpf('0.301'), mpf('0.301')), 9, 20),
    ('gamma_least', 'lgamma(1.5 + u) = p(u), |u| <= 0.2', lambda u: loggamma(u + mpf('1.5')),
     lambda u: 1 / abs(loggamma(u + mpf('1.5'))), (-mpf('0.201'), mpf('0.201')), 8, 15),
    ('gamma2', 'lgamma(2 + u) = u p(u), -0.3 <= u <= 0.7', gamma2, lambda u: 1 / abs(gamma2(u)),
     (-mpf('0.301'), mpf('0.701')), 8, 19),
    ('stirling', 'lgamma(x) = (x - 1 / 2) (log(x) - 1) + stirling + p(z) / x, z = 1 / x^2, x >= 8', stirling,
     lambda z: mpf('0.02'), (0, mpf(1) / 64), 3, 7),
    ('psi', 'digamma(x) = (x - root) p(x - 3 / 2), 1 <= x <= 2',
     lambda u: psi_slope(u + mpf('1.5') - digamma_root), lambda u: 1 / abs(psi_slope(u + mpf('1.5') - digamma_root)),
     (-mpf('0.5'), mpf('0.5')), 11, 23),
    ('psi_far', 'digamma(x) = log(x) - 1 / (2 x) - z p(z), z = 1 / x^2, x >= 8', psi_far, lambda z: mpf('0.01'),
     (0, mpf(1) / 64), 3, 7),
    ('erf', 'erf(x) = x + x p(z), |x| <= 1', erf_tail, lambda z: mpf(1), (0, 1), 7, 13),
]


def listed(line, items):
    """Prints `line` and the items, broken as clang-format would."""
    for i, item in enumerate(items):
        item += ', ' if i + 1 < len(items) else '};'
        if len(line) + len(item.rstrip()) > 118:
            print(line.rstrip())
            line = '      '
        line += item
    print(line)


def write(single):
    kind, bits, short = ('float', 24, 16) if single else ('double', 53, 42)
    out = lambda value: literal(value, single)
    print(f'template <>\nstruct Constants<{kind}> {{')
    head, rest = split(log(2), short)
    print(f'  static constexpr {kind} log2_e = {out(1 / log(2))};')
    print(f'  static constexpr {kind} ln2_head = {out(head)}, ln2_rest = {out(rest)};  // n * head is exact')
    print(f'  static constexpr {kind} two_over_pi = {out(2 / pi)};')
    for i, part in enumerate(parts(pi / 2, single, 3)):
        print(f'  static constexpr {kind} half_pi_{i + 1} = {out(part)};')
    third = parts(mpf(1) / 3, single, 2)
    for name, value in (('three_quarter_pi', 3 * pi / 4), ('log2_e_twin', 1 / log(2)), ('log10_e_twin', 1 / log(10)),
                        ('digamma_root', digamma_root), ('stirling', stirling_constant)):
        print(f'  static constexpr {kind} {name}[] = {{{", ".join(out(v) for v in parts(value, single, 2))}}};')
    print(f'  static constexpr {kind} ln2 = {out(log(2))}, pi = {out(pi)};')
    print(f'  static constexpr {kind} erfcx_centre = {out(erfcx_centre)};')
    if single:
        print(f'  static constexpr {kind} ndtr_scale = {out(ndtr_scale)};')
    print('  // B_2j / (2j)!, of the Euler-Maclaurin sum')
    listed(f'  static constexpr {kind} bernoulli[] = {{',
           [out(bernoulli(2 * j) / factorial(2 * j)) for j in range(1, 5 if single else 11)])
    print(f'  static constexpr {kind} third = {out(third[0])}, third_rest = {out(third[1])};')
    for name, comment, function, weight, (low, high), few, many in polynomials + [erfc_fit(single), erfcx_fit(single)] + [ndtr_fit()] * single:
        c, worst = remez(function, weight, low, high, few if single else many)
        exact, c = c, [mpf(rounded(v, single)) for v in c]
        after = max(abs(weight(t) * (function(t) - evaluate(c, t)))
                    for t in (low + (high - low) * mpf(i) / 200 for i in range(201)))
        print(f'{kind:7} {name:5} {float(worst * 2 ** bits):.4f} rounded {float(after * 2 ** bits):.4f}', file=sys.stderr)
        print(f'  // {comment}')
        listed(f'  static constexpr {kind} {name}_p[] = {{', [out(value) for value in c])
        if name == 'erfcx':
            print(f'  static constexpr {kind} erfcx_rest = {out(exact[0] - c[0])};  // of the first')
    print('};\n')


def erfc_fit(single):
    return ('erfc', f'erfc(x) = e^-p(x - 1), 1 <= x <= {4 if single else 6}', lambda t: -log(erfc(t + 1)),
            lambda t: erfc(t + 1) + mpf(10) ** (-9 if single else -17), (mpf(0), mpf(3 if single else 5)), 8, 20)


def erfcx_fit(single):
    end = 11 if single else 28
    return ('erfcx', f'(1 + 2 x) e^(x^2) erfc(x) = p((x - centre) / (x + centre)), 1 / 2 <= x <= {end}', erfcx,
            lambda t: 1 / erfcx(t), (erfcx_place('0.5'), erfcx_place(end)), 11, 22)


# e^(a^2 / 2) ndtr(-a) as a function of u = ca / (1 + ca): what counts is the error of ndtr, and a little that of the ratio.
def ndtr_fit():
    ratio = lambda u: exp(place(u) ** 2 / 2) * erfc(place(u) / sqrt(2)) / 2
    place = lambda u: u / (1 - u) / ndtr_scale
    return ('ndtr', 'ndtr(-a) = e^(-a^2 / 2) p(u), u = scale a / (1 + scale a), 0 <= a <= 14', ratio,
            lambda u: exp(-place(u) ** 2 / 2) + 1 / (32 * ratio(u)), (0, 14 * ndtr_scale / (1 + 14 * ndtr_scale)), 9, 9)


print('''// The constants of the elementary functions. Written by tools/coefficients.py; do not edit by hand.
// clang-format off
#pragma once

namespace gradus::lang {

template <class T>
struct Constants;
''')
write(True)
write(False)
print('}  // namespace gradus::lang')
