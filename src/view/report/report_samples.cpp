// What a run gets wrong: which classes it takes for which, and the rows with the largest error.
#include <algorithm>
#include <cmath>

#include <gradus/base/text.hpp>

#include "png.hpp"
#include "report.hpp"

namespace gradus::inspect {
namespace {

constexpr std::size_t numbered = 20;  // classes up to which every count is written out

using Table = std::vector<std::vector<double>>;

Table confusion_of(const RunData& run) {
  Table out;
  if (!run.samples.contains("confusion") || !run.samples["confusion"].is_array()) return out;
  for (const Json& row : run.samples["confusion"]) {
    out.emplace_back();
    if (row.is_array()) std::ranges::transform(row, std::back_inserter(out.back()), [](const Json& count) { return number_of(count); });
    if (out.back().size() != run.samples["confusion"].size()) return {};
  }
  return out;
}

std::string class_name(const RunData& run, std::size_t i) {
  const Json& samples = run.samples;
  const bool named = samples.contains("classes") && samples["classes"].is_array() && i < samples["classes"].size() && samples["classes"][i].is_string();
  const std::string name = named ? printable(samples["classes"][i].get<std::string>()) : std::to_string(i);
  return name == " " ? "␣" : name;
}

// A long name takes three short lines; the whole of it is under the pointer.
std::string short_name(const RunData& run, std::size_t i) {
  const std::string name = escaped(class_name(run, i));
  return name.size() > 8 ? "<span class=\"name\" title=\"" + name + "\">" + name + "</span>" : name;
}

// How strong the colour of a cell is: its share of all rows of that class.
std::string tint(double count, double all, bool right) { return count > 0 ? fmt::format("{},{:.2f})", right ? "rgba(60,130,220" : "rgba(222,92,30", 0.08 + 0.47 * count / all) : std::string(); }

std::string numbered_table(const RunData& run, const Table& counts, Language language) {
  std::string out = "<div class=\"scroll\" tabindex=\"0\"><table class=\"confusion\"><tr><th scope=\"col\">" + std::string(text_of(Word::true_class, language)) + "</th>";
  for (std::size_t i = 0; i < counts.size(); ++i) out += "<th scope=\"col\">" + short_name(run, i) + "</th>";
  out += "</tr>\n";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    double all = 0;
    for (const double count : counts[i]) all += count;
    out += "<tr><th scope=\"row\">" + short_name(run, i) + "</th>";
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const std::string colour = tint(counts[i][k], all, i == k);
      out += colour.empty() ? "<td></td>" : fmt::format("<td style=\"background:{}\">{:.0f}</td>", colour, counts[i][k]);
    }
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

std::string heat_map(const RunData& run, const Table& counts, Language language) {
  const std::size_t n = counts.size();
  constexpr double cell = 10, margin = 14;
  const double size = margin + cell * static_cast<double>(n);
  std::string out = fmt::format("<svg class=\"heat\" viewBox=\"0 0 {0} {0}\" role=\"img\" aria-label=\"{1}\">", size, text_of(Word::confusion, language));
  for (std::size_t i = 0; i < n; ++i) {
    double all = 0;
    for (const double count : counts[i]) all += count;
    const double at = margin + cell * static_cast<double>(i);
    const std::string name = class_name(run, i).size() > 4 ? std::to_string(i) : escaped(class_name(run, i));
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", margin - 3, at + 8, name, at + cell / 2, margin - 4, name);
    for (std::size_t k = 0; k < n; ++k) {
      const std::string colour = tint(counts[i][k], all, i == k);
      if (!colour.empty()) out += fmt::format("<path fill=\"{}\" d=\"M{} {}h{}v{}h-{}z\"/>", colour, margin + cell * static_cast<double>(k), at, cell, cell, cell);
    }
  }
  return out + "</svg>\n";
}

std::string most_frequent(const RunData& run, const Table& counts, Language language) {
  struct Pair {
    std::size_t truth, said;
    double count;
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (std::size_t k = 0; k < counts.size(); ++k) {
      if (i != k && counts[i][k] > 0) pairs.push_back({i, k, counts[i][k]});
    }
  }
  std::ranges::stable_sort(pairs, std::greater<>(), &Pair::count);
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, pairs.size()); ++i) {
    if (i > 0) list += language == Language::chinese ? "；" : ", ";
    list += text_of(Word::confused, language, class_name(run, pairs[i].truth), class_name(run, pairs[i].said), pairs[i].count);
  }
  return list.empty() ? list : "<p>" + escaped(text_of(Word::confusion_most, language, list)) + "</p>\n";
}

