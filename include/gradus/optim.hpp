// Layer 8: update rules, schedules, clipping.
#pragma once
#include "optim/clip.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
