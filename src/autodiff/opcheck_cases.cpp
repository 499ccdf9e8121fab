#include "autodiff/opcheck_cases.hpp"

#include <gradus/ops.hpp>
#include <gradus/base/random.hpp>

#include <cmath>
#include <numeric>

namespace gradus::opcheck {
namespace {

enum class Layout { contiguous, transposed, sliced, flipped, shifted };
struct NamedLayout {
  Layout layout;
  const char* name;
};
constexpr NamedLayout layouts[] = {{Layout::contiguous, "contiguous"}, {Layout::transposed, "transposed"}, {Layout::sliced, "sliced"}, {Layout::flipped, "flipped"}, {Layout::shifted, "shifted"}};

// The same numbers in another layout. What lies between them is a number that would show in any result.
Tensor laid_out(const Tensor& x, Layout layout) {
  const Tensor other = Tensor::full(x.shape(), 98765, x.dtype());
  switch (layout) {
    case Layout::contiguous: break;
    case Layout::transposed: {  // the axes lie in memory in reverse order
      Shape reverse;
      for (std::int64_t i = x.rank(); i-- > 0;) reverse.push_back(i);
      return permute(contiguous(permute(x, reverse)), reverse);
    }
    case Layout::sliced: {  // every second element of something longer
      const Tensor both[] = {x, other};
      return squeeze(slice(stack(both, -1), -1, {0, 1}), -1);
    }
    case Layout::flipped: return flip(contiguous(flip(x, {})), {});
    case Layout::shifted: {  // begins in the middle of a buffer
      const Tensor both[] = {Tensor::full({3}, 98765, x.dtype()), flatten(x)};
      return reshape(slice(concat(both), 0, {3}), x.shape());
    }
  }
  return x;
}

// Numbers in the domain, no two nearer to each other than a step of the differences: no ties for max.
Tensor spread(const Shape& shape, ops::Range domain, Random& random) {
  const std::int64_t n = numel(shape);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<double> values;
  for (std::int64_t place : order) values.push_back(domain.lo + (domain.hi - domain.lo) * (static_cast<double>(place) + 0.25 + 0.5 * random.uniform()) / static_cast<double>(n));
  return Tensor::from(values, shape);
}

Tensor indices(const Shape& shape, std::int64_t below, Random& random) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < numel(shape); ++i) values.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(below))));
  return Tensor::from(values, shape);
}

// Moves elements away from where the derivative of an elementwise op jumps. Broadcast inputs meet in many pairs, so each
// input is drawn anew as a whole until no pair is near a kink.
bool near_kink(const OpEntry& entry, const Tensors& x, const Shape& shape) {
  if (!entry.kink) return false;
  std::vector<std::vector<double>> in;
  for (const Tensor& t : x) in.push_back(expand(t, shape).to_vector());
  for (std::int64_t i = 0; i < numel(shape); ++i) {
    double at[4];
    for (std::size_t k = 0; k < in.size(); ++k) at[k] = in[k][static_cast<std::size_t>(i)];
    if (std::abs(entry.kink(at)) < 0.02) return true;
  }
  return false;
}

struct Pattern {
  const char* name;
  Shape first, others;  // shapes of the first input and of all others
};

std::vector<Variant> elementwise(const OpEntry& entry) {
  const int n = entry.info.inputs;
  std::vector<Pattern> patterns = {{"[2, 3]", {2, 3}, {2, 3}}, {"0-d", {}, {}}, {"zero size", {0, 3}, {0, 3}}, {"rank 6", {1, 2, 1, 2, 1, 1}, {1, 2, 1, 2, 1, 1}}};
  if (n > 1) {
    for (const Pattern& p : {Pattern{"first is a row", {3}, {2, 3}}, {"others are columns", {2, 3}, {2, 1}}, {"column against row", {2, 1}, {1, 3}}, {"first is 0-d", {}, {3}}, {"others are 0-d", {3}, {}}, {"zero size broadcast", {0, 1}, {1, 3}}}) patterns.push_back(p);
  } else {
    patterns.push_back({"[1]", {1}, {}});
    patterns.push_back({"more than a vector", {19}, {}});
  }
  std::vector<Variant> out;
  std::uint64_t stream = 0;
  const auto add = [&](const Pattern& p, const NamedLayout& l, bool repeated) {
    Variant v{std::string(p.name) + ", " + (repeated ? "expanded" : l.name), entry.op, {}, n > 1 && p.first == p.others && entry.domains[0].lo == entry.domains[1].lo};
    Shape shape = n > 1 ? broadcast("opcheck", p.first, p.others) : p.first;
    Random random(17, stream++);
    do {
      v.inputs.clear();
      for (int i = 0; i < n; ++i) {
        const Shape& own = i == 0 ? p.first : p.others;
        Tensor x = spread(repeated ? Shape{1, own.back()} : own, entry.domains[static_cast<std::size_t>(i)], random);
        if (entry.domains[static_cast<std::size_t>(i)].whole) x = cast(x, Dtype::i64);
        if (repeated) x = expand(x, own);
        v.inputs.push_back(laid_out(x, l.layout));
      }
    } while (near_kink(entry, v.inputs, shape));
    v.same = v.same && !entry.kink;  // x against itself is a tie
    out.push_back(std::move(v));
  };
  for (const Pattern& p : patterns) add(p, layouts[0], false);
  for (const NamedLayout& l : layouts) {
    if (l.layout != Layout::contiguous) add(patterns[0], l, false);
  }
  for (const NamedLayout& l : layouts) {
    if (l.layout != Layout::contiguous && n > 1) add(patterns[4], l, false);
  }
  add(patterns[0], layouts[0], true);
  if (n == 1) add({"[2, 2, 2]", {2, 2, 2}, {}}, layouts[1], false);
  return out;
}

std::vector<Variant> others(const OpEntry& entry) {
  std::vector<Variant> out;
  std::uint64_t stream = 1000;
  for (const ops::Case& c : entry.cases) {
    for (const NamedLayout& l : layouts) {
      Random random(17, stream++);
      Variant v{"", c.op, {}, false};
      for (const ops::CaseInput& in : c.inputs) {
        Tensor x = in.below > 0 ? indices(in.shape, in.below, random) : spread(in.shape, in.domain, random);
        if (in.prepare) x = in.prepare(x);
        v.inputs.push_back(laid_out(x, l.layout));
        v.name += (v.name.empty() ? "" : ", ") + to_string(in.shape);
      }
      v.name = c.op->text() + " of " + v.name + ", " + l.name;
      out.push_back(std::move(v));
    }
  }
  return out;
}

}  // namespace

Tensor fixed_numbers(const Shape& shape, std::uint64_t stream) {
  Random random(23, stream);
  std::vector<double> values;
  for (std::int64_t i = 0; i < numel(shape); ++i) values.push_back(2 * random.uniform() - 1);
  return Tensor::from(values, shape);
}

std::vector<Variant> variants(const OpEntry& entry) { return entry.info.family == Family::map ? elementwise(entry) : others(entry); }

}  // namespace gradus::opcheck
