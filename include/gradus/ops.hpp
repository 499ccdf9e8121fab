// Layer 4: the operations, by family, and the list of them.
#pragma once
#include "ops/define.hpp"
#include "ops/functions.hpp"
