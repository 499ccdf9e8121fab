// The tape of the scalar engine: one flat list per thread of what was computed, in order, with its local derivatives.
// A backward pass is one loop over it from the end.
#pragma once
#include <cstddef>
#include <cstdint>

namespace gradus {

namespace detail {

// One value: the places of its two inputs and its derivative with respect to each. An input that is a number, or is missing,
// has the place of the entry itself, where it does no harm.
struct TapeEntry {
  double slope_a, slope_b;
  std::uint32_t a, b;
};

// Trivial, so that reaching it costs no guard; the memory belongs to an owner in tape.cpp.
struct TapeState {
  TapeEntry* entries;
  double* gradients;
  std::uint32_t size, limit;  // there is always room for two entries; at the limit more is made
  std::uint32_t swept;        // gradients exist for the entries below this one
  std::uint32_t stamp;        // of the innermost Tape that lives, and of the values that are made while it does; never 0
};
extern thread_local constinit TapeState tape;

// The rare work after an operation was written from place `first` on: checks the stamps of its inputs where they are not that
// of the innermost Tape (ValueError, and what was written goes again), and makes room. Gives y back: what is passed through
// need not be spilled around the call, which would cost more than the rest of the operation.
double settle(double y, std::uint32_t first, const std::uint32_t (&stamps)[3], const char* op);
std::uint32_t record_leaf();
void check_stamp(std::uint32_t stamp, const char* op);

inline std::uint32_t record(std::uint32_t a, double slope_a, std::uint32_t b, double slope_b) {
  const std::uint32_t i = tape.size++;
  tape.entries[i] = {slope_a, slope_b, a, b};
  return i;
}

}  // namespace detail

// The values made in this thread while it lives are dropped when it goes; older ones can be used within. Without one, they
// stay until the thread ends. Tapes nest, and end in the reverse order.
//   Value w = 0.5;
//   for (...) { Tape step; Value loss = square(w * x - y); loss.backward(); w.set(w.value() - 0.1 * w.grad()); }
class Tape final {
 public:
  Tape();
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  void reset();              // drops the values made since it began
  std::size_t size() const;  // how many there are

 private:
  friend void detail::check_stamp(std::uint32_t, const char*);
  Tape* outer_;
  std::uint32_t first_, outer_stamp_;
};

}  // namespace gradus
