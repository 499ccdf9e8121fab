# shellcheck shell=bash disable=SC2154  # `root`, `part`, `start` and the package lists come from ./check
# What the parts of ./check are made of.

times=$root/.check-times  # PART SECONDS DATE RESULT, the last run of each part
passed=0 failed=0 skipped=0

list_parts() {
  local file name seconds date result
  for file in "$root"/tools/check/*.sh; do
    name=$(basename "$file" .sh)
    [[ $name != common ]] || continue
    seconds='' date='' result=''
    if [[ -e $times ]]; then
      read -r _ seconds date result <<<"$(grep "^$name " "$times")" || true
    fi
    printf '%-9s %-66s %s\n' "$name" "$(sed -n '1s/^# //p' "$file")" "${seconds:+$seconds s on $date, $result}"
  done
}

# finish runs at the end of ./check, however it ends: an unexpected end counts as a failure.
finish() {
  local status=$?
  trap - EXIT
  ((status != 2)) || exit 2
  ((status == 0 || failed)) || failed=1
  local result=passed seconds=$((SECONDS - start))
  ((failed == 0)) || result=failed
  {
    if [[ -e $times ]]; then grep -v "^$part " "$times" || true; fi
    echo "$part $seconds $(date +%F) $result"
  } >"$times.new"
  mv "$times.new" "$times"
  echo "$part: $seconds s"
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0)) || exit 1
  exit 0
}

# need PACKAGE:PROBE...: what this part needs besides the packages of every build and test.
need() { need_packages "${program_packages[@]}" "${test_packages[@]}" "$@"; }

# build_tests PRESET [TARGET]
build_tests() {
  if [[ ${installed:-} ]] || ! configured "$1" GRADUS_TESTS:BOOL=ON GRADUS_EXAMPLES:BOOL=ON; then
    configure "$1" -DGRADUS_TESTS=ON -DGRADUS_EXAMPLES=ON
  fi
  build "$1" "${2:-all}"
}

# run_tests PRESET [CTEST ARGUMENT...]: counts what ran into passed, failed and skipped.
run_tests() {
  local folder=$root/build/$1 runner=() counts
  # ThreadSanitizer of GCC 12 does not know the address layout of newer kernels.
  if [[ $1 == tsan ]] && setarch "$(uname -m)" -R true 2>/dev/null; then runner=(setarch "$(uname -m)" -R); fi
  shift
  rm -rf "$folder/results"
  mkdir -p "$folder/results"
  # Test programs run side by side: threads that wait must not hold a core.
  OMP_WAIT_POLICY=passive "${runner[@]}" ctest --test-dir "$folder" --output-on-failure -j "$(nproc)" --output-junit "$folder/results/ctest.junit" \
    "$@" 8>&- || true  # what failed is read from the files
  counts=$(python3 "$root/tools/check/summary.py" "$folder/results") || return 1
  read -r -a counts <<<"$(tail -n 1 <<<"$counts")"
  passed=$((passed + counts[0])) failed=$((failed + counts[1])) skipped=$((skipped + counts[2]))
}
