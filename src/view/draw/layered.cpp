// Sugiyama, Tagawa, Toda 1981: rows, crossings, places. Places of a row are the least squares of what its neighbours want under
// the distances that must be kept, found by pooling neighbours that are too near.
#include "layered.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace gradus::inspect {
namespace {

constexpr double dummy_width = 14;

class Layout {
 public:
  Layout(Layered& graph, const Gaps& gaps) : graph_(graph), gaps_(gaps) {
    make_rows();
    order_rows();
    place();
    write();
  }

 private:
  struct Item {
    double width;
    std::size_t row, place = 0;
    double x = 0;
    std::vector<std::size_t> above = {}, below = {};
  };

  // Every node as low as its users allow; long edges get an item in each row between.
  void make_rows() {
    const std::size_t n = graph_.nodes.size();
    std::vector<std::vector<std::size_t>> users(n);
    std::vector<std::size_t> waiting(n, 0);
    for (const LayeredEdge& e : graph_.edges) {
      users[e.from].push_back(e.to);
    }
    for (std::size_t v = 0; v < n; ++v) waiting[v] = users[v].size();
    std::vector<std::vector<std::size_t>> inputs(n);
    for (const LayeredEdge& e : graph_.edges) inputs[e.to].push_back(e.from);
    std::vector<std::size_t> height(n, 0), ready;
    for (std::size_t v = 0; v < n; ++v) {
      if (waiting[v] == 0) ready.push_back(v);
    }
    std::size_t highest = 0;
    while (!ready.empty()) {
      const std::size_t v = ready.back();
      ready.pop_back();
      highest = std::max(highest, height[v]);
      for (const std::size_t u : inputs[v]) {
        height[u] = std::max(height[u], height[v] + 1);
        if (--waiting[u] == 0) ready.push_back(u);
      }
    }
    rows_.resize(n == 0 ? 0 : highest + 1);
    for (std::size_t v = 0; v < n; ++v) items_.push_back({graph_.nodes[v].width, highest - height[v]});
    for (LayeredEdge& e : graph_.edges) {
      std::vector<std::size_t> chain{e.from};
      for (std::size_t row = items_[e.from].row + 1; row < items_[e.to].row; ++row) {
        chain.push_back(items_.size());
        items_.push_back({dummy_width, row});
      }
      chain.push_back(e.to);
      for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        items_[chain[i]].below.push_back(chain[i + 1]);
        items_[chain[i + 1]].above.push_back(chain[i]);
      }
      chains_.push_back(std::move(chain));
    }
    // At first in the order in which a walk from below meets them.
    std::vector<char> seen(items_.size(), 0);
    std::vector<std::size_t> stack;
    for (std::size_t v = items_.size(); v-- > 0;) {
      if (items_[v].below.empty()) stack.push_back(v);
    }
    while (!stack.empty()) {
      const std::size_t v = stack.back();
      stack.pop_back();
      if (seen[v]) continue;
      seen[v] = 1;
      rows_[items_[v].row].push_back(v);
      for (std::size_t i = items_[v].above.size(); i-- > 0;) stack.push_back(items_[v].above[i]);
    }
    renumber();
  }

