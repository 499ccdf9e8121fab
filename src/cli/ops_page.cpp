#include "ops_page.hpp"

#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/ops/registry.hpp>

#include <algorithm>

#include "autodiff/opcheck_cases.hpp"

namespace gradus::cli {
namespace {

constexpr std::string_view page_head =
    R"(# Operations

Made by `./run ops --markdown > docs/ops.md` from the list of operations: every line of it was run. A function of the same name applies
each to tensors (`include/gradus/ops` has the signatures), the elementwise ones also to the scalar engine's `Value`.

In derivatives, `x` (or `a`, `b`, `c`) are the inputs, `y` is the result, and `t` is what arrives from the loss: the text is what flows
on to each input. An input without one is a constant. Every derivative can be differentiated again, to any order, backward and forward.
)";

struct FamilyPage {
  Family family;
  std::string_view title, about;
};
constexpr FamilyPage pages[] = {
    {Family::map, "Elementwise", "Shapes broadcast as in NumPy; integers become f32 where the function needs it."},
    {Family::move, "Moves", "The same elements in another place. The gradient is the inverse move."},
    {Family::reduce, "Reductions", "Over any axes, `keepdims` leaves them with size 1."},
    {Family::contract, "Products", "The gradient is two products of the same kind."},
    {Family::linalg, "Linear algebra", "Of the last two axes; the axes before them are a batch. In the library `gradus_linalg`, on Eigen."},
    {Family::window, "Windows", "Windows that slide over the last axes of `[N, C, ...]`."},
    {Family::index, "Indexing", "By integers; one outside its axis is an error."},
    {Family::row, "Along an axis", "Softmax, norms, attention. Fused where it pays; the same from plain operations is the oracle in tests."},
    {Family::loss, "Losses", "One loss for each element or example: `mean` or `sum` of it is the caller's."},
    {Family::random, "Random numbers", "Pure functions of a key (seed, stream) and the position: Philox4x32-10. `random_key()` gives a fresh one."},
};

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string derivatives_of(const OpEntry& entry) {
  std::string out;
  for (std::size_t i = 0; i < entry.derivatives.size(); ++i) {
    const std::string& text = entry.derivatives[i];
    if (entry.derivatives.size() > 1) out += fmt::format("{}{}: ", i ? ", " : "", "abc"[i]);
    out += text.empty() ? "constant" : code(text);
  }
  return out;
}

// "[2, 3], [3, 4] -> [2, 4]"
std::string shapes_of(const opcheck::Variant& v) {
  std::string out;
  for (const Tensor& x : v.inputs) out += (out.empty() ? "" : ", ") + to_string(x.shape());
  return code(out + " -> " + to_string(gradus::apply(v.op, v.inputs).shape()));
}

// What becomes of each dtype of the float inputs, or of the integers where there are none: "bool to i64: f32; f16 to f64: the same".
std::string dtypes_of(const opcheck::Variant& v) {
  struct Rule {
    std::string result;
    std::vector<std::string> from;
  };
  std::vector<Rule> rules;
  const bool floats = std::ranges::any_of(v.inputs, [](const Tensor& t) { return is_float(t.dtype()); });
  for (int i = 0; i <= static_cast<int>(Dtype::f64); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    Tensors x;
    for (const Tensor& t : v.inputs) x.push_back(is_float(t.dtype()) == floats ? cast(t, dtype) : t);
    std::string result;
    try {
      // By the shape rule: the numbers may not suit the operation, such as a matrix of truth values that is singular.
      const Dtype made = v.op->info().composite ? gradus::apply(v.op, x).dtype() : v.op->shape(x).dtype;
      result = made == dtype ? "the same" : std::string(name(made));
    } catch (const Error&) {
      result = "refused";
    }
    if (rules.empty() || rules.back().result != result) rules.push_back({result, {}});
    rules.back().from.emplace_back(name(dtype));
  }
  std::string out;
  for (const Rule& rule : rules) {
    const std::string range = rule.from.size() == 1 ? rule.from[0] : rule.from.front() + " to " + rule.from.back();
    out += (out.empty() ? "" : "; ") + (rules.size() == 1 ? "any" : range) + ": " + rule.result;
  }
  return out;
}

// Numbers that are short to read where the operation takes them.
Tensor rounded(const Tensor& x) { return is_float(x.dtype()) ? round(x * 10) / 10 + 0.0 : x; }  // -0 becomes 0

std::string numbers(const Tensor& x) {
  std::string text = to_string(cast(x, x.dtype() == Dtype::f64 ? Dtype::f32 : x.dtype()));
  text = text.substr(0, text.rfind("  "));
  std::string line;
  for (const char c : text) {
    if (c != '\n') line += c;
    else line += ' ';
  }
  while (line.find("  ") != std::string::npos) line.erase(line.find("  "), 1);
  return line;
}

std::string example_of(const std::vector<opcheck::Variant>& variants) {
  // The first that is short to read, else the first that can be read at all.
  const auto first_below = [&](std::int64_t limit) {
    return std::ranges::find_if(variants, [limit](const opcheck::Variant& v) {
      std::int64_t size = 0;
      for (const Tensor& x : v.inputs) {
        if (x.numel() == 0 || x.rank() > 3) return false;
        size += x.numel();
      }
      return size > 1 && size <= limit && gradus::apply(v.op, v.inputs).numel() <= limit;
    });
  };
  auto best = first_below(20);
  if (best == variants.end()) best = first_below(60);
  if (best == variants.end()) return {};
  Tensors x;
  for (const Tensor& t : best->inputs) x.push_back(rounded(contiguous(t)));
  std::string given;
  for (const Tensor& t : x) given += (given.empty() ? "" : ", ") + numbers(t);
  return code(fmt::format("{} of {} = {}", best->op->text(), given, numbers(gradus::apply(best->op, x))));
}

std::string section(const OpEntry& entry) {
  const OpInfo& info = entry.info;
  const std::vector<opcheck::Variant> variants = opcheck::variants(entry);
  std::string out = fmt::format("\n### {}\n\n{}\n\n", info.name, info.doc);
  const auto line = [&](std::string_view title, const std::string& text) {
    if (!text.empty()) out += fmt::format("- {}: {}\n", title, text);
  };
  if (!info.math.empty()) line("formula", code(info.math));
  line("derivative", !info.differentiable ? "none, a constant" : derivatives_of(entry));
  line("shapes", shapes_of(variants.front()));
  line("dtypes", dtypes_of(variants.front()));
  line("example", example_of(variants));
  return out;
}

}  // namespace

std::string ops_page() {
  std::string out(page_head);
  for (const FamilyPage& page : pages) {
    std::string sections;
    for (const OpEntry& entry : registry()) {
      if (entry.info.family == page.family) sections += section(entry);
    }
    if (!sections.empty()) out += fmt::format("\n## {}\n\n{}\n{}", page.title, page.about, sections);
  }
  out.pop_back();
  return out;
}

}  // namespace gradus::cli
