# the pages: links lead somewhere, programs in them compile
# shellcheck shell=bash
need
build_tests release gradus
run_tests release -L docs
