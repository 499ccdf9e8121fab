// Formulas as text and as MathML.
#include "view/explain/formula.hpp"

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
  EXPECT_EQ(name_ml("W1'"), "<mrow><msub><mi>W</mi><mn>1</mn></msub><mo lspace=\"0\" rspace=\"0\">\u2032</mo></mrow>");
  EXPECT_EQ(name_ml("heads=4"), "<mtext>heads=4</mtext>");
  EXPECT_EQ(name_ml("2.norm1.weight"), "<mtext>2.norm1.weight</mtext>");
  EXPECT_TRUE(has(name_ml("dL/dv3"), "<mfrac><mrow><mi>\u2202</mi><mi>L</mi></mrow><mrow><mi>\u2202</mi><msub>"));
  EXPECT_TRUE(has(ml("a == b"), "<mo>==</mo>"));
  EXPECT_EQ(number_text(-NAN), "nan");
  EXPECT_EQ(number_ml(1e-8), "<mrow><msup><mn>10</mn><mrow><mo>\u2212</mo><mn>8</mn></mrow></msup></mrow>");
  EXPECT_EQ(number_ml(25e6), "<mrow><mn>2.5</mn><mo>\u00b7</mo><msup><mn>10</mn><mn>7</mn></msup></mrow>");
  EXPECT_EQ(number_ml(-36), "<mrow><mo>\u2212</mo><mn>36</mn></mrow>");
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
