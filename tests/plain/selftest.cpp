// What can be tested with the core library alone, in any build: numbers, every gradient, a compiled training step, a file of weights.
//   gradus_selftest             says what it checked; exit status 1 after a failure
//   gradus_selftest --targets   names the instruction sets, a line each
//   gradus_selftest --digest    a line for each operation with a digest of its results: the same bits in every build and on every
//                               instruction set (GRADUS_TARGET)
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gradus/autodiff/opcheck.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/formats/safetensors.hpp>
#include <gradus/gradus.hpp>
#include <random>

#include "autodiff/opcheck_cases.hpp"
#include "lang/targets.hpp"

using namespace gradus;

namespace {

int failures = 0;

void expect(bool ok, std::string_view what) {
  if (ok) return;
  ++failures;
  print("  FAILED: {}", what);
}
template <class E>
void expect_message(const std::function<void()>& f, std::string_view wanted) {
  try {
    f();
    expect(false, "no error: " + std::string(wanted));
  } catch (const E& error) {
    expect(error.what() == wanted, text("'{}' is not '{}'", error.what(), wanted));
  }
}
bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = contiguous(a), y = contiguous(b);
  return x.dtype() == y.dtype() && x.shape() == y.shape() &&
         (x.numel() == 0 || std::memcmp(x.array().data(), y.array().data(), static_cast<std::size_t>(x.numel()) * size_of(x.dtype())) == 0);
}

void formats() {
  print("formats and messages");
  expect(text("{:4}|{:<6}|{:06.2f}|{:>4}|{}", 7, "ab", 3.14159, "x", true) == "   7|ab    |003.14|   x|true", "widths");
  expect(text("{} {} {} {}", 0.1, 1e20, 1e-5, 100.0) == "0.1 1e+20 1e-05 100", "the shortest digits: " + text("{} {} {} {}", 0.1, 1e20, 1e-5, 100.0));
  expect(text("{1} {0} {{}}", 1, -2) == "-2 1 {}", "positions");
  expect_message<ValueError>([] { text("{} {}", 1); }, "[print] \"{} {}\" does not fit its 1 arguments: argument not found");
  expect_message<ShapeError>([] { matmul(Tensor::ones({2, 3}), Tensor::ones({2, 3})); },
                             "[matmul] inner sizes differ: a is [2, 3], b is [2, 3]; 3 must equal 2. Hint: did you mean matmul(a, T(b))?");
  expect(find_op("softmax").info.name == "softmax", "an operation by its name");
}

void tensors() {
  print("tensors");
  const Tensor x({{1, 2, 3}, {4, 5, 6}}, Dtype::f64), row({10, 20, 30}, Dtype::f64);
  expect(same_bits(x + row, Tensor({{11, 22, 33}, {14, 25, 36}}, Dtype::f64)), "broadcasting");
  expect(same_bits(matmul(x, T(x)), Tensor({{14, 32}, {32, 77}}, Dtype::f64)), "matmul with a view");
  expect(same_bits(sum(x, {0}), Tensor({5, 7, 9}, Dtype::f64)) && mean(x).item() == 3.5, "sums");
  expect(same_bits(sum(permute(x, {1, 0}), {1}), Tensor({5, 7, 9}, Dtype::f64)), "sums of a view");
  expect(same_bits(where(x > 3, x, 0), Tensor({{0, 0, 0}, {4, 5, 6}}, Dtype::f64)), "where");
  expect(same_bits(concat(std::vector<Tensor>{x, x}, 0)[3], x[1]), "concat");
  // n (n - 1) / 2 is exact in double however it is added up; the float sum must not depend on the team.
  const Tensor numbers = Tensor::arange(300'000);
  expect(sum(cast(numbers, Dtype::f64)).item() == 299'999.0 * 150'000, "a long sum");
  const Tensor noise = Tensor::randn({700, 300});
  const int before = threads();
  set_threads(1);
  const Tensor alone = exp(noise) - sum(noise, {0});
  set_threads(3);
  expect(same_bits(alone, exp(noise) - sum(noise, {0})), "three threads give the bits of one");
  set_threads(before);
}

void gradients() {
  const OpcheckReport report = check_ops({});
  print("gradients: {} operations in {} variants, values, first and second derivatives; worst relative error {:.1e}", report.ops, report.cases, report.worst_rel);
  expect(report.ops > 100 && report.cases > 12 * report.ops, "the list of operations is complete");
  for (const std::string& message : report.messages) expect(false, message);
}

struct Mlp {
  nn::Linear hidden{2, 8}, out{8, 1};
  Tensor operator()(const Tensor& x) const { return out(tanh(hidden(x))); }
};

Mlp trained_on_xor(bool compiled, double* loss) {
  const Tensor x{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y{{0}, {1}, {1}, {0}};
  manual_seed(0);
  Mlp net;
  optim::Adam opt{net, {.lr = 0.05}};
  const auto step = [&](const Tensor& in, const Tensor& target) {
    auto [value, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(in), target); });
    optim::clip_by_norm(g, 10);
    opt.update(net, g, isfinite(value));
    return value;
  };
  auto plan = compile(step);
  for (int i = 0; i < 200; ++i) *loss = (compiled ? plan(x, y) : step(x, y)).item();
  return net;
}

