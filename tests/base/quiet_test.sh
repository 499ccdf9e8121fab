#!/usr/bin/env bash
# The library never prints, exits or installs a signal handler: the sources of the core do not even name such a call.
# (Tests of text may print; comments and the names of others, such as `signal` in a word, do not count.)
set -euo pipefail
cd "$(dirname "$0")/../.."
core=(base lang tensor ops autodiff plan scalar nn optim backend formats)
calls='\b(v?f?printf|puts|fputs|putchar|perror|abort|_?exit|quick_exit|terminate|signal|sigaction|set_terminate|atexit)\s*\(|\bstd::(cout|cerr|clog)\b|\bassert\s*\('
found=0
for layer in "${core[@]}"; do
  for tree in src include/gradus; do
    [ -e "$tree/$layer" ] || continue
    # Comments and text in quotes go first.
    while IFS= read -r file; do
      if sed -E 's@//.*@@; s@"([^"\\]|\\.)*"@""@g' "$file" | grep -nE "$calls"; then
        echo "^ in $file"
        found=1
      fi
    done < <(find "$tree/$layer" -name '*.[hc]pp')
  done
done
exit $found
