#include <gradus/base/error.hpp>
#include <gradus/scalar.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string>

namespace gradus {
namespace {

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();

std::atomic<std::uint32_t> last_stamp{0};
thread_local Tape* innermost = nullptr;

// What a thread without a tape writes to when it is given values of another one, before it finds that out.
detail::TapeEntry nowhere[2];
constexpr detail::TapeState no_tape{nowhere, nullptr, 0, 0, 0, most};  // a stamp that no value has

// Keeps the arrays of this thread's tape.
struct Memory {
  std::unique_ptr<detail::TapeEntry[]> entries;
  std::unique_ptr<double[]> gradients;
  std::uint32_t base_stamp = 0;  // of values outside every Tape
  ~Memory() { detail::tape = no_tape; }
};
thread_local Memory memory;

void grow() {
  detail::TapeState& t = detail::tape;
  if (t.limit > most / 2) {
    fail<ValueError>("tape", "it is full: " + std::to_string(t.size) + " values", "put a Tape around each step, so that values go when they are not needed any more");
  }
  const std::uint32_t capacity = std::max<std::uint32_t>(256, t.size * 2);
  std::unique_ptr<detail::TapeEntry[]> entries(new detail::TapeEntry[capacity]);
  std::unique_ptr<double[]> gradients(new double[capacity]);
  std::copy_n(t.entries, t.size, entries.get());
  std::copy_n(t.gradients, t.swept, gradients.get());
  memory.entries = std::move(entries);
  memory.gradients = std::move(gradients);
  t.entries = memory.entries.get();
  t.gradients = memory.gradients.get();
  t.limit = capacity - 2;
}

void start() {
  grow();
  detail::tape.size = 1;  // place 0 is nothing's
  detail::tape.stamp = memory.base_stamp = ++last_stamp;
}

// Forgets the entries from `first` on.
void cut(std::uint32_t first) {
  detail::tape.size = first;
  detail::tape.swept = std::min(detail::tape.swept, first);
}

}  // namespace

thread_local constinit detail::TapeState detail::tape = no_tape;

std::uint32_t detail::record_leaf() {
  if (tape.size == 0) start();
  if (tape.size >= tape.limit) grow();
  return record(tape.size, 0, tape.size, 0);
}

double detail::settle(double y, std::uint32_t first, const std::uint32_t (&stamps)[3], const char* op) {
  try {
    for (const std::uint32_t stamp : stamps) check_stamp(stamp, op);
    if (tape.size >= tape.limit) grow();
  } catch (...) {
    cut(first);
    throw;
  }
  return y;
}

void detail::check_stamp(std::uint32_t stamp, const char* op) {
  if (stamp == tape.stamp) return;
  if (stamp == 0) fail<ValueError>(op, "a Value that holds nothing was used", "a default-constructed Value must be assigned first");
  if (stamp == memory.base_stamp) return;
  for (const Tape* t = innermost; t; t = t->outer_) {
    if (stamp == t->outer_stamp_) return;
  }
  fail<ValueError>(op, "a Value was used whose Tape is gone, or that belongs to another thread", "make it before the Tape, in the same thread");
}

Tape::Tape() : outer_(innermost) {
  if (detail::tape.size == 0) start();
  first_ = detail::tape.size;
  outer_stamp_ = detail::tape.stamp;
  detail::tape.stamp = ++last_stamp;
  innermost = this;
}

Tape::~Tape() {
  cut(first_);
  detail::tape.stamp = outer_stamp_;
  innermost = outer_;
}

void Tape::reset() {
  if (innermost != this) fail<ValueError>("tape", "reset while a Tape within it lives");
  cut(first_);
  detail::tape.stamp = ++last_stamp;
}

std::size_t Tape::size() const { return detail::tape.size - first_; }

void backward(std::span<const Value> outputs) {
  std::uint32_t end = 0;
  for (const Value& y : outputs) {
    y.check("backward");
    end = std::max(end, y.index_ + 1);
  }
  detail::TapeState& t = detail::tape;
  double* const grad = t.gradients;
  std::fill_n(grad, t.size, 0.0);
  t.swept = t.size;
  for (const Value& y : outputs) grad[y.index_] += 1;
  // Most values go into the next one only. So that one's gradient is carried in a register, since a number that was just
  // written to memory takes longer to be read again than to be computed.
  double carried = 0;
  for (std::uint32_t i = end; i-- > 1;) {
    const detail::TapeEntry e = t.entries[i];
    const bool next = e.a == i - 1;
    const double g = grad[i] + carried, a = g * e.slope_a;
    grad[e.b] += g * e.slope_b;
    grad[next ? i : e.a] += a;
    carried = next ? a : 0;
    grad[i] = g;
  }
}

}  // namespace gradus
