// Layer 4: the operations, by family.
#pragma once
#include "ops/contract.hpp"
#include "ops/define.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/move.hpp"
#include "ops/reduce.hpp"
#include "ops/row.hpp"
