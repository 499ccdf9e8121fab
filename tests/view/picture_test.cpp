// Drawings: everything lies within them, labels lie apart, and neurons carry what the network gives.
#include <gradus/view/explain.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

namespace gradus::inspect {
namespace {

struct Box {
  double x, y, wide, high;
};

std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> out;
  static const std::regex number("-?[0-9]+(\\.[0-9]+)?");
  for (std::sregex_iterator i(text.begin(), text.end(), number); i != std::sregex_iterator(); ++i) out.push_back(std::stod(i->str()));
  return out;
}

std::vector<Box> boxes(const std::string& svg) {
  std::vector<Box> out;
  static const std::regex rect("<rect x=\"([^\"]*)\" y=\"([^\"]*)\" width=\"([^\"]*)\" height=\"([^\"]*)\"");
  for (std::sregex_iterator i(svg.begin(), svg.end(), rect); i != std::sregex_iterator(); ++i) out.push_back({std::stod((*i)[1]), std::stod((*i)[2]), std::stod((*i)[3]), std::stod((*i)[4])});
  return out;
}

const std::vector<std::string> values{"x=1", "w=0.5"};
constexpr auto fan = "sigmoid(x*w)*x + tanh(x)*x - x*w + exp(x)";

TEST(Picture, EverythingLiesWithinIt) {
  for (const char* text : {fan, "x*w", "exp(exp(exp(exp(x))))*w + x"}) {
    const std::string svg = drawing_of(explain_expression(text, values), Drawing::graph, DrawingFormat::svg);
    const std::size_t view = svg.find("viewBox=\"");
    const std::vector<double> size = numbers_in(svg.substr(view, svg.find('"', view + 9) - view));
    const std::size_t moved = svg.find("translate(");
    const std::vector<double> by = numbers_in(svg.substr(moved, svg.find(')', moved) - moved));
    double left = 1e9, right = 0, low = 0;
    for (const Box& b : boxes(svg)) {
      left = std::min(left, b.x + by[0]);
      right = std::max(right, b.x + b.wide + by[0]);
      low = std::max(low, b.y + b.high + by[1]);
    }
    EXPECT_GE(left, 0) << text;
    EXPECT_LE(right, size[2]) << text;
    EXPECT_LE(low, size[3]) << text;
    EXPECT_NEAR(left, size[2] - right, 60) << "in the middle: " << text;
  }
  // A graph that stands far from where the first row was laid out.
  std::string chain = "x";
  for (int i = 0; i < 12; ++i) chain = "(" + chain + "*w + tanh(x*" + std::to_string(i + 1) + "))";
  const std::string svg = drawing_of(explain_expression(chain, values), Drawing::graph, DrawingFormat::svg);
  double left = 1e9;
  static const std::regex part("[MC][^VCM\"]*");  // of an edge: it ends at its last x and y
  for (std::sregex_iterator i(svg.begin(), svg.end(), part); i != std::sregex_iterator(); ++i) {
    const std::vector<double> at = numbers_in(i->str());
    if (at.size() % 2 == 0 && !at.empty()) left = std::min(left, at[at.size() - 2]);
  }
  for (const Box& b : boxes(svg)) left = std::min(left, b.x);
  EXPECT_LT(left, 40);
}

TEST(Picture, LabelsOfAFanLieApart) {
  const std::string svg = drawing_of(explain_expression(fan, values), Drawing::graph, DrawingFormat::svg);
  static const std::regex label("<text x=\"([^\"]*)\" y=\"([^\"]*)\" class=\"local\"[^>]*>([^<]*)<");
  std::vector<Box> all;
  for (std::sregex_iterator i(svg.begin(), svg.end(), label); i != std::sregex_iterator(); ++i) all.push_back({std::stod((*i)[1]), std::stod((*i)[2]), 7.6 * static_cast<double>((*i)[3].length() - 1), 12});
  EXPECT_GT(all.size(), 10u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) EXPECT_FALSE(std::abs(all[i].x - all[k].x) < (all[i].wide + all[k].wide) / 2 && std::abs(all[i].y - all[k].y) < 12) << i << " and " << k;
  }
}

TEST(Picture, TheOutputNeuronHasTheOutput) {
  const Explanation e = explain_recipe(train::load_recipe("xor"));  // binary cross-entropy of logits
  const Step& output = e.trace.steps[find_step(e.trace, "z2")];
  const std::string svg = drawing_of(e, Drawing::network, DrawingFormat::svg);
  EXPECT_EQ(svg.find("isinf"), std::string::npos);
  EXPECT_NE(svg.find(">z2[0]<"), std::string::npos);
  char value[32], grad[32];
  std::snprintf(value, sizeof value, ">%.3g<", output.value.item());
  std::snprintf(grad, sizeof grad, ">%.3g<", output.grad.item());
  EXPECT_NE(svg.find(value), std::string::npos) << value;
  EXPECT_NE(svg.find(grad), std::string::npos) << grad;
  const std::string mermaid = drawing_of(e, Drawing::graph, DrawingFormat::mermaid);
  EXPECT_NE(mermaid.find("binary_cross_entropy_with_logits"), std::string::npos);
  EXPECT_EQ(mermaid.find("isinf"), std::string::npos);
}

TEST(Picture, HasALegendInItsLanguage) {
  const Explanation e = explain_recipe(train::load_recipe("xor-2-3-1"));
  for (const Drawing what : {Drawing::network, Drawing::graph}) {
    EXPECT_NE(drawing_of(e, what, DrawingFormat::svg).find("gradient"), std::string::npos);
    EXPECT_NE(drawing_of(e, what, DrawingFormat::svg, Language::chinese).find("梯度"), std::string::npos);
  }
  EXPECT_THROW(drawing_of(explain_expression("x*w", values), Drawing::network, DrawingFormat::svg), UsageError);
}

}  // namespace
}  // namespace gradus::inspect
