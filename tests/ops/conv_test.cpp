// Convolutions against loops that follow the definition, over shapes, strides, paddings, dilations and groups drawn at random.
#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gtest/gtest.h>

#include "messages/messages.hpp"

namespace gradus {
namespace {

struct Setting {
  Shape x, w, stride, padding, dilation;
  std::int64_t groups;
};

Setting drawn(Random& random, std::size_t axes) {
  const auto one_to = [&](std::uint64_t n) { return static_cast<std::int64_t>(random.below(n)) + 1; };
  Setting s{{one_to(3)}, {}, {}, {}, {}, one_to(3)};
  const std::int64_t in = one_to(2), out = one_to(2);
  s.x.push_back(s.groups * in);
  s.w = {s.groups * out, in};
  for (std::size_t i = 0; i < axes; ++i) {
    s.w.push_back(one_to(3));
    s.stride.push_back(one_to(4));
    s.padding.push_back(one_to(3) - 1);
    s.dilation.push_back(one_to(3));
    s.x.push_back(std::max<std::int64_t>(1, s.dilation[i] * (s.w.back() - 1) + 1 - 2 * s.padding[i]) + one_to(4) - 1);
  }
  return s;
}

bool next(Shape& at, Dims sizes) {
  for (std::size_t i = at.size(); i-- > 0;) {
    if (++at[i] < sizes[i]) return true;
    at[i] = 0;
  }
  return false;
}

// Calls f(place in x, place in w, place in y) for every product of the definition.
template <class F>
void each_product(const Setting& s, const Shape& out, F&& f) {
  const std::size_t axes = s.stride.size();
  const std::int64_t in = s.w[1], outs = s.w[0] / s.groups;
  Shape y = {s.x[0], s.w[0]};
  y.append(out.begin(), out.end());
  Shape at(y.size(), 0);
  std::int64_t place = 0;
  do {
    Shape tap(axes + 1, 0);
    std::int64_t weight = at[1] * numel(Dims(s.w).subspan(1));
    do {
      std::int64_t from = at[0] * s.x[1] + at[1] / outs * in + tap[0];
      bool inside = true;
      for (std::size_t i = 0; i < axes; ++i) {
        const std::int64_t k = at[2 + i] * s.stride[i] + tap[1 + i] * s.dilation[i] - s.padding[i];
        inside = inside && k >= 0 && k < s.x[2 + i];
        from = from * s.x[2 + i] + k;
      }
      if (inside) f(static_cast<std::size_t>(from), static_cast<std::size_t>(weight), static_cast<std::size_t>(place));
      ++weight;
    } while (next(tap, Dims(s.w).subspan(1)));
    ++place;
  } while (next(at, y));
}

void expect_close(const Tensor& found, const std::vector<double>& expected, const std::string& what) {
  const std::vector<double> values = found.to_vector();
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected[i], 1e-12) << what << " at " << i;
}

TEST(Conv, EqualsTheDefinition) {
  Random random(5);
  for (int round = 0; round < 240; ++round) {
    const auto axes = static_cast<std::size_t>(round % 3) + 1;
    const Setting s = drawn(random, axes);
    const std::string what = "round " + std::to_string(round);
    const Tensor x = Tensor::randn(s.x, Dtype::f64), w = Tensor::randn(s.w, Dtype::f64);
    const Tensor y = conv(x, w, {s.stride, s.padding, s.dilation, s.groups});
    const Shape shape = y.shape(), out(shape.begin() + 2, shape.end());
    const std::vector<double> xs = x.to_vector(), ws = w.to_vector();
    std::vector<double> ys(static_cast<std::size_t>(y.numel()));
    each_product(s, out, [&](std::size_t i, std::size_t j, std::size_t k) { ys[k] += xs[i] * ws[j]; });
    expect_close(y, ys, what);

    const Tensor g = Tensor::randn(shape, Dtype::f64);
    const std::vector<double> gs = g.to_vector();
    std::vector<double> dx(xs.size()), dw(ws.size());
    each_product(s, out, [&](std::size_t i, std::size_t j, std::size_t k) {
      dx[i] += gs[k] * ws[j];
      dw[j] += gs[k] * xs[i];
    });
    const auto grads = vjp([&](Tensor a, Tensor b) { return conv(a, b, {s.stride, s.padding, s.dilation, s.groups}); }, x, w).pull(g);
    expect_close(grads[0], dx, what + " input");
    expect_close(grads[1], dw, what + " weights");

    // The transposed convolution by its own name and options.
    Shape more;
    for (std::size_t i = 0; i < axes; ++i) more.push_back(s.x[2 + i] - ((out[i] - 1) * s.stride[i] - 2 * s.padding[i] + s.dilation[i] * (s.w[2 + i] - 1) + 1));
    expect_close(conv_transpose(g, w, {s.stride, s.padding, more, s.dilation, s.groups}), dx, what + " transposed");
  }
}

TEST(Conv, OfManyExamplesInBlocksAndInOtherDtypes) {
  const Tensor x = Tensor::randn({40, 3, 40, 40}), w = Tensor::randn({4, 3, 5, 5});  // the columns of a block do not fit 16 MiB
  const Tensor all = conv2d(x, w);
  const Tensor one = conv2d(x[{17, 18}], w);
  const std::vector<double> a = all[{17, 18}].to_vector(), b = one.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-4);
  EXPECT_EQ(conv1d(cast(Tensor{{{1, 2, 3}}}, Dtype::i32), cast(Tensor{{{1, 1}}}, Dtype::i32)).to_vector(), (std::vector<double>{3, 5}));
  EXPECT_EQ(conv1d(Tensor({{{1, 2, 3}}}, Dtype::f16), Tensor({{{1, 1}}}, Dtype::f16)).dtype(), Dtype::f16);
}

