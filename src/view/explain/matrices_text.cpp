// The layers as matrices, for the terminal.
#include <algorithm>

#include <gradus/ops.hpp>

#include "describe.hpp"
#include "matrices.hpp"
#include "text_writer.hpp"

namespace gradus::inspect {
namespace {

constexpr std::int64_t most_rows = 8, most_columns = 8;

using Lines = std::vector<std::string>;

std::string padded(const std::string& text, std::size_t width) { return text + std::string(width - std::min(width, width_of(text)), ' '); }

// A name with its shape, and below it the numbers in columns, or of a large matrix its norm.
Lines block(const std::string& name, const Tensor& x) {
  Lines out{fmt::format("{} [{}, {}]", name, x.size(0), x.size(1))};
  if (x.size(0) > most_rows || x.size(1) > most_columns) {
    out.push_back(fmt::format("\u2016\u00b7\u2016 = {}", number_text(norm_of(x))));
    return out;
  }
  const std::vector<double> values = x.to_vector();
  const auto columns = static_cast<std::size_t>(x.size(1));
  std::vector<std::size_t> widths(columns, 0);
  for (std::size_t i = 0; i < values.size(); ++i) widths[i % columns] = std::max(widths[i % columns], number_text(values[i]).size());
  for (std::size_t i = 0; i < values.size(); i += columns) {
    std::string line = "[";
    for (std::size_t j = 0; j < columns; ++j) {
      const std::string number = number_text(values[i + j]);
      line += std::string(widths[j] - number.size() + (j ? 2 : 1), ' ') + number;
    }
    out.push_back(line + " ]");
  }
  return out;
}

// Beside each other, with a sign before each but the first.
Lines beside(const std::vector<Lines>& blocks, const std::vector<std::string>& signs) {
  std::size_t height = 0;
  for (const Lines& block : blocks) height = std::max(height, block.size());
  Lines out(height);
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    std::size_t width = 0;
    for (const std::string& line : blocks[k]) width = std::max(width, width_of(line));
    for (std::size_t i = 0; i < height; ++i) out[i] += (k ? i == 1 ? " " + signs[k - 1] + " " : "   " : "") + padded(i < blocks[k].size() ? blocks[k][i] : "", width);
  }
  for (std::string& line : out) {
    while (line.ends_with(' ')) line.pop_back();
  }
  return out;
}

}  // namespace

std::vector<std::string> matrices_text(const Trace& trace, Language language) {
  Lines out;
  for (const LayerProduct& product : layer_products(trace)) {
    const Step &w = trace.steps[product.weight], &x = trace.steps[product.input];
    const CellText cell = one_cell(product, x.symbol);
    const std::string slope = slope_name(trace, w);
    out.push_back({});
    out.push_back(fmt::format("{} = \u03b4 {}\u1d40, \u03b4 = {}", slope, x.symbol, slope_name(trace, trace.steps[product.product])));
    const Lines blocks = beside({block(slope, product.grad), block("\u03b4", product.delta), block(x.symbol + "\u1d40", contiguous(T(product.x)))}, {"=", "\u00b7"});
    out.insert(out.end(), blocks.begin(), blocks.end());
    out.push_back(fmt::format("{}: {}[{}, {}] = {} = {} = {}", text_of(Word::one_cell, language), slope, cell.row, cell.column, cell.formula, cell.numbers, number_text(cell.value)));
  }
  return out;
}

}  // namespace gradus::inspect
