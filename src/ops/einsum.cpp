// einsum: reads the equation, takes diagonals, and contracts two operands at a time by one matrix product each.
#include <fmt/format.h>
#include <gradus/ops.hpp>

#include <algorithm>
#include <map>

namespace gradus::ops {
namespace {

// Labels of axes: letters, and for the axes of an ellipsis ellipsis_axis + their distance from its last one.
constexpr std::int64_t ellipsis_axis = 1000;

struct Term {
  Tensor x;
  Shape labels;  // one for each axis
};

bool has(const Shape& labels, std::int64_t label) { return std::ranges::find(labels, label) != labels.end(); }

[[noreturn]] void bad(const std::string& equation, const std::string& what, const std::string& hint = "") {
  fail<ValueError>(Einsum::name, fmt::format("\"{}\": {}", equation, what), hint);
}

// "ab...c" for a tensor with `rank` axes; a rank below 0 is unknown, and then the ellipsis has `ellipsis` axes.
Shape labels_of(const std::string& equation, std::string_view part, std::int64_t rank, std::int64_t ellipsis) {
  const std::size_t dots = part.find("...");
  std::int64_t letters = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (i == dots) {
      i += 2;
    } else if (const char c = part[i]; (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      ++letters;
    } else {
      bad(equation, fmt::format("'{}' is no name of an axis", c), "axes are letters a-z and A-Z, further axes \"...\"");
    }
  }
  if (rank >= 0) ellipsis = rank - letters;
  if (ellipsis < 0 || (dots == part.npos && rank >= 0 && ellipsis > 0)) {
    fail<ShapeError>(Einsum::name, fmt::format("\"{}\": \"{}\" names {} axes, its operand has {}", equation, part, letters, rank), "one letter for each axis, or \"...\" for those between");
  }
  Shape labels;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (i != dots) {
      labels.push_back(part[i]);
      continue;
    }
    for (std::int64_t k = ellipsis; k-- > 0;) labels.push_back(ellipsis_axis + k);
    i += 2;
  }
  return labels;
}

Tensor ordered(const Term& term, const Shape& labels) {
  Shape order;
  for (const std::int64_t label : labels) order.push_back(std::ranges::find(term.labels, label) - term.labels.begin());
  return permute(term.x, order);
}

// A label that stands twice: the entries where both axes have the same place.
void take_diagonals(const std::string& equation, Term& term) {
  for (std::size_t i = 0; i < term.labels.size();) {
    const std::int64_t label = term.labels[i];
    const auto second = std::find(term.labels.begin() + i + 1, term.labels.end(), label);
    if (second == term.labels.end()) {
      ++i;
      continue;
    }
    const auto j = static_cast<std::size_t>(second - term.labels.begin());
    const std::int64_t n = term.x.size(static_cast<std::int64_t>(i)), m = term.x.size(static_cast<std::int64_t>(j));
    if (n != m) {
      fail<ShapeError>(Einsum::name, fmt::format("\"{}\": '{}' stands twice for an operand of shape {}, with sizes {} and {}", equation, static_cast<char>(label), to_string(term.x.shape()), n, m));
    }
    term.x = diagonal(term.x, 0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));  // its axis is the last
    term.labels.erase(j);
    term.labels.erase(i);
    term.labels.push_back(label);
  }
}

// Sums over the axes whose label nobody else needs.
template <class Needed>
void sum_out(Term& term, const Needed& needed) {
  Shape gone, left;
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    if (needed(term.labels[i])) left.push_back(term.labels[i]);
    else gone.push_back(static_cast<std::int64_t>(i));
  }
  if (gone.empty()) return;
  term.x = sum(term.x, Axes(gone));
  term.labels = left;
}

// The product of two terms, summed over the labels of both that are not needed any more.
template <class Needed>
Term product(Term a, Term b, const std::map<std::int64_t, std::int64_t>& sizes, const Needed& needed) {
  sum_out(a, [&](std::int64_t label) { return needed(label) || has(b.labels, label); });
  sum_out(b, [&](std::int64_t label) { return needed(label) || has(a.labels, label); });
  Shape both, summed, only_a, only_b;
  for (const std::int64_t label : a.labels) (!has(b.labels, label) ? only_a : needed(label) ? both : summed).push_back(label);
  for (const std::int64_t label : b.labels) {
    if (!has(a.labels, label)) only_b.push_back(label);
  }
  const auto joined = [](Shape x, const Shape& y) {
    x.append(y.begin(), y.end());
    return x;
  };
  // The sizes that the labels have in x; a size of 1 broadcasts, but not under a sum.
  const auto part = [&](Tensor x, std::size_t first, std::size_t count) {
    const Shape shape = x.shape();
    return Shape(shape.begin() + first, shape.begin() + first + count);
  };
  const std::size_t nb = both.size(), na = only_a.size(), ns = summed.size();
  Tensor left = ordered(a, joined(joined(both, only_a), summed)), right = ordered(b, joined(joined(both, summed), only_b));
  const Shape rows = part(left, nb, na), columns = part(right, nb + ns, only_b.size());
  const Shape lead_a = part(left, 0, nb), lead_b = part(right, 0, nb), lead = broadcast(Einsum::name, lead_a, lead_b);
  Term out{{}, joined(joined(both, only_a), only_b)};
  if (ns == 0) {
    Shape left_shape = joined(lead_a, rows), right_shape = lead_b;
    left_shape.resize(left_shape.size() + columns.size(), 1);
    right_shape.resize(right_shape.size() + rows.size(), 1);
    out.x = reshape(left, left_shape) * reshape(right, joined(right_shape, columns));
    return out;
  }
  Shape full;
  for (const std::int64_t label : summed) full.push_back(sizes.at(label));
  left = expand(left, joined(joined(lead_a, rows), full));
  right = expand(right, joined(joined(lead_b, full), columns));
  const std::int64_t n = numel(full);
  out.x = reshape(matmul(reshape(left, joined(lead_a, {numel(rows), n})), reshape(right, joined(lead_b, {n, numel(columns)}))), joined(joined(lead, rows), columns));
  return out;
}

}  // namespace

