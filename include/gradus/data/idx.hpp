// IDX files, the format of MNIST: big-endian sizes and then the values. Plain or gzipped, seen from the content.
#pragma once
#include <string>

#include "dataset.hpp"

namespace gradus::data {

// Any IDX file of rank 1 to 64 without empty axes. u8 stays; i8, i16 and i32 become i64; f32 and f64 stay. DataError with
// "file: offset N" for another magic, sizes that the bytes do not hold, or bytes left over.
Tensor read_idx(const std::string& file);

// Images (u8 [n, h, w]) as f32 [n, 1, h, w] in 0..1.
Tensor read_idx_images(const std::string& file);
// Labels (u8 [n]) as i64 [n], each below `classes`; DataError names the row of one that is not.
Tensor read_idx_labels(const std::string& file, std::int64_t classes);

}  // namespace gradus::data