  void renumber() {
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) items_[row[i]].place = i;
    }
  }

  std::size_t crossings() const {
    std::size_t count = 0;
    for (const auto& row : rows_) {
      std::vector<std::size_t> ends;
      for (const std::size_t v : row) {
        std::vector<std::size_t> own;
        for (const std::size_t w : items_[v].below) own.push_back(items_[w].place);
        std::ranges::sort(own);
        for (const std::size_t e : own) count += static_cast<std::size_t>(std::ranges::count_if(ends, [e](std::size_t other) { return other > e; }));
        ends.insert(ends.end(), own.begin(), own.end());
      }
    }
    return count;
  }

  void sort_row(std::vector<std::size_t>& row, bool by_above) {
    std::vector<std::pair<double, std::size_t>> keys;
    for (const std::size_t v : row) {
      const auto& near = by_above ? items_[v].above : items_[v].below;
      double sum = 0;
      for (const std::size_t w : near) sum += static_cast<double>(items_[w].place);
      keys.emplace_back(near.empty() ? static_cast<double>(items_[v].place) : sum / static_cast<double>(near.size()), v);
    }
    std::ranges::stable_sort(keys, {}, &std::pair<double, std::size_t>::first);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = keys[i].second;
  }

  void order_rows() {
    if (items_.size() > 4000) return;
    auto best = rows_;
    std::size_t least = crossings();
    for (int sweep = 0; sweep < 16 && least > 0; ++sweep) {
      const bool down = sweep % 2 == 1;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        sort_row(rows_[down ? i : rows_.size() - 1 - i], down);
        renumber();
      }
      if (const std::size_t now = crossings(); now < least) {
        least = now;
        best = rows_;
      }
    }
    rows_ = best;
    renumber();
  }

  void place_row(const std::vector<std::size_t>& row, bool use_above, bool use_below) {
    struct Block {
      double sum, count;
      std::size_t items;
    };
    std::vector<Block> blocks;
    std::vector<double> offset(row.size(), 0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) offset[i] = offset[i - 1] + (items_[row[i - 1]].width + items_[row[i]].width) / 2 + gaps_.columns;
      const Item& item = items_[row[i]];
      double sum = 0, count = 0;
      const auto add = [&](const std::vector<std::size_t>& near) {
        for (const std::size_t w : near) {  // what runs through keeps straight, what only begins stands beside it
          const double pull = item.above.empty() || items_[w].above.empty() ? 1 : 8;
          sum += pull * items_[w].x, count += pull;
        }
      };
      if (use_above) add(item.above);
      if (use_below) add(item.below);
      const double weight = std::max(1.0, count), wanted = count > 0 ? sum / count : item.x;
      blocks.push_back({(wanted - offset[i]) * weight, weight, 1});
      while (blocks.size() > 1) {
        const Block &last = blocks.back(), &before = blocks[blocks.size() - 2];
        if (before.sum / before.count <= last.sum / last.count) break;
        blocks[blocks.size() - 2] = {before.sum + last.sum, before.count + last.count, before.items + last.items};
        blocks.pop_back();
      }
    }
    std::size_t at = 0;
    for (const Block& block : blocks) {
      for (std::size_t i = 0; i < block.items; ++i, ++at) items_[row[at]].x = block.sum / block.count + offset[at];
    }
  }

  void place() {
    for (const auto& row : rows_) {
      double x = 0;
      for (const std::size_t v : row) {
        items_[v].x = x + items_[v].width / 2;
        x += items_[v].width + gaps_.columns;
      }
    }
    for (int sweep = 0; sweep < 24; ++sweep) {
      const bool last = sweep >= 20;
      for (std::size_t i = rows_.size(); i-- > 0;) place_row(rows_[i], last, true);
      for (const auto& row : rows_) place_row(row, true, last);
    }
  }

  void write() {
    double left = items_.empty() ? 0 : items_[0].x, right = left, y = 0;
    for (const Item& item : items_) {
      left = std::min(left, item.x - item.width / 2);
      right = std::max(right, item.x + item.width / 2);
    }
    std::vector<double> middle, half;
    for (const auto& row : rows_) {
      double tallest = 0;
      for (const std::size_t v : row) {
        if (v < graph_.nodes.size()) tallest = std::max(tallest, graph_.nodes[v].height);
      }
      middle.push_back(y + tallest / 2);
      half.push_back(tallest / 2);
      y += tallest + gaps_.rows;
    }
    graph_.width = right - left;
    graph_.height = rows_.empty() ? 0 : y - gaps_.rows;
    for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
      graph_.nodes[v].x = items_[v].x - left;
      graph_.nodes[v].y = middle[items_[v].row];
    }
    // Edges reach a node side by side, in the order from which they come.
    for (std::size_t e = 0; e < graph_.edges.size(); ++e) {
      LayeredEdge& edge = graph_.edges[e];
      const auto& chain = chains_[e];
      const auto port = [&](std::size_t node, bool into) {
        std::vector<std::pair<double, std::size_t>> all;
        for (std::size_t k = 0; k < graph_.edges.size(); ++k) {
          if ((into ? graph_.edges[k].to : graph_.edges[k].from) != node) continue;
          all.emplace_back(items_[into ? chains_[k][chains_[k].size() - 2] : chains_[k][1]].x, k);
        }
        std::ranges::sort(all);
        const auto own = std::ranges::find(all, e, &std::pair<double, std::size_t>::second) - all.begin();
        const double step = std::min(26.0, graph_.nodes[node].width * 0.7 / static_cast<double>(all.size()));
        return (static_cast<double>(own) - static_cast<double>(all.size() - 1) / 2) * step;
      };
      edge.points.clear();
      const LayeredNode &from = graph_.nodes[edge.from], &to = graph_.nodes[edge.to];
      edge.points.emplace_back(from.x + port(edge.from, false), from.y + from.height / 2);
      for (std::size_t i = 1; i + 1 < chain.size(); ++i) {
        const Item& item = items_[chain[i]];
        edge.points.emplace_back(item.x - left, middle[item.row] - half[item.row]);
        edge.points.emplace_back(item.x - left, middle[item.row] + half[item.row]);
      }
      edge.points.emplace_back(to.x + port(edge.to, true), to.y - to.height / 2);
    }
  }

  Layered& graph_;
  Gaps gaps_;
  std::vector<Item> items_;                       // nodes first, then what long edges pass through
  std::vector<std::vector<std::size_t>> rows_, chains_;
};

}  // namespace

void lay_out(Layered& graph, const Gaps& gaps) { Layout(graph, gaps); }

std::string smooth_path(const LayeredEdge& edge) {
  std::string out = fmt::format("M{:.1f} {:.1f}", edge.points[0].first, edge.points[0].second);
  for (std::size_t i = 1; i < edge.points.size(); ++i) {
    const auto [x0, y0] = edge.points[i - 1];
    const auto [x1, y1] = edge.points[i];
    if (x0 == x1) out += fmt::format("V{:.1f}", y1);
    else out += fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1);
  }
  return out;
}

std::pair<double, double> point_on(const LayeredEdge& edge, double share) {
  // The parts that lead from row to row, and not those straight through a row: labels stand between rows and not on nodes.
  const std::size_t parts = edge.points.size() / 2, part = std::min(static_cast<std::size_t>(share), parts - 1);
  const auto [x0, y0] = edge.points[2 * part];
  const auto [x1, y1] = edge.points[2 * part + 1];
  const double t = share - std::floor(share), s = 1 - t, middle = (y0 + y1) / 2;
  const double x = s * s * s * x0 + 3 * s * s * t * x0 + 3 * s * t * t * x1 + t * t * t * x1;
  const double y = s * s * s * y0 + 3 * s * s * t * middle + 3 * s * t * t * middle + t * t * t * y1;
  return {x, y};
}

}  // namespace gradus::inspect
