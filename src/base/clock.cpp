#include <chrono>

#include <gradus/base/clock.hpp>

namespace gradus {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace gradus