void training() {
  double eager_loss = 0, plan_loss = 0;
  const Mlp eager = trained_on_xor(false, &eager_loss), plan = trained_on_xor(true, &plan_loss);
  print("training: XOR, loss {:.1e} after 200 steps, the same with compile: {}", eager_loss, eager_loss == plan_loss);
  expect(eager_loss < 0.001, "the network learns XOR");
  expect(eager_loss == plan_loss && same_bits(eager.hidden.weight, plan.hidden.weight) && same_bits(eager.out.bias, plan.out.bias), "eager and compiled steps give the same bits");
}

void files() {
  print("files: safetensors");
  const std::string path = (std::filesystem::temp_directory_path() / text("gradus-selftest-{}.safetensors", std::random_device()())).string();
  const safetensors::Tensors tensors = {{"weight", Tensor::randn({3, 5})}, {"table", T(Tensor::randn({2, 4}, Dtype::f64))}, {"steps", Tensor({1, -2}, Dtype::i64)},
                                        {"empty", Tensor::zeros({0, 2})}, {"mask \"1\"", Tensor({1, 0, 1}, Dtype::boolean)}};
  const safetensors::Metadata metadata = {{"made by", "self-test"}, {"odd", "a \"b\"\\\n\t\x01 \xc3\xa9"}};
  safetensors::write(path, tensors, metadata);
  const safetensors::File file = safetensors::read(path);
  expect(file.metadata == metadata, "metadata");
  expect(file.tensors.size() == tensors.size(), "as many tensors as were written");
  for (const auto& [name, tensor] : tensors) expect(file.tensors.contains(name) && same_bits(file.tensors.at(name), tensor), "tensor " + name);

  const auto refused = [&](const std::string& header, const std::string& why) {
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    std::ofstream(path, std::ios::binary) << bytes << header << std::string(8, '\0');
    expect_message<DataError>([&] { safetensors::read(path); }, "[safetensors] " + path + ": " + why);
  };
  refused(R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]})", "the header is not JSON at byte 62");
  refused(R"({"a":{"dtype":"F64","shape":[-1],"data_offsets":[0,8]}})", "-1 stands where it must not be, in tensor 'a'");
  refused(R"({"a":[]})", "a list stands where it must not be, in tensor 'a'");
  std::filesystem::remove(path);
}

// One line: the bits of these tensors. The sign and the payload of a NaN are the processor's affair.
void digest(std::string_view name, const std::vector<Tensor>& results) {
  Sha256 sum;
  for (const Tensor& result : results) {
    const Tensor x = contiguous(is_float(result.dtype()) ? where(isnan(result), 12345, result) : result);
    sum.add(to_string(x.shape()));
    sum.add({static_cast<const char*>(x.array().data()), static_cast<std::size_t>(x.numel()) * size_of(x.dtype())});
  }
  print("{} {}", sum.hex().substr(0, 16), name);
}

// Results that no foreign library takes part in: all in f64, and in f32 what is no product.
void digests() {
  for (const OpEntry& entry : registry()) {
    std::vector<Tensor> results;
    for (const opcheck::Variant& v : opcheck::variants(entry)) {
      results.push_back(gradus::apply(v.op, v.inputs));
      if (entry.info.family != Family::map && entry.info.family != Family::reduce) continue;
      Tensors narrow;
      for (const Tensor& x : v.inputs) narrow.push_back(is_float(x.dtype()) ? cast(x, Dtype::f32) : x);
      results.push_back(gradus::apply(v.op, narrow));
    }
    digest(entry.info.name, results);
  }
  for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
    manual_seed(1);
    const Tensor x = Tensor::randn({37, 301}, dtype), image = Tensor::randn({3, 5, 17, 19}, dtype);
    digest("sums", {sum(x), sum(x, {0}), sum(x, {1}), max(x, {0}), min(x, {1}), cumsum(x), var(x, {1})});
    digest("rows", {softmax(x), log_softmax(x), logsumexp(x, {1}), grad([](const Tensor& t) { return sum(square(softmax(t))); })(x)});
    digest("norms", {layer_norm(x), grad([](const Tensor& t) { return sum(square(sin(layer_norm(t)))); })(x)});
    digest("pools", {max_pool(image, {3, 3}), avg_pool(image, {2, 2}), grad([](const Tensor& t) { return sum(square(max_pool(t, {2, 2}))); })(image)});
    digest("random", {uniform({999}, -1, 2, dtype), normal({999}, 1, 2, dtype), bernoulli(0.3, {999}, Dtype::boolean)});
    if (dtype == Dtype::f64) digest("products", {matmul(x, T(x)), matmul(T(x), x), matmul(slice(x, 0, {0, 1}), T(x))});
  }
  double loss = 0;
  const Mlp net = trained_on_xor(true, &loss);
  digest("adam", {net.hidden.weight, net.out.weight});
}

int run(int count, char** words) {
  const std::string_view word = count > 1 ? words[1] : "";
  if (word == "--digest") return digests(), 0;
  if (word == "--targets") {
    for (const std::string& name : lang::target_names()) print("{}", name);
    return 0;
  }
  if (count > 1) {
    std::fputs("usage: gradus_selftest [--targets | --digest]\n", stderr);
    return 2;
  }
  formats();
  tensors();
  gradients();
  training();
  files();
  print("{}", failures == 0 ? "all fine" : text("{} failures", failures));
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gradus_selftest: %s\n", error.what());
    return 1;
  }
}
