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

void handle(int number) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // a file that is being read or written is finished
  sigaction(number, &action, nullptr);
}

}  // namespace

void catch_signals() {
  handle(SIGINT);
  handle(SIGTERM);
  struct sigaction now {};
  sigaction(SIGHUP, nullptr, &now);
  if (now.sa_handler != SIG_IGN) handle(SIGHUP);  // nohup wants to outlive the terminal
}
int caught_signal() { return caught; }

}  // namespace gradus::cli
