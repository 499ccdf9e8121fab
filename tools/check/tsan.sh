# the tests under ThreadSanitizer, with std::thread in place of OpenMP
# shellcheck shell=bash
need
build_tests tsan
export TSAN_OPTIONS=halt_on_error=1
run_tests tsan -LE 'long|slow|source'
