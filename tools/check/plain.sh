# the core alone, with nothing but a compiler and CMake: -DGRADUS_PLAIN=ON
# shellcheck shell=bash disable=SC2154  # `root` comes from ./check
need_packages cmake:cmake ninja-build:ninja g++:g++ python3:python3
configured plain GRADUS_PLAIN:BOOL=ON || configure plain
build plain all
run_tests plain
