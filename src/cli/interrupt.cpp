#include "interrupt.hpp"

#include <csignal>

#include <unistd.h>

namespace gradus::cli {
namespace {

volatile std::sig_atomic_t caught = 0;

void on_signal(int number) {
  if (caught != 0) _exit(128 + number);
  caught = number;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // a file that is being read or written is finished
  sigaction(number, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  caught = 0;
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
}
Interrupt::~Interrupt() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
}
int Interrupt::signal() { return caught; }

}  // namespace gradus::cli
