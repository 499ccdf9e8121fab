#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>

#include "picture.hpp"

namespace gradus::inspect {

std::string drawing_of(const Explanation& e, Drawing what, DrawingFormat format, Language language) {
  if (what == Drawing::network) {
    if (const Neurons neurons = neurons_of(e.trace); !neurons.columns.empty()) {
      if (format == DrawingFormat::svg) return svg_of(neurons, e.title, language);
      return format == DrawingFormat::dot ? dot_of(neurons.picture) : mermaid_of(neurons.picture);
    }
    if (e.layers.empty()) fail<UsageError>("--picture", quoted(e.title) + " has no layers of neurons that could be drawn", "--picture graph");
  }
  const Picture picture = picture_of(e, !e.layers.empty() && (what == Drawing::network || folds(e)), language);
  if (format == DrawingFormat::svg) return svg_of(picture, e.title, language, true);
  return format == DrawingFormat::dot ? dot_of(picture) : mermaid_of(picture);
}

}  // namespace gradus::inspect
