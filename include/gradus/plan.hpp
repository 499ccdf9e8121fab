// Layer 6: functions as plans.
#pragma once
#include "plan/compile.hpp"
