# what takes long: all 2^32 float32 arguments, budgets, replays, NEON
# shellcheck shell=bash disable=SC2154
need
build_tests release
run_tests release -L long
# shellcheck source=tools/check/neon.sh
. "$root/tools/check/neon.sh"
