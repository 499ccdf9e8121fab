# Clang's warnings as errors, and the tests on our own kernels and threads
# shellcheck shell=bash
need clang:clang++
build_tests clang
run_tests clang -LE 'long|slow|docs'
