// A small picture as text that stands in a page itself: data:image/png;base64,...
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace gradus::inspect {

// `pixels`: channels (1 or 3) one after the other, each row by row, 0 to 255.
std::string png_uri(std::span<const std::uint8_t> pixels, int channels, int height, int width);

}  // namespace gradus::inspect
