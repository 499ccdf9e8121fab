#!/usr/bin/env bash
# Every instruction set of this machine gives the same bits: a bug in one of the forms of a kernel, or a sum in another order.
set -euo pipefail
program=$BUILD/tests/plain/gradus_selftest
if [[ ! -x $program ]]; then
  echo "gradus_selftest was not built"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mapfile -t targets < <("$program" --targets)
for target in "${targets[@]}"; do
  GRADUS_TARGET=$target "$program" --digest >"$folder/$target"
  if ! diff "$folder/${targets[0]}" "$folder/$target"; then
    echo "${targets[0]} (<) and $target (>) give different bits"
    exit 1
  fi
done
if GRADUS_TARGET=fastest "$program" --digest >/dev/null 2>"$folder/error" || ! grep -q "no kernels for 'fastest'" "$folder/error"; then
  echo "an unknown GRADUS_TARGET was not refused:"
  cat "$folder/error"
  exit 1
fi
echo "${targets[*]}: the same bits of $(wc -l <"$folder/${targets[0]}") results"
