// Sine, cosine and tangent of large arguments (|x| >= 2^17), one at a time and exactly reduced; rests of large quotients: the rare way out of
// the vector code, the same for every lane kind.
#pragma once

namespace gradus::lang {

double sin_of_large(double x);
double cos_of_large(double x);
float sin_of_large(float x);
float cos_of_large(float x);
double tan_of_large(double x);
float tan_of_large(float x);
double rest_of_large(double x, double y);  // fmod
float rest_of_large(float x, float y);

}  // namespace gradus::lang
