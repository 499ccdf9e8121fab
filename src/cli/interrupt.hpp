// SIGINT, SIGTERM and SIGHUP: the first asks the run to end after the step it is in, the second ends the program at once.
#pragma once

namespace gradus::cli {

void catch_signals();  // until the program ends: a run that is done is not turned into one that was killed
int caught_signal();   // the one that came, or 0

}  // namespace gradus::cli