std::string image_of(const Json& picture, const Json& row, const std::string& text) {
  std::vector<std::uint8_t> pixels;
  for (const Json& pixel : row["pixels"]) pixels.push_back(static_cast<std::uint8_t>(std::clamp(number_of(pixel), 0.0, 255.0)));
  const auto size = [&](std::size_t axis) { return static_cast<int>(std::clamp(number_of(picture[axis]), 0.0, 4096.0)); };
  if (picture.size() != 3 || (size(0) != 1 && size(0) != 3) || pixels.empty() || pixels.size() != static_cast<std::size_t>(size(0)) * static_cast<std::size_t>(size(1)) * static_cast<std::size_t>(size(2))) return {};
  return fmt::format("<img alt=\"{}\" src=\"{}\">", escaped(text), png_uri(pixels, size(0), size(1), size(2)));
}

std::string shown_symbol(const Json& symbol) {
  const std::string text = symbol.is_string() ? symbol.get<std::string>() : "";
  return text == "\n" ? "↵\n" : text == "\t" ? "⇥" : printable(text);
}

// The characters that were to come, each as dark as it was unexpected.
std::string text_by_loss(const Json& row) {
  std::string out = "<p class=\"losses\" lang=\"und\">";
  const Json &next = row["next"], &losses = row["losses"];
  for (std::size_t i = 0; i < next.size(); ++i) {
    const double loss = i < losses.size() ? number_of(losses[i]) : NAN;
    const double strength = std::isfinite(loss) ? std::clamp((loss - 0.5) / 7, 0.0, 0.6) : 0;
    const std::string symbol = escaped(shown_symbol(next[i]));
    out += strength < 0.03 ? symbol : fmt::format("<span style=\"background:rgba(222,92,30,{:.2f})\" title=\"{:.2f}\">{}</span>", strength, loss, symbol);
  }
  return out + "</p>";
}

std::string joined(const Json& symbols) {
  std::string out;
  for (const Json& symbol : symbols) out += shown_symbol(symbol);
  return out;
}

bool is_list(const Json& row, const char* key) { return row.contains(key) && row[key].is_array(); }

}  // namespace

std::string part_word(const std::string& part, Language language) {
  return std::string(text_of(part == "test" ? Word::test_rows : part == "valid" ? Word::validation_rows : Word::training_rows, language));
}

std::string looked_at(const RunData& run, Language language) {
  const double step = number_of(run.samples, "step"), epoch = number_of(run.samples, "epoch");
  if (!std::isfinite(step) || !std::isfinite(epoch)) return {};
  return "<p class=\"note\">" + text_of(Word::looked_at, language, step, fmt::format("{:.6g}", std::round(100 * epoch) / 100)) + "</p>\n";
}

std::string target_of(const RunData& run, Language language) {
  const std::string name = run.samples.contains("numbers") ? printable(text_of_json(run.samples["numbers"], "target")) : "";
  return name.empty() ? std::string(text_of(Word::the_target, language)) : name;
}

std::string confusion_section(const RunData& run, Language language) {
  const Table counts = confusion_of(run);
  if (counts.size() < 2) return {};
  double all = 0, right = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    right += counts[i][i];
    for (const double count : counts[i]) all += count;
  }
  if (all == 0) return {};
  std::string about = text_of(Word::confusion_about, language, all - right, all, part_word(text_of_json(run.samples, "part"), language));
  if (const double without = number_of(run.samples, "not_finite"); without > 0) about += " " + text_of(Word::not_finite, language, without);
  return section(Word::confusion, about, looked_at(run, language) + (counts.size() <= numbered ? numbered_table(run, counts, language) : heat_map(run, counts, language)) + most_frequent(run, counts, language), language);
}

