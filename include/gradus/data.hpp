// Layer 9: data sets, file formats, mini-batches.
//   data::Split digits = data::load({.set = "digits"});
//   data::Batches batches(digits.train, {.size = 32, .seed = 1});
//   for (auto& [x, y] : batches.epoch(0)) ...                       // x [32, 1, 8, 8], y [32]
#pragma once
#include "data/batches.hpp"
#include "data/csv.hpp"
#include "data/dataset.hpp"
#include "data/generate.hpp"
#include "data/idx.hpp"
#include "data/preprocessing.hpp"
#include "data/source.hpp"
#include "data/text.hpp"
#include "data/transform.hpp"