TEST(Conv, TakesOneExampleAndABias) {
  const Tensor x{{1, 2, 3}}, w{{{1, 1}}, {{1, -1}}}, bias{10, 20};
  EXPECT_EQ(conv1d(x, w, {}, bias).shape(), (Shape{2, 2}));
  EXPECT_EQ(conv1d(x, w, {}, bias).to_vector(), (std::vector<double>{13, 15, 19, 19}));
}

TEST(Conv, WrongCallsSayWhatToDo) {
  const Tensor x = Tensor::zeros({2, 4, 5, 5}), w = Tensor::zeros({6, 4, 3, 3});
  EXPECT_EQ(text_of<ShapeError>([&] { conv2d(x, Tensor::zeros({6, 3, 3, 3})); }),
            "[conv] x [2, 4, 5, 5] has 4 channels, the weights [6, 3, 3, 3] in 1 group fit 3. Hint: the weights are [O, C / groups, kernel...]");
  EXPECT_NE(text_of<ShapeError>([&] { conv2d(x, w, {.groups = 3}); }).find("4 channels of x do not divide into 3 groups"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv2d(x, Tensor::zeros({6, 4, 7, 3})); }).find("[conv] the kernel [7, 3]"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv2d(x, w, {.stride = {1, 1, 1}}); }).find("[conv] stride [1, 1, 1] has 3 numbers, there are 2 spatial axes"), std::string::npos);
  EXPECT_NE(text_of<ValueError>([&] { conv2d(x, w, {.stride = {0}}); }).find("[conv] stride [0] is outside"), std::string::npos);
  EXPECT_NE(text_of<ValueError>([&] { conv2d(x, w, {.groups = 0}); }).find("0 groups"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv1d(x, w); }).find("[conv1d] the weights are [6, 4, 3, 3]"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv2d(x, w, {}, Tensor::zeros({4})); }).find("it must be [6]"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv(Tensor::zeros({2}), w); }).find("[conv] x is [2]"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv2d(x, Tensor::zeros({6, 4, 0, 3})); }).find("is empty"), std::string::npos);
  EXPECT_NE(text_of<ValueError>([&] { conv_transpose2d(x, Tensor::zeros({4, 2, 3, 3}), {.output_padding = {1}}); }).find("output_padding [1, 1] is not below"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv_transpose2d(x, w); }).find("the weights of a transposed convolution are"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { conv2d(x, w, {.padding = {std::int64_t{1} << 40}}); }).find("conv"), std::string::npos);
}

TEST(Einsum, EqualsWhatItMeans) {
  const Tensor a = Tensor::randn({2, 3, 4}, Dtype::f64), b = Tensor::randn({4, 3}, Dtype::f64), square = Tensor::randn({3, 3}, Dtype::f64);
  const auto same = [](const Tensor& x, const Tensor& y) {
    EXPECT_EQ(x.shape(), y.shape());
    EXPECT_LT(max(abs(x - y)).item(), 1e-14);
  };
  same(einsum("nij,ji->n", {a, b}), sum(a * T(b), {1, 2}));
  same(einsum("ii", {square}), square[0][0] + square[1][1] + square[2][2]);
  same(einsum("ii->i", {square}), stack({square[0][0], square[1][1], square[2][2]}));
  same(einsum("...j,jk", {a, b}), matmul(a, b));
  same(einsum("ba", {square}), T(square));  // letters of the result in alphabetical order
  same(einsum(" i j , j k -> i k ", {square, square}), matmul(square, square));
  same(einsum("ij,jk,kl->il", {square, square, square}), matmul(matmul(square, square), square));
  same(einsum("...->", {a}), sum(a));
  same(einsum("i...,i...->...", {a, a}), sum(a * a, 0));
  same(tensordot(a, b, 1), matmul(a, b));
  same(tensordot(a, T(b), {1, 2}, {0, 1}), sum(a * T(b), {1, 2}));
}

TEST(Einsum, WrongEquationsAreErrors) {
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_EQ(text_of<ValueError>([&] { einsum("ij,jk->ik", {x}); }), "[einsum] \"ij,jk->ik\": names 2 operands, 1 is given. Hint: the operands are separated by commas: \"ij,jk->ik\"");
  EXPECT_EQ(text_of<ShapeError>([&] { einsum("ijk", {x}); }), "[einsum] \"ijk\": \"ijk\" names 3 axes, its operand has 2. Hint: one letter for each axis, or \"...\" for those between");
  EXPECT_EQ(text_of<ValueError>([&] { einsum("ij->k", {x}); }), "[einsum] \"ij->k\": 'k' of the result stands in no operand");
  EXPECT_EQ(text_of<ValueError>([&] { einsum("ij->ii", {x}); }), "[einsum] \"ij->ii\": 'i' stands twice in the result");
  EXPECT_EQ(text_of<ShapeError>([&] { einsum("ii", {x}); }), "[einsum] \"ii\": 'i' has size 3 in operand 0 of shape [2, 3], and size 2 before");
  EXPECT_EQ(text_of<ShapeError>([&] { einsum("ij,jk", {x, x}); }), "[einsum] \"ij,jk\": 'j' has size 2 in operand 1 of shape [2, 3], and size 3 before");
  for (const char* bad : {"i1", "i..j", "....", "->", "ij->->", "ij-ji", "i j >", ""}) EXPECT_ANY_THROW(einsum(bad, {x})) << bad;
}

}  // namespace
}  // namespace gradus
