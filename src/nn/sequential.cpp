#include <fmt/format.h>

#include <gradus/nn/sequential.hpp>

namespace gradus::nn {

Tensor Sequential::operator()(const Tensor& x) const {
  Tensor y = x;
  for (const AnyModule& module : modules_) y = module(y);
  return y;
}

void Sequential::walk(const Visitor& visitor, const std::string& path) {
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    modules_[i].walk(visitor, (path.empty() ? "" : path + ".") + std::to_string(i));
  }
}

std::string Sequential::text() const { return fmt::format("sequential of {}", modules_.size()); }

namespace {

// "12,345"
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace

std::string summary(const Sequential& net, const Shape& input, Dtype dtype) {
  struct Row {
    std::string place, layer, output, count;
  };
  std::vector<Row> rows = {{"", "layer", "output", "parameters"}};
  Shape batch = input;
  batch.insert(0, 1);
  Tensor x(Array::abstract({batch, dtype}));  // shapes are known without computing
  std::int64_t total = 0;
  const auto sample = [](const Tensor& t) {
    const Shape shape = t.shape();
    return shape.empty() ? std::string("[]") : to_string(Shape(shape.begin() + 1, shape.end()));
  };
  rows.push_back({"", "input", sample(x), ""});
  for (std::size_t i = 0; i < net.size(); ++i) {
    x = net[i](x);
    const std::int64_t count = count_parameters(net[i]);
    rows.push_back({std::to_string(i), net[i].text(), sample(x), count > 0 ? grouped(count) : ""});
  }
  total = count_parameters(net);
  rows.push_back({"", "total", "", grouped(total)});

  std::size_t wide[4] = {};
  for (const Row& row : rows) {
    const std::string* cells[] = {&row.place, &row.layer, &row.output, &row.count};
    for (int c = 0; c < 4; ++c) wide[c] = std::max(wide[c], cells[c]->size());
  }
  std::string out;
  for (const Row& row : rows) {
    out += fmt::format("{:>{}}  {:<{}}  {:<{}}  {:>{}}\n", row.place, wide[0], row.layer, wide[1], row.output, wide[2], row.count, wide[3]);
  }
  return out;
}

}  // namespace gradus::nn
