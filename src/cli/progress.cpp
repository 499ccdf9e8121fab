#include "progress.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <gradus/base/clock.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output.hpp"

namespace gradus::cli {
namespace {

constexpr double seconds_between_draws = 0.05;

bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && !(kind && std::string_view(kind) == "dumb");
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

// The changing line: a bar and what is said beside it.
void draw_line(double done, const std::string& text) {
  const std::size_t width = terminal_width();
  const std::size_t bar = text.size() + 12 < width ? std::min<std::size_t>(24, width - text.size() - 2) : 0;
  const auto filled = static_cast<std::size_t>(std::lround(done * static_cast<double>(bar)));
  std::string drawn;
  for (std::size_t i = 0; i < bar; ++i) drawn += i < filled ? "━" : "─";
  fmt::print(stderr, "\r\033[K{}{}", drawn, text.substr(0, width - 1));
  std::fflush(stderr);
}

void clear_line() {
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

}  // namespace

Bar::Bar(std::string text) : text_(std::move(text)), begun_(now()), terminal_(is_terminal()) {}

void Bar::at(double done) {
  constexpr double patience = 1;
  const double seconds = now() - begun_;
  if (!terminal_ || seconds < patience || now() - drawn_at_ < seconds_between_draws || done <= 0) return;
  draw_line(done, fmt::format(" {}  {:.0f} %  {} left", text_, 100 * done, duration(seconds / done * (1 - done))));
  drawn_ = true;
  drawn_at_ = now();
}

void Bar::end() {
  if (std::exchange(drawn_, false)) clear_line();
}

Progress::Progress(const train::Started& started)
    : terminal_(is_terminal()), metric_(started.metric), print_every_(started.recipe.train.print_every) {
  note(fmt::format("{}: {}, {} to learn from, {} to test, in {}", started.recipe.name.value, counted(started.parameters, "parameter"),
                   counted(started.train_rows, "row"), grouped(started.test_rows), started.folder));
  for (const std::string& text : started.notes) note("note: " + text);
  if (started.from_step > 0) note(fmt::format("going on from step {}", grouped(started.from_step)));
}

// Lines that stay: the first ten epochs, then about ten for every factor of ten, and the last.
bool Progress::is_due(std::int64_t epoch, std::int64_t epochs) const {
  std::int64_t every = 1;
  while (every * 10 <= epoch) every *= 10;
  return epoch == epochs || epoch % every == 0;
}

std::string Progress::figures(const train::Progress& at) const {
  std::string text = fmt::format("loss {:.4g}", at.means.loss);
  if (!metric_.empty()) text += fmt::format("  {} {:.4f}", metric_, at.means.metric);
  return text + fmt::format("  lr {:.3g}", at.lr);
}

void Progress::draw(const train::Progress& at) {
  const auto total = static_cast<double>(at.steps);
  const double done = static_cast<double>(at.at.step) / total;
  std::string text = fmt::format(" epoch {}/{}  {}", std::min(at.at.epoch + 1, at.epochs), at.epochs, figures(at));
  draw_line(done, text + fmt::format("  {} left", duration(at.at.seconds / done * (1 - done))));
  drawn_ = true;
  drawn_at_ = now();
}

void Progress::step(const train::Progress& at) {
  if (terminal_ && now() - drawn_at_ >= seconds_between_draws) draw(at);
}

void Progress::epoch(const train::Progress& at, const train::Figures* validation) {
  if (print_every_ > 0) {
    if (at.at.epoch % print_every_ != 0) return;
    clear();
    say(fmt::format("Epoch {}, Cost: {:.6f}", at.at.epoch, at.means.loss));
    if (terminal_) std::fflush(stdout);
    return;
  }
  if (!is_due(at.at.epoch, at.epochs)) return;
  clear();
  std::string text = fmt::format("epoch {}/{}  {}", at.at.epoch, at.epochs, figures(at));
  if (validation) {
    text += fmt::format("  valid loss {:.4g}", validation->loss);
    if (!metric_.empty()) text += fmt::format(" {} {:.4f}", metric_, validation->metric);
  }
  note(text + "  " + duration(at.at.seconds));
}

void Progress::clear() {
  if (std::exchange(drawn_, false)) clear_line();
}

void Progress::end() { clear(); }

}  // namespace gradus::cli
