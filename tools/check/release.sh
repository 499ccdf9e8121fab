# all tests of the Release build, and the pages; what plain ./check runs
# shellcheck shell=bash
need
build_tests release
run_tests release -LE long
