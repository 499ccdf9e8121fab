// A lesson as a page.
#include <algorithm>

#include "view/page/html.hpp"
#include "lesson.hpp"

namespace gradus::inspect {
namespace {

constexpr auto style = R"(main.lesson{max-width:1080px}
main.lesson p{max-width:78ch}
main.lesson+footer,header.lesson{max-width:1080px}
.lesson td:not(.word),.lesson th:not(.word){text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.lesson tbody th{color:var(--ink);font-size:1rem;font-weight:400;text-align:left}
.lesson table{width:auto;min-width:min(100%,24em)}
.lesson .caption{margin:1em 0 .3em}
.lesson figure{margin:1em 0}
.lesson th.word{min-width:3.4em}
.lesson th.long{min-width:min(7em,30vw)}
.lesson thead th:not(.word){white-space:normal;vertical-align:bottom}
.lesson td,.lesson th{padding-top:3px;padding-bottom:3px}
.maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:10px}
.maps svg{max-width:280px;width:100%;height:auto;font-size:13px}
.maps text{text-anchor:middle;fill:currentColor;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.maps .cut{fill:none;stroke:var(--value);stroke-width:2.4}
.maps .unit{fill:var(--value);font-weight:600}
.maps circle{stroke:var(--ink);stroke-width:1.8;fill:var(--card)}
.maps .one{fill:var(--ink)}
)";

std::string table_of(const LessonPart& part, const std::string& label) {
  std::string out = part.text.empty() ? "" : fmt::format("<p class=\"note caption\">{}</p>\n", escaped_text(part.text));  // a caption would be as wide as the table
  out += fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"><table>\n", escaped_text(part.text.empty() ? label : part.text));
  const bool long_names = std::ranges::any_of(part.rows, [](const auto& row) { return row[0].size() > 14; });
  for (std::size_t r = 0; r < part.rows.size(); ++r) {
    out += r == 0 ? "<thead><tr>" : r == 1 ? "<tbody>\n<tr>" : "<tr>";
    for (std::size_t i = 0; i < part.rows[r].size(); ++i) {
      const char *element = r == 0 || i == 0 ? "th" : "td", *scope = r == 0 ? " scope=\"col\"" : i == 0 ? " scope=\"row\"" : "", *word = i >= part.words ? "" : i == 0 && long_names ? " class=\"word long\"" : " class=\"word\"";
      out += fmt::format("<{0}{1}{2}>{3}</{0}>", element, scope, word, escaped_text(part.rows[r][i]));
    }
    out += r == 0 ? "</tr></thead>\n" : "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string lesson_page(const LessonScript& script) {
  std::string body = fmt::format("<header class=\"lesson\">\n<h1>{}</h1>\n</header>\n<main class=\"lesson\">\n<section>\n", escaped_text(script.title)), label = script.title;
  for (const LessonPart& part : script.parts) {
    switch (part.kind) {
      case LessonPart::Kind::heading:
        label = part.text;
        body += fmt::format("</section>\n<section>\n<h2>{}</h2>\n", escaped_text(part.text));
        break;
      case LessonPart::Kind::paragraph: body += fmt::format("<p>{}</p>\n", escaped_text(part.text)); break;
      case LessonPart::Kind::table:
        if (!part.only_text) body += table_of(part, label);
        break;
      case LessonPart::Kind::curves:
        body += line_chart(part.text, part.x_label, part.series, {.language = script.options.language, .id = fmt::format("chart{}", &part - script.parts.data()), .log_first = part.logarithmic});
        break;
      case LessonPart::Kind::drawing: body += fmt::format("<figure>\n<figcaption class=\"note\">{}</figcaption>\n{}</figure>\n", escaped_text(part.text), part.svg); break;
    }
  }
  body += fmt::format("</section>\n</main>\n<footer>Gradus · {}</footer>\n", escaped_text(script.word(Word::lesson_footer, "gradus explain --lesson " + script.json["lesson"].get<std::string>())));
  return page_with(script.title, script.options.language, body, std::string(chart_style()) + style, chart_script());
}

}  // namespace gradus::inspect
