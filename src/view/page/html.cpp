#include "html.hpp"

#include <span>

namespace gradus::embedded {
extern const std::span<const unsigned char> page_style, page_script;
}

namespace gradus::inspect {
namespace {

std::string_view text_of_file(std::span<const unsigned char> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

std::string page_of(const std::string& title, Language language, const std::string& body, bool script) {
  return page_with(title, language, body, {}, script ? text_of_file(embedded::page_script) : std::string_view());
}

std::string page_with(const std::string& title, Language language, const std::string& body, std::string_view style, std::string_view script) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}{}</style></head>\n<body data-wide=\"{}\">\n",
      language == Language::chinese ? "zh-CN" : "en", escaped_text(title), text_of_file(embedded::page_style), style, text_of(Word::too_wide, language));
  out += body;
  if (!script.empty()) out += fmt::format("<script>\n{}</script>\n", script);
  return out + "</body></html>\n";
}

std::string math(const std::string& inside) { return "<math displaystyle=\"true\">" + inside + "</math>"; }
std::string chain(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += part.starts_with("<span") ? part : "<span>" + math(part) + "</span>";
  return "<div class=\"line\">" + out + "</div>";
}
std::string coloured(const std::string& inside, const char* kind) { return fmt::format("<mrow class=\"{}\">{}</mrow>", kind, inside); }

}  // namespace gradus::inspect
