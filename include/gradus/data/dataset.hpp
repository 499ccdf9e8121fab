// Dataset: samples and their targets in memory. Split: what to train on, and what is read once at the end.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../tensor.hpp"

namespace gradus::data {

struct Dataset {
  std::string name;
  Tensor x;                           // f32 [n, sample_shape...]; of text i64 [n, T]: numbers of symbols, which `classes` names
  Tensor y;                           // classes: i64 [n], or [n, T] for each place; regression and other vector targets: f32 [n, k]
  std::vector<std::string> classes;   // the name of class 0, 1, ...; empty when y is not a class
  std::vector<std::string> features;  // the names of the columns of x when it is [n, f] from a table, else empty
  std::vector<std::string> targets;   // the names of the columns of y when it is [n, k], else empty
  Shape sample_shape;                 // of one sample as it was meant: [1, 28, 28]; flat() leaves it
  std::vector<std::string> notes;     // what was done with the data that a user should know; for printing

  std::int64_t size() const { return x.defined() ? x.size(0) : 0; }
  bool is_classification() const { return !classes.empty(); }
  bool is_text() const { return x.defined() && x.dtype() == Dtype::i64; }
  bool is_windows() const { return is_text() && y.defined() && y.rank() == 2; }  // of one text, in its order
  std::int64_t outputs() const;  // how many outputs a network needs: classes, or the k of y
};

// The same samples as rows, [n, f]: for dense networks. Shares the memory.
Dataset flat(Dataset dataset);

// The chosen rows, in the given order; ValueError for a row that is not there.
Dataset rows(const Dataset& dataset, std::span<const std::int64_t> chosen);

struct HeldOut {
  Dataset train, validation;
};
// Takes round(fraction * n) rows (at least one, never all) out of `dataset`: which ones is a pure function of the seed. The
// rows keep their order. ValueError unless 0 < fraction < 1 and there are two rows.
HeldOut validation(const Dataset& dataset, double fraction, std::uint64_t seed);

// Shapes and a 64-bit hash of the bytes of x and y: any other row, order or scale makes another text. No secret, and no proof
// against somebody who looks for an equal one.
std::string fingerprint(const Dataset& dataset);

// y read as numbers, f32 [n, 1], for losses on numbers; a data set that is not of classes stays as it is.
Dataset as_numbers(Dataset dataset);

}  // namespace gradus::data
