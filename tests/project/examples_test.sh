#!/usr/bin/env bash
# Every example prints the same with plans and without (GRADUS_COMPILE=off), its numbers to four significant digits. Those whose
# subject is what tracing refuses are left out.
set -euo pipefail
shopt -s nullglob extglob
programs=("$BUILD"/examples/example_!(errors.trace_*))
((${#programs[@]})) || { echo "the examples are not built"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >rounded.py <<'END'
import re, sys
for name in ("with", "without"):
    text = open(name).read()
    open(name, "w").write(re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?", lambda m: f"{float(m.group()):.4g}", text))
END
failed=0
for program in "${programs[@]}"; do
  with=0 without=0
  GRADUS_COMPILE=on "$program" >with 2>&1 </dev/null || with=$?
  GRADUS_COMPILE=off "$program" >without 2>&1 </dev/null || without=$?
  python3 rounded.py
  if ((with != without)) || ! diff with without; then
    echo "$(basename "$program"): status $with with plans, $without without"
    failed=1
  fi
done
echo "${#programs[@]} examples"
exit $failed
