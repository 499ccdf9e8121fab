// Text for a terminal: inks, and tables whose columns are aligned whatever the script.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace gradus::inspect {

std::size_t width_of(std::string_view text);  // columns: Chinese characters take two

enum class Ink { plain, title, faint, value, gradient, good, bad };

struct Cell {
  std::string text;
  Ink ink = Ink::plain;
};

class Writer {
 public:
  explicit Writer(bool colour) : colour_(colour) {}
  std::string out;

  std::string inked(const std::string& text, Ink ink) const;
  void line(const std::string& text = {}) { out += text + "\n"; }
  // Rows under each other; `right`: which columns end flush, as "rl".
  void table(const std::vector<std::vector<Cell>>& rows, const std::string& right, std::size_t gap = 2);

 private:
  bool colour_;
};

}  // namespace gradus::inspect
