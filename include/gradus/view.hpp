// Layer 11: looking at runs.
#pragma once
#include "view/report.hpp"
