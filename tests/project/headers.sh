#!/usr/bin/env bash
# Every public header compiles alone, so that including any one of them first works.
set -euo pipefail
cd "$(dirname "$0")/../.."
compile_alone() {
  echo "#include <${1#include/}>" | "${CXX:-g++}" -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Werror \
    -Iinclude -fsyntax-only -x c++ - || { echo "$1 does not compile alone"; return 1; }
}
export -f compile_alone
# An .inl.hpp is the inside of another header.
find include -name '*.hpp' ! -name '*.inl.hpp' -print0 | sort -z |
  xargs -0 -P "$(nproc)" -I{} bash -c 'compile_alone {}'