std::string worst_section(const RunData& run, Language language) {
  if (!is_list(run.samples, "worst") || run.samples["worst"].empty()) return {};
  const Json& worst = run.samples["worst"];
  if (std::ranges::none_of(worst, [](const Json& row) { return std::isfinite(number_of(row, "loss")); })) return {};  // of a network that is beyond all numbers
  const std::string part = text_of_json(run.samples, "part");
  const auto word = [&](Word w) { return std::string(text_of(w, language)); };
  const bool numbers = run.samples.contains("numbers");  // their error says more than the loss, which gives the same order
  const std::string measure = word(numbers ? Word::error_word : Word::cross_entropy_word);
  const auto measured = [&](const Json& row) { return short_number(number_of(row, numbers ? "error" : "loss")); };
  const auto said = [&](const Json& row) {
    const std::string truth = printable(text_of_json(row, "target")), guess = printable(text_of_json(row, "prediction"));
    std::string text = truth == guess ? text_of(Word::said_of, language, truth) : text_of(Word::taken_for, language, truth, guess);
    if (const double p = number_of(row, "probability"); std::isfinite(p)) text += fmt::format(" ({:.0f} %)", 100 * p);
    return text;
  };
  std::string pictures, texts, rows, head;
  for (const Json& row : worst) {
    if (!row.is_object()) continue;
    const std::string number = fmt::format("{} {}, {} {}", word(Word::row), number_of(row, "row"), measure, measured(row));
    if (is_list(row, "pixels") && is_list(run.samples, "picture")) {
      const std::string image = image_of(run.samples["picture"], row, said(row));
      pictures += "<figure>" + image + "<figcaption><b>" + escaped(said(row)) + "</b><br>" + escaped(number) + "</figcaption></figure>\n";
    } else if (is_list(row, "next")) {
      texts += "<li><span class=\"note\">" + escaped(number) + "</span>" + text_by_loss(row) + "</li>\n";
    } else if (is_list(row, "text")) {
      texts += "<li><span class=\"note\">" + escaped(number) + "</span><p class=\"losses\" lang=\"und\">" + escaped(joined(row["text"])) + " → <b>" + escaped(said(row)) + "</b></p></li>\n";
    } else if (is_list(row, "cells")) {
      if (head.empty()) {
        for (const Word w : {Word::row, Word::truth, Word::said}) head += "<th scope=\"col\">" + word(w) + "</th>";
        head += "<th scope=\"col\">" + escaped(measure) + "</th>";
        for (const Json& cell : row["cells"]) head += "<th scope=\"col\">" + (cell.is_array() && cell.size() == 2 && cell[0].is_string() ? escaped(printable(cell[0].get<std::string>())) : "") + "</th>";
      }
      rows += fmt::format("<tr><td class=\"num\">{}</td><td>{}</td><td>{}</td><td class=\"num\">{}</td>", number_of(row, "row"), escaped(printable(text_of_json(row, "target"))),
                          escaped(printable(text_of_json(row, "prediction"))), measured(row));
      for (const Json& cell : row["cells"]) rows += "<td class=\"num\">" + (cell.is_array() && cell.size() == 2 && cell[1].is_string() ? escaped(printable(cell[1].get<std::string>())) : "") + "</td>";
      rows += "</tr>\n";
    }
  }
  std::string body = pictures.empty() ? "" : "<div class=\"pictures\">" + pictures + "</div>\n";
  if (!texts.empty()) body += "<p class=\"note\">" + word(Word::text_about) + "</p><ol class=\"texts\">" + texts + "</ol>\n";
  if (!rows.empty()) body += "<div class=\"scroll\" tabindex=\"0\"><table><tr>" + head + "</tr>\n" + rows + "</table></div>\n";
  if (part == "train") body += "<p class=\"note\">" + word(Word::worst_so_far) + "</p>\n";
  if (part == "test" && run.ended()) body += "<p class=\"note\">" + escaped(text_of(Word::worst_explain, language, run.path)) + "</p>\n";
  std::string about = text_of(Word::worst_about, language, part_word(part, language));
  if (part != "train") about += (language == Language::chinese ? "" : " ") + text_of(Word::worst_mean, language, figure_name(part + "_loss", language));
  return section(Word::worst, about, looked_at(run, language) + body, language);
}

}  // namespace gradus::inspect
