#!/usr/bin/env bash
# docs/ops.md is what the program writes.
set -euo pipefail
[ -n "${GRADUS-}" ] || { echo "the program is not built"; exit 77; }
"$GRADUS" ops --markdown | diff "$(dirname -- "${BASH_SOURCE[0]}")/../../docs/ops.md" - ||
  { echo "docs/ops.md is old: ./run ops --markdown > docs/ops.md"; exit 1; }
