#include <unistd.h>

#include <filesystem>
#include <gradus/nn.hpp>

#include "nn/near.hpp"

namespace gradus {
namespace {

struct Net {
  nn::Linear hidden{2, 3}, out{3, 1};
  State mean{Tensor{0.5, 0.25}};
  Tensor operator()(const Tensor& x) const { return out(tanh(hidden(x - mean.value()))); }
};

class Save : public testing::Test {
 protected:
  std::string path = (std::filesystem::temp_directory_path() / ("gradus-save-" + std::to_string(::getpid()))).string();
  ~Save() override { std::filesystem::remove(path); }
};

TEST_F(Save, what_was_saved_is_loaded) {
  manual_seed(1);
  Net net;
  net.mean.set(Tensor{1, 2});
  save(net, path);
  Net other;
  const Tensor x{{1, 2}, {3, 4}};
  ASSERT_NE(net(x).to_vector(), other(x).to_vector());
  load(other, path);
  EXPECT_EQ(net(x).to_vector(), other(x).to_vector());
  EXPECT_EQ(other.mean.value().to_vector(), (std::vector<double>{1, 2}));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : safetensors::read(path).tensors) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"hidden.bias", "hidden.weight", "mean", "out.bias", "out.weight"}));
}

TEST_F(Save, loading_keeps_the_slots) {
  Net net;
  save(net, path);
  Slot* slot = &net.hidden.weight.slot();
  const std::uint64_t version = slot->version;
  load(net, path);
  EXPECT_EQ(&net.hidden.weight.slot(), slot);
  EXPECT_GT(slot->version, version);
}

TEST_F(Save, errors_name_what_does_not_fit_and_change_nothing) {
  Net net;
  const std::vector<double> before = net.out.weight.value().to_vector();
  std::map<std::string, Tensor> tensors = tensors_of(Net{});
  tensors.erase("hidden.bias");
  tensors["out.bias"] = Tensor::zeros({2});
  tensors["mean"] = Tensor::zeros({2}, Dtype::f64);
  tensors["encoder.weight"] = Tensor::zeros({1});
  safetensors::write(path, tensors);
  EXPECT_EQ(message<DataError>([&] { load(net, path); }),
            "[load] " + path + ": this is not a file of this network: missing: hidden.bias; not known: 'encoder.weight'; "
            "different: mean is f32 [2], given is f64 [2], out.bias is f32 [1], given is f32 [2]");
  EXPECT_EQ(net.out.weight.value().to_vector(), before);
}

TEST_F(Save, a_long_list_of_faults_is_shortened) {
  nn::Sequential deep;
  for (int i = 0; i < 10; ++i) deep.push_back(nn::Linear(1, 1));
  const std::string text = message<DataError>([&] { assign(deep, {}); });
  EXPECT_NE(text.find("3.weight and 12 more"), std::string::npos) << text;
}

TEST_F(Save, tied_parameters_are_saved_once_and_stay_tied) {
  struct Tied {
    nn::Linear a{2, 2}, b{2, 2};
    Tied() { b.weight.tie(a.weight); }
    static constexpr auto fields() { return fields_of<&Tied::a, &Tied::b>{}; }
  } net, other;
  save(net, path);
  EXPECT_FALSE(safetensors::read(path).tensors.contains("b.weight"));
  load(other, path);
  EXPECT_EQ(other.b.weight.value().to_vector(), net.a.weight.value().to_vector());
  EXPECT_EQ(&other.a.weight.slot(), &other.b.weight.slot());
}

TEST_F(Save, tensors_of_is_a_snapshot) {
  Net net;
  const auto before = tensors_of(net);
  const std::vector<double> values = before.at("out.weight").to_vector();
  net.out.weight = net.out.weight.value() + 1;
  EXPECT_EQ(before.at("out.weight").to_vector(), values);
}

}  // namespace
}  // namespace gradus
