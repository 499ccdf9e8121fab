// The one place that asks for the time. It only ever decides when to stop, to report or to save, never a number of a result.
#pragma once

namespace gradus {

double now();  // seconds since some fixed moment; never goes back

}  // namespace gradus
