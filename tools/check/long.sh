# what takes long: every float32 function on all 2^32 arguments
# shellcheck shell=bash disable=SC2154
need
build_tests release
run_tests release -L long
