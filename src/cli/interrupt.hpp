// SIGINT and SIGTERM: the first asks the run to end after the step it is in, the second ends the program at once.
#pragma once

namespace gradus::cli {

// Handles the signals while it lives.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  static int signal();  // the one that came, or 0
};

}  // namespace gradus::cli