Tensor Einsum::expand(Inputs x) const {
  std::string text;
  for (const char c : equation) {
    if (c != ' ') text += c;
  }
  const std::size_t arrow = text.find("->");
  const std::string_view left = std::string_view(text).substr(0, arrow);
  const std::size_t operands = static_cast<std::size_t>(std::ranges::count(left, ',')) + 1;
  if (operands != x.size() || x.empty()) {
    bad(equation, fmt::format("names {} operands, {} {} given", operands, x.size(), x.size() == 1 ? "is" : "are"), "the operands are separated by commas: \"ij,jk->ik\"");
  }
  std::vector<Term> terms;
  std::map<std::int64_t, std::int64_t> sizes, times;
  std::int64_t ellipsis = 0;
  std::size_t begin = 0;
  for (const Tensor& t : x) {
    const std::size_t end = std::min(left.find(',', begin), left.size());
    Term term{t, labels_of(equation, left.substr(begin, end - begin), t.rank(), 0)};
    begin = end + 1;
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
      const std::int64_t label = term.labels[i], n = t.size(static_cast<std::int64_t>(i));
      if (label >= ellipsis_axis) ellipsis = std::max(ellipsis, label - ellipsis_axis + 1);
      ++times[label];
      const auto [at, is_new] = sizes.emplace(label, n);
      if (!is_new && at->second == 1) at->second = n;
      else if (n != at->second && n != 1) {
        fail<ShapeError>(name, fmt::format("\"{}\": {} has size {} in operand {} of shape {}, and size {} before", equation,
                                           label < ellipsis_axis ? fmt::format("'{}'", static_cast<char>(label)) : "an axis of the ellipsis", n, terms.size(), to_string(t.shape()), at->second));
      }
    }
    take_diagonals(equation, term);
    terms.push_back(std::move(term));
  }

  Shape result;
  if (arrow != text.npos) {
    result = labels_of(equation, std::string_view(text).substr(arrow + 2), -1, ellipsis);
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!sizes.contains(result[i])) bad(equation, fmt::format("'{}' of the result stands in no operand", static_cast<char>(result[i])));
      if (std::find(result.begin(), result.begin() + i, result[i]) != result.begin() + i) bad(equation, fmt::format("'{}' stands twice in the result", static_cast<char>(result[i])));
    }
  } else {
    for (std::int64_t k = ellipsis; k-- > 0;) result.push_back(ellipsis_axis + k);
    for (const auto& [label, count] : times) {
      if (count == 1 && label < ellipsis_axis) result.push_back(label);
    }
  }

  Term all = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i) {
    all = product(all, terms[i], sizes, [&](std::int64_t label) {
      return has(result, label) || std::any_of(terms.begin() + static_cast<std::ptrdiff_t>(i) + 1, terms.end(), [&](const Term& t) { return has(t.labels, label); });
    });
  }
  sum_out(all, [&](std::int64_t label) { return has(result, label); });
  return ordered(all, result);
}

std::vector<Case> Einsum::cases() {
  const auto op = [](const char* text) { return make_op(Einsum{text}); };
  return {{op("ij,jk->ik"), {{{2, 3}}, {{3, 2}}}},          {op("bij,bjk"), {{{2, 2, 3}}, {{2, 3, 2}}}},
          {op("ii"), {{{3, 3}}}},                            {op("iji->ji"), {{{2, 3, 2}}}},
          {op("i,j"), {{{2}}, {{3}}}},                       {op("...ij,...jk->...ik"), {{{2, 1, 2, 3}}, {{2, 3, 2}}}},
          {op("i...->..."), {{{2, 3}}}},                     {op("bn,anm,bm->ba"), {{{2, 2}}, {{2, 2, 3}}, {{2, 3}}}},
          {op("ij,ij->"), {{{2, 3}}, {{1, 3}}}},             {op("ij,kl->il"), {{{2, 2}}, {{2, 3}}}},
          {op("ij,jk->ik"), {{{2, 0}}, {{0, 3}}}},           {op("ij->ji"), {{{0, 3}}}},
          {op(",i->i"), {{{}}, {{3}}}}};
}

}  // namespace gradus::ops
