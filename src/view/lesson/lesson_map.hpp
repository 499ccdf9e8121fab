// The plane of two inputs in 0..1, with the line of each hidden unit.
#pragma once
#include <string>
#include <vector>

namespace gradus::inspect {

struct Map {
  std::string title;
  std::vector<double> weight, bias;  // of hidden units: weight[2 * unit + input]
  std::vector<double> outputs;       // at (0, 0), (0, 1), (1, 0), (1, 1)
};
// Several maps side by side; `targets` of the four corners.
std::string map_svg(const std::vector<Map>& maps, const std::vector<double>& targets);

}  // namespace gradus::inspect
