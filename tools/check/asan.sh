# the tests under AddressSanitizer and UndefinedBehaviorSanitizer
# shellcheck shell=bash
need
build_tests asan
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
run_tests asan -LE 'long|slow|source'
