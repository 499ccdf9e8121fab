#include "gradus/lang/reduce.hpp"
