// Replaying a plan takes no memory from the heap: every call of operator new in this program is counted, those within oneDNN's
// dnnl_primitive_execute apart.
#include <dlfcn.h>

#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<long> allocations{0}, of_onednn{0}, primitives{0};
}

// Stands in front of the library's own.
extern "C" int dnnl_primitive_execute(const void* primitive, void* stream, int count, const void* arguments) {
  using Execute = int (*)(const void*, void*, int, const void*);
  static const auto execute = reinterpret_cast<Execute>(dlsym(RTLD_NEXT, "dnnl_primitive_execute"));
  const long before = allocations;
  const int status = execute(primitive, stream, count, arguments);
  of_onednn += allocations - before;
  ++primitives;
  allocations = before;
  return status;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // every new here is a malloc
#endif
void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* data = std::malloc(bytes ? bytes : 1)) return data;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  ++allocations;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* data = std::aligned_alloc(step, (bytes + step - 1) / step * step)) return data;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(bytes ? bytes : 1);
}
void operator delete(void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }

namespace gradus {
namespace {

template <class Net, class Opt>
long allocations_of_a_step(Net& net, Opt& opt, const Tensor& x, const Tensor& y) {
  auto step = compile([&](const Tensor& in, const Tensor& target) {
    auto [loss, g] = value_and_grad(net, [&](const Net& n) { return nn::cross_entropy(n(in), target); });
    opt.update(net, g);
    return loss;
  });
  for (int i = 0; i < 3; ++i) step(x, y);  // scratch memory grows to what it has to be
  const long before = allocations;
  for (int i = 0; i < 10; ++i) step(x, y);
  return (allocations - before) / 10;
}

TEST(Allocation, small_networks_take_nothing) {
  set_threads(1);
  nn::Sequential net{nn::Linear{2, 3}, nn::Sigmoid{}, nn::Linear{3, 2}};
  const Tensor x = Tensor::randn({4, 2}), y = randint({4}, 0, 2);
  optim::SGD sgd{net, {.lr = 0.1, .momentum = 0.9}};
  EXPECT_EQ(allocations_of_a_step(net, sgd, x, y), 0);
  optim::Adam adam{net, {}};
  EXPECT_EQ(allocations_of_a_step(net, adam, x, y), 0);
}

TEST(Allocation, own_kernels_take_nothing) {
  set_threads(1);
  {
    nn::Sequential net{nn::Linear{20, 64}, nn::Gelu{}, nn::LayerNorm{64}, nn::Dropout{0.1}, nn::Linear{64, 5}};
    optim::AdamW opt{net, {}};
    EXPECT_EQ(allocations_of_a_step(net, opt, Tensor::randn({4, 20}), randint({4}, 0, 5)), 0);
  }
}

#if GRADUS_ONEDNN
TEST(Allocation, products_and_convolutions_of_onednn_take_what_it_takes_itself) {
  set_threads(1);
  nn::Sequential net{nn::Conv2d{3, 16, 5}, nn::Relu{}, nn::MaxPool2d{2}, nn::Conv2d{16, 32, 3, {.stride = 2}}, nn::Flatten{}, nn::Linear{32 * 5 * 5, 120}, nn::Tanh{}, nn::Linear{120, 10}};
  optim::Adam opt{net, {}};
  EXPECT_EQ(allocations_of_a_step(net, opt, Tensor::randn({32, 3, 26, 26}), randint({32}, 0, 10)), 0);
  EXPECT_GT(primitives, 0);  // or nothing was measured here
  std::printf("[   oneDNN ] %ld executions took %ld pieces of memory\n", primitives.load(), of_onednn.load());
}
#endif

}  // namespace
}  // namespace gradus
