# the tests of the kernels on each instruction set of this machine: GRADUS_TARGET
# shellcheck shell=bash disable=SC2154  # `root` comes from ./check
need
build_tests release
for target in $("$root/build/release/tests/plain/gradus_selftest" --targets); do
  say "GRADUS_TARGET=$target"
  GRADUS_TARGET=$target run_tests release -R '^(lang|tensor|ops|backend|plan|optim|selftest)$'
done
run_tests release -R '^plain\.targets$'
