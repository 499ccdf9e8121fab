# which lines the tests execute
# shellcheck shell=bash disable=SC2154
need gcovr:gcovr
build_tests coverage
find "$root/build/coverage" -name '*.gcda' -delete
run_tests coverage -LE 'long|slow|source'
(cd "$root" && gcovr --object-directory build/coverage --filter include/gradus --filter src --exclude-throw-branches \
  --sort-uncovered)
