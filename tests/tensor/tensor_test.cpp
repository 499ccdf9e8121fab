// How tensors come about and are read: literals, numbers, copies and borrowed memory, elements, and the errors of all these.
#include <gtest/gtest.h>

#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>
#include <gradus/tensor/backend.hpp>

#include <cmath>
#include <cstring>
#include <memory>
#include <sstream>

namespace gradus {
namespace {

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

using Numbers = std::vector<double>;

TEST(Tensor, literals) {
  EXPECT_EQ((Tensor{1, 2, 3}).shape(), Shape{3});
  EXPECT_EQ((Tensor{{1, 2}, {3, 4}, {5, 6}}).shape(), (Shape{3, 2}));
  EXPECT_EQ((Tensor{{{1}, {2}}, {{3}, {4}}}).shape(), (Shape{2, 2, 1}));
  EXPECT_EQ((Tensor{{1, 2}, {3, 4}}).to_vector(), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ((Tensor{1, 2.5, true}).dtype(), Dtype::f32);
  EXPECT_EQ(Tensor({1, 2}, Dtype::i64).dtype(), Dtype::i64);
  EXPECT_EQ(Tensor({0, 3}, Dtype::boolean).to_vector(), (Numbers{0, 1}));
  EXPECT_EQ((Tensor{{1}}).shape(), (Shape{1, 1}));
  EXPECT_EQ(Tensor(5).shape(), Shape{});
  EXPECT_EQ(message_of([] { Tensor{{1, 2}, {3}}; }),
            "[tensor] a literal holds parts of different shapes: [2] and [1]. Hint: every row needs the same number of elements");
  EXPECT_EQ(message_of([] { Tensor{{1, 2}, 3}; }),
            "[tensor] a literal holds parts of different shapes: [2] and []. Hint: every row needs the same number of elements");
}

TEST(Tensor, literals_that_a_double_cannot_hold_are_refused) {
  EXPECT_EQ(Tensor({9007199254740992, -9007199254740992}, Dtype::i64)[1].item(), -9007199254740992.0);
  EXPECT_EQ(message_of([] { Tensor({9007199254740993}, Dtype::i64); }),
            "[tensor] the literal 9007199254740993 is beyond 2^53 and would be rounded. Hint: use Tensor::from(values, shape)");
  EXPECT_NE(message_of([] { Tensor({UINT64_MAX}, Dtype::i64); }).find("18446744073709551615"), std::string::npos);
  EXPECT_NE(message_of([] { Tensor({INT64_MIN}, Dtype::i64); }).find("-9223372036854775808"), std::string::npos);
}

TEST(Tensor, shapes_print) {
  std::ostringstream out;
  out << Shape{2, 3} << Shape{};
  EXPECT_EQ(out.str(), "[2, 3][]");
}

TEST(Tensor, updates_in_short_leave_copies_alone) {
  Tensor x{1, 2, 3};
  const Tensor before = x;
  x += 1;
  x *= Tensor{2, 2, 0};
  x -= 1;
  x /= 3;
  EXPECT_EQ(x.to_vector(), (cast(Tensor{3, 5, -1}, Dtype::f32) / 3).to_vector());
  EXPECT_EQ(before.to_vector(), (Numbers{1, 2, 3}));
}

TEST(Tensor, values_outside_a_dtype_become_its_nearest) {
  EXPECT_EQ(Tensor({-5, 300, NAN, 3.9}, Dtype::u8).to_vector(), (Numbers{0, 255, 0, 3}));
  EXPECT_EQ(Tensor::full({1}, -1, Dtype::u8).item(), 0);
  const Tensor far({1e300, -1e300}, Dtype::i64);
  EXPECT_EQ(far.values<std::int64_t>()[0], INT64_MAX);
  EXPECT_EQ(far.values<std::int64_t>()[1], INT64_MIN);
  EXPECT_EQ(cast(Tensor{-5, 300, 3.9}, Dtype::u8).to_vector(), (Numbers{0, 255, 3}));  // as cast does
}

TEST(Tensor, numbers_take_the_dtype_of_their_partner) {
  const Tensor f32{1}, f64({1}, Dtype::f64), i64({1}, Dtype::i64), u8({1}, Dtype::u8);
  EXPECT_EQ((f32 + 1).dtype(), Dtype::f32);
  EXPECT_EQ((f32 + 0.1).dtype(), Dtype::f32);
  EXPECT_EQ((f64 + 0.1f).dtype(), Dtype::f64);
  EXPECT_EQ((i64 + 1).dtype(), Dtype::i64);
  EXPECT_EQ((i64 + 0.5).dtype(), Dtype::f32);
  EXPECT_EQ((u8 + 1).dtype(), Dtype::u8);
  EXPECT_EQ((u8 + i64).dtype(), Dtype::i64);
  EXPECT_EQ((i64 + f32).dtype(), Dtype::f32);
  EXPECT_EQ((f32 + f64).dtype(), Dtype::f64);
  EXPECT_EQ((f32 > 0).dtype(), Dtype::boolean);
  EXPECT_EQ(((f32 > 0) + (f32 > 0)).item(), 2);
  const std::int64_t large = 9007199254740993;  // not a double
  const Tensor number(large);
  EXPECT_EQ(number.values<std::int64_t>()[0], large);
  EXPECT_TRUE(((i64 * large) == large).item());
  EXPECT_FALSE(((i64 * large) == large - 1).item());
}

TEST(Tensor, a_number_that_was_moved_is_one_of_f32) {
  for (const Tensor& x : {expand(1.5, {3}), reshape(2.0, {1}), stack({1.5, 2.5}), sum(2.0), max(2.5)}) EXPECT_EQ(x.dtype(), Dtype::f32);
  EXPECT_EQ(expand(2, {3}).dtype(), Dtype::i64);
  EXPECT_EQ((expand(1.5, {3}) + Tensor{1, 2, 3}).dtype(), Dtype::f32);
  EXPECT_EQ(select(Tensor{1, 0} > 0, 1, 0.1).dtype(), Dtype::f64);  // still a number: it takes its partner's
  EXPECT_EQ((Tensor{1, 1} * select(Tensor{1, 0} > 0, 1, 0.1)).dtype(), Dtype::f32);
  EXPECT_EQ((Tensor({1, 1}, Dtype::f64) * select(Tensor{1, 0} > 0, 1, 0.1)).to_vector(), (Numbers{1, 0.1}));
}

TEST(Tensor, a_number_that_does_not_fit_u8_is_an_error) {
  const Tensor u8({0, 44, 255}, Dtype::u8);
  EXPECT_EQ(message_of([&] { static_cast<void>(u8 + 300); }), "[add] the number 300 does not fit u8, the dtype of the other operand. Hint: cast(x, Dtype::i64)");
  EXPECT_EQ(message_of([&] { static_cast<void>(u8 == 300); }), "[equal] the number 300 does not fit u8, the dtype of the other operand. Hint: cast(x, Dtype::i64)");
  EXPECT_EQ(message_of([&] { static_cast<void>(u8 * -1); }), "[mul] the number -1 does not fit u8, the dtype of the other operand. Hint: cast(x, Dtype::i64)");
  EXPECT_EQ((u8 + 1).to_vector(), (Numbers{1, 45, 0}));  // wraps
  EXPECT_EQ((u8 / 255.0).dtype(), Dtype::f32);
  EXPECT_EQ(where(1000, u8, u8).to_vector(), u8.to_vector());  // a condition is no operand
}

TEST(Tensor, from_copies_and_borrow_does_not) {
  std::vector<float> memory{1, 2, 3, 4, 5, 6};
  const Tensor copy = Tensor::from(memory, {2, 3}), window = Tensor::borrow(std::span<const float>(memory), {3, 2});
  memory[0] = 9;
  EXPECT_EQ(copy.to_vector(), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(window.to_vector(), (Numbers{9, 2, 3, 4, 5, 6}));
  EXPECT_EQ(static_cast<const void*>(window.values<float>().data()), static_cast<const void*>(memory.data()));
  EXPECT_EQ(message_of([&] { Tensor::from(memory, {2, 2}); }), "[tensor] 6 values do not fill shape [2, 2], which holds 4");
  EXPECT_EQ(message_of([&] { Tensor::borrow(std::span<const float>(memory), {7}); }), "[tensor] 6 values do not fill shape [7], which holds 7");
  EXPECT_EQ(message_of([&] { Tensor::from(memory, {-6}); }), "[tensor] size -6 in shape [-6] is negative");
  EXPECT_EQ(Tensor::from(std::vector<float>{}, {0, 4}).numel(), 0);
}

// Kernels read whole vectors; of memory that is not ours not a byte beyond its end (a sanitizer run sees it).
TEST(Tensor, borrowed_memory_is_never_read_past_its_end) {
  for (const std::size_t n : {1u, 3u, 7u, 17u, 33u, 1025u, 2049u}) {
    const std::unique_ptr<float[]> a(new float[n]), b(new float[n]);
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) a[i] = static_cast<float>(i % 7), b[i] = 2, total += 2 * static_cast<double>(i % 7);
    const auto size = static_cast<std::int64_t>(n);
    const Tensor x = Tensor::borrow(std::span<const float>(a.get(), n), {size}), y = Tensor::borrow(std::span<const float>(b.get(), n), {size});
    EXPECT_EQ(sum(x * y).item(), total);
    EXPECT_EQ(sum(x).item() * 2, total);
    EXPECT_EQ(sum(reshape(x, {1, size}), 0).to_vector(), x.to_vector());
    EXPECT_EQ(max(x).item(), std::min<double>(6, static_cast<double>(n - 1)));
    EXPECT_EQ(matmul(reshape(x, {1, size}), reshape(y, {size, 1})).item(), total);
    EXPECT_NEAR(sum(softmax(x)).item(), 1, 1e-5);
    EXPECT_EQ(argmax(x).item(), n > 6 ? 6 : static_cast<double>(n - 1));
    EXPECT_EQ(concat(Tensors{x, y}).numel(), 2 * size);
    EXPECT_EQ(cast(x, Dtype::f64).to_vector(), x.to_vector());
    EXPECT_EQ(contiguous(flip(x, 0))[-1].item(), 0);
    EXPECT_EQ(one_hot(cast(x, Dtype::i64), 7).numel(), 7 * size);
    EXPECT_EQ(gather(x, cast(x * 0, Dtype::i64)).numel(), size);
  }
}

TEST(Tensor, item) {
  EXPECT_EQ(Tensor(2.5).item(), 2.5);
  EXPECT_EQ((Tensor{{7}}).item(), 7);
  EXPECT_EQ((Tensor{3} > 2).item(), 1);
  EXPECT_TRUE(std::isnan(Tensor(NAN).item()));
  EXPECT_EQ(message_of([] { static_cast<void>((Tensor{1, 2}).item()); }),
            "[item] needs exactly one element; the tensor is [2]. Hint: use mean(x) or sum(x) first, or index it");
  EXPECT_EQ(message_of([] { static_cast<void>(Tensor::zeros({0}).item()); }),
            "[item] needs exactly one element; the tensor is [0]. Hint: use mean(x) or sum(x) first, or index it");
}

TEST(Tensor, values) {
  const Tensor x{{1, 2}, {3, 4}};
  EXPECT_EQ(x.values<float>()[3], 4);
  EXPECT_EQ(message_of([&] { static_cast<void>(x.values<double>()); }),
            "[values] the tensor is f32, values<f64> was asked for. Hint: convert it first: cast(x, Dtype::f64)");
  const Tensor t = T(x);
  EXPECT_EQ(message_of([&] { static_cast<void>(t.values<float>()); }), "[values] the tensor is a view that is not contiguous. Hint: use contiguous(x)");
  EXPECT_EQ(contiguous(t).to_vector(), (Numbers{1, 3, 2, 4}));
}

TEST(Tensor, undefined_tensors) {
  const Tensor none;
  EXPECT_FALSE(none.defined());
  EXPECT_EQ(to_string(none), "(undefined tensor)");
  EXPECT_EQ(message_of([&] { static_cast<void>(none.shape()); }),
            "[tensor] an undefined tensor was used. Hint: a default-constructed Tensor holds nothing: assign it first");
  EXPECT_EQ(message_of([&] { static_cast<void>(Tensor{1} + none); }),
            "[add] input 1 is an undefined tensor. Hint: a default-constructed Tensor holds nothing: assign it first");
}

TEST(Tensor, sizes) {
  const Tensor x = Tensor::zeros({2, 3, 4});
  EXPECT_EQ(x.size(-1), 4);
  EXPECT_EQ(x.size(0), 2);
  EXPECT_EQ(x.rank(), 3);
  EXPECT_EQ(message_of([&] { static_cast<void>(x.size(3)); }), "[size] axis 3 is outside -3..2 of a tensor of rank 3");
  EXPECT_EQ(message_of([] { Tensor::zeros({std::int64_t{1} << 40, std::int64_t{1} << 40}, Dtype::u8); }),
            "[tensor] shape [1099511627776, 1099511627776] is too large to address");
  EXPECT_EQ(Tensor::arange(4).to_vector(), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(message_of([] { Tensor::arange(-1); }), "[tensor] size -1 in shape [-1] is negative");
}

TEST(Tensor, seeds) {
  manual_seed(3);
  const Tensor a = Tensor::randn({50}), b = Tensor::randn({50});
  manual_seed(3);
  EXPECT_EQ(Tensor::randn({50}).to_vector(), a.to_vector());
  EXPECT_NE(a.to_vector(), b.to_vector());
  const Tensor u = Tensor::rand({100000});
  EXPECT_LT(max(u).item(), 1);
  EXPECT_GE(min(u).item(), 0);
  EXPECT_NEAR(mean(u).item(), 0.5, 0.01);
}

TEST(Tensor, the_backend_is_linked_in) {
  // A direct symbol: no registration that a static link could leave out.
  EXPECT_EQ(&cpu_backend(), &cpu_backend());
}

}  // namespace
}  // namespace gradus
