// Stands in for Highway's header in a plain build: one target, so nothing is included again.
#pragma once
#include "highway.h"
