// Layer 1: errors, shapes, dtypes, random numbers, threads.
#pragma once
#include "base/dtype.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/ref.hpp"
#include "base/shape.hpp"
#include "base/small_vec.hpp"
#include "base/threads.hpp"
