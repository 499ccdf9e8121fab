// Sine and cosine of large arguments (|x| >= 2^17), one at a time and exactly reduced: the rare way out of
// the vector code, the same for every lane kind.
#pragma once

namespace gradus::lang {

double sin_of_large(double x);
double cos_of_large(double x);
float sin_of_large(float x);
float cos_of_large(float x);

}  // namespace gradus::lang
