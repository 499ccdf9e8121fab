// A line chart as SVG text.
#pragma once
#include <string>
#include <vector>

namespace gradus::inspect {

struct Series {
  std::string name;
  std::vector<double> x, y;  // of equal length; numbers that are not finite interrupt the line
};

std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Series>& series);

std::string escaped(const std::string& text);  // for HTML and SVG

}  // namespace gradus::inspect
