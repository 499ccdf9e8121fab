// Data sets made by formula. Points in the plane have classes; truth tables have numbers, f32 [n, 1], for sigmoid outputs.
// Equal arguments give equal data on every machine up to the last bits of sin, cos and log.
#pragma once
#include "dataset.hpp"

namespace gradus::data {

// `part` 0 is for training, 1 for test: other points of the same kind. Row i has class i % classes, so classes are balanced.
Dataset moons(std::int64_t rows, double noise, std::uint64_t seed, int part = 0);    // two half circles that interlock
Dataset circles(std::int64_t rows, double noise, std::uint64_t seed, int part = 0);  // radius 1, and 0.5 within it
Dataset spirals(std::int64_t rows, std::int64_t arms, double noise, std::uint64_t seed, int part = 0);

Dataset xor_table();                  // x [4, 2], y [4, 1]
Dataset parity(std::int64_t bits);    // all 2^bits rows; y is 1 when an odd number of bits is set
Dataset symmetry(std::int64_t bits);  // all 2^bits rows; y is 1 when the bits read the same from both ends
Dataset encoder(std::int64_t units);  // the identity: x = y = one-hot [units, units]

}  // namespace gradus::data
