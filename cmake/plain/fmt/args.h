// Stands in for {fmt}'s header in a plain build.
#pragma once
#include "format.h"
