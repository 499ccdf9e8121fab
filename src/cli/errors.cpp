#include "errors.hpp"

#include <cstring>
#include <exception>
#include <new>

#include <gradus/base/error.hpp>
#include <unistd.h>

#include "command.hpp"

namespace gradus::cli {
namespace {

// Without memory and without streams: either may be what is broken.
void write_parts(const char* a, const char* b) noexcept {
  for (const char* part : {"gradus: ", a, b, "\n"}) {
    const std::size_t length = std::strlen(part);
    for (std::size_t done = 0; done < length;) {
      const auto written = ::write(STDERR_FILENO, part + done, length - done);
      if (written <= 0) return;
      done += static_cast<std::size_t>(written);
    }
  }
}

}  // namespace

int report_current_exception() noexcept {
  try {
    throw;
  } catch (const InternalError& error) {
    write_parts("this is a fault of Gradus, please report it: ", error.what());
    return run_failed;
  } catch (const DivergedError& error) {
    write_parts(error.what(), "");
    return run_failed;
  } catch (const Error& error) {  // what was asked for does not fit: a key, a file, a shape
    write_parts(error.what(), "");
    return wrong_input;
  } catch (const std::bad_alloc&) {
    write_parts("there is not enough memory for this; a smaller train.batch or a smaller network needs less", "");
  } catch (const std::exception& error) {
    write_parts("unexpected failure: ", error.what());
  } catch (...) {
    write_parts("unexpected failure of an unknown kind", "");
  }
  return run_failed;
}

void end_in_one_sentence() {
  std::set_terminate([] {
    if (std::current_exception()) report_current_exception();
    else write_parts("unexpected end", "");
    _exit(run_failed);
  });
}

}  // namespace gradus::cli
