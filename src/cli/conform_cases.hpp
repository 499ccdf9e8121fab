// Where the cases of the ONNX backend tests lie: folders with a model.onnx and test_data_set_N/{input,output}_N.pb, in a folder
// at any depth, or in a .tar.gz.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <gradus/formats/onnx.hpp>

namespace gradus::cli {

struct FoundCase {
  std::string name;  // the last two folders, such as "node/test_abs"
  std::function<onnx::Case()> load;
};

// Sorted by name. UsageError when there is none.
std::vector<FoundCase> find_cases(const std::string& path);

}  // namespace gradus::cli
