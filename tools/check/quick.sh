# the fast tests of the Release build: under two minutes after the build
# shellcheck shell=bash
need
build_tests release
run_tests release -LE 'long|slow|docs'
