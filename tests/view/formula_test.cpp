// Formulas as text and as MathML.
#include "view/formula.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gradus::inspect {
namespace {

std::string ml(const std::string& text) { return Formula::parse(text).ml(); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Formula, BasesStandInBrackets) {
  for (const char* text : {"(x^2)^3", "(x/y)^2", "exp(x)^2", "square(x)^2", "sqrt(x)^2"}) EXPECT_TRUE(has(ml(text), "<msup><mrow><mo>(</mo>")) << text << ": " << ml(text);
  for (const char* text : {"x^2", "tanh(x)^2", "2^x"}) EXPECT_FALSE(has(ml(text), "<msup><mrow><mo>(</mo>")) << text << ": " << ml(text);
}

TEST(Formula, NamesAsPeopleWriteThem) {
  EXPECT_EQ(name_ml("W1"), "<msub><mi>W</mi><mn>1</mn></msub>");
  EXPECT_EQ(name_ml("W1'"), "<msup><msub><mi>W</mi><mn>1</mn></msub><mo>\u2032</mo></msup>");
  EXPECT_EQ(name_ml("heads=4"), "<mtext>heads=4</mtext>");
  EXPECT_EQ(name_ml("2.norm1.weight"), "<mtext>2.norm1.weight</mtext>");
  EXPECT_TRUE(has(name_ml("dL/dv3"), "<mfrac><mrow><mi>\u2202</mi><mi>L</mi></mrow><mrow><mi>\u2202</mi><msub>"));
  EXPECT_TRUE(has(ml("a == b"), "<mo>==</mo>"));
  EXPECT_EQ(number_text(-NAN), "nan");
}

TEST(Formula, IsFoldedToWhatPeopleWouldWrite) {
  const auto folded = [](const char* text) { return Formula::parse(text).folded().text(); };
  EXPECT_EQ(folded("-(t * expm1(-softplus(z)))"), "t * sigmoid(z)");
  EXPECT_EQ(folded("-(-1) * (1 / p) * t"), "t / p");
  EXPECT_EQ(folded("-((t - 1) / p)"), "(1 - t) / p");
  EXPECT_EQ(folded("-(a - b)"), "b - a");
  EXPECT_EQ(folded("0 - x"), "-x");
  EXPECT_EQ(folded("a - -b"), "a + b");
}

}  // namespace
}  // namespace gradus::inspect
