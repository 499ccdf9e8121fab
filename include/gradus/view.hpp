// Layer 11: looking at runs and at single computations.
#pragma once
#include "view/compare.hpp"
#include "view/events.hpp"
#include "view/explain.hpp"
#include "view/report.hpp"
