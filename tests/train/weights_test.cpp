// Weights that PyTorch has trained, in our layers: names, shapes and meaning are the same, or the digits would not be read.
#include <cstdlib>

#include <gradus/base/file.hpp>
#include <gradus/train.hpp>
#include <gtest/gtest.h>

namespace gradus::train {
namespace {

struct Cnn {  // its fields have the names that the file has
  nn::Conv2d conv1{1, 8, 3}, conv2{8, 16, 3}, conv3{16, 24, 3};
  nn::BatchNorm2d norm1{24};
  nn::Linear fc1{11616, 32}, fc2{32, 10};
  nn::BatchNorm1d norm2{10};
  Tensor operator()(const Tensor& x) const {
    const Tensor pictures = norm1(relu(conv3(relu(conv2(relu(conv1(x)))))));
    return norm2(fc2(relu(fc1(flatten(pictures, 1)))));
  }
};

TEST(Weights, of_a_network_that_pytorch_trained_read_digits) {
  const char* root = std::getenv("GRADUS_DATA");
  const std::string file = std::string(root ? root : "") + "/safetensors/mnist_cnn.safetensors";
  if (!root || path_kind(file) != PathKind::file || path_kind(std::string(root) + "/mnist") != PathKind::folder) {
    GTEST_SKIP() << "safetensors/mnist_cnn.safetensors and mnist are not here (GRADUS_DATA)";
  }
  Cnn net;
  load(net, file);
  data::Dataset test = data::load({.set = "mnist"}).test;
  test.x = (test.x[{0, 1000}] - 0.1307) / 0.3081;  // as it was trained
  test.y = test.y[{0, 1000}];
  const Figures figures = evaluate(net, nn::loss_by_name("cross_entropy"), {.kind = Metric::Kind::accuracy}, test, 100);
  EXPECT_GT(figures.metric, 0.97);
}

}  // namespace
}  // namespace gradus::train
