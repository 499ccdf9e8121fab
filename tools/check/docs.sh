# the documentation: links lead somewhere, programs compile, commands print what it says
# shellcheck shell=bash
need
build_tests release gradus_program
run_tests release -L docs
