// The constants of the elementary functions. Written by tools/coefficients.py; do not edit by hand.
// clang-format off
#pragma once

namespace gradus::lang {

template <class T>
struct Constants;

template <>
struct Constants<float> {
  static constexpr float log2_e = 1.442695f;
  static constexpr float ln2_head = 0.69314575f, ln2_rest = 1.4286068e-06f;  // n * head is exact
  static constexpr float two_over_pi = 0.63661975f;
  static constexpr float half_pi_1 = 1.5707964f;
  static constexpr float half_pi_2 = -4.371139e-08f;
  static constexpr float half_pi_3 = -1.7151245e-15f;
  static constexpr float third = 0.33333334f, third_rest = -9.934108e-09f;
  // e^r = 1 + r + r^2 p(r), |r| <= ln2 / 2
  static constexpr float exp_p[] = {0.5f, 0.16666543f, 0.04166628f, 0.008366523f, 0.0013946614f};
  // 2 atanh(s) = 2 s + s z p(z), z = s^2
  static constexpr float log_p[] = {0.66666776f, 0.3997751f, 0.29872733f};
  // atanh(s) = s + s z / 3 + s z^2 p(z)
  static constexpr float pow_p[] = {0.20000076f, 0.14273547f, 0.117098f};
  // tanh(x) = x + x z p(z), |x| <= 0.625
  static constexpr float tanh_p[] = {-0.33333284f, 0.13331491f, -0.053743392f, 0.02065014f, -0.005716465f};
  // sin(r) = r + r z p(z), |r| <= pi / 4
  static constexpr float sin_p[] = {-0.16666654f, 0.008332084f, -0.00019504323f};
  // cos(r) = 1 - z / 2 + z^2 p(z)
  static constexpr float cos_p[] = {0.041666646f, -0.0013887243f, 2.4423876e-05f};
  // erf(x) = x + x p(z), |x| <= 1
  static constexpr float erf_p[] = {0.12837917f, -0.37612626f, 0.112836f, -0.026854446f, 0.0051895366f,
      -0.00080208457f, 7.889119e-05f};
  // erfc(x) = e^-p(x - 1), 1 <= x <= 4
  static constexpr float erfc_p[] = {1.8496056f, 2.6389675f, 0.8431071f, 0.041563477f, -0.010046447f, 0.0020119601f,
      -0.00028952459f, 2.1686074e-05f};
};

template <>
struct Constants<double> {
  static constexpr double log2_e = 1.4426950408889634;
  static constexpr double ln2_head = 0.6931471805598903, ln2_rest = 5.497923018708371e-14;  // n * head is exact
  static constexpr double two_over_pi = 0.6366197723675814;
  static constexpr double half_pi_1 = 1.5707963267948966;
  static constexpr double half_pi_2 = 6.123233995736766e-17;
  static constexpr double half_pi_3 = -1.4973849048591698e-33;
  static constexpr double third = 0.3333333333333333, third_rest = 1.850371707708594e-17;
  // e^r = 1 + r + r^2 p(r), |r| <= ln2 / 2
  static constexpr double exp_p[] = {0.5000000000000006, 0.16666666666666685, 0.0416666666665775,
      0.008333333333314595, 0.0013888888931440648, 0.00019841269903135702, 2.4801505329768083e-05,
      2.755722778656458e-06, 2.762604229368331e-07, 2.5114544475043662e-08};
  // 2 atanh(s) = 2 s + s z p(z), z = s^2
  static constexpr double log_p[] = {0.6666666666666735, 0.399999999994127, 0.28571428742908067, 0.22222198511578842,
      0.1818356793738, 0.15313948263334995, 0.14797066068032633};
  // atanh(s) = s + s z / 3 + s z^2 p(z)
  static constexpr double pow_p[] = {0.1999999999999999, 0.14285714285722595, 0.11111111108758859,
      0.09090909436315041, 0.07692278356077067, 0.0666816177983086, 0.058373466639699556, 0.05995029809798461};
  // tanh(x) = x + x z p(z), |x| <= 0.625
  static constexpr double tanh_p[] = {-0.33333333333332876, 0.13333333333264788, -0.053968253932424146,
      0.021869487600639666, -0.008863221301941355, 0.00359199143103715, -0.0014549697583834667, 0.0005863501293502054,
      -0.00022862846691853585, 7.72137313358004e-05, -1.6104870926330048e-05};
  // sin(r) = r + r z p(z), |r| <= pi / 4
  static constexpr double sin_p[] = {-0.16666666666666666, 0.00833333333333332, -0.00019841269841251936,
      2.755731921256023e-06, -2.505210448632744e-08, 1.6058312438845978e-10, -7.57601406504873e-13};
  // cos(r) = 1 - z / 2 + z^2 p(z)
  static constexpr double cos_p[] = {0.04166666666666658, -0.0013888888888870924, 2.4801587287425412e-05,
      -2.7557313744037944e-07, 2.087563897604595e-09, -1.135521311150437e-11};
  // erf(x) = x + x p(z), |x| <= 1
  static constexpr double erf_p[] = {0.1283791670955126, -0.3761263890318375, 0.11283791670954885,
      -0.026866170645077875, 0.005223977624828431, -0.0008548326981425542, 0.0001205533113295582,
      -1.4925595772180906e-05, 1.64610084778027e-06, -1.6350396222864617e-07, 1.466032872274226e-08,
      -1.137495573607015e-09, 5.960685338520971e-11};
  // erfc(x) = e^-p(x - 1), 1 <= x <= 6
  static constexpr double erfc_p[] = {1.8496055099332482, 2.638967514234791, 0.8431072563585149, 0.04156109804576123,
      -0.010033825424135948, 0.001977902940469182, -0.00023732429299346778, -2.627183038145818e-05,
      2.7144737389367872e-05, -9.583896325448592e-06, 2.02740194299471e-06, -1.1135656310067352e-07,
      -1.20731892719698e-07, 6.489885950769316e-08, -2.0244659276919284e-08, 4.487764332830956e-09,
      -7.197511962000229e-10, 7.992974570814307e-11, -5.50727520074441e-12, 1.7715760909635232e-13};
};

}  // namespace gradus::lang
