// From an exception to one sentence on standard error and an exit status.
#pragma once

namespace gradus::cli {

int report_current_exception() noexcept;  // within a catch block
void end_in_one_sentence();               // from now on even std::terminate does

}  // namespace gradus::cli
