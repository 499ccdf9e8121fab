# the pages in a headless Chromium: steps, paths, scales; 360 and 1600 px; contrast, names
# shellcheck shell=bash disable=SC2154  # `root`, `passed`, `failed` and `skipped` come from ./check
need chromium:chromium chromium-driver:chromedriver fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
if [[ ${installed:-} ]] || ! configured release; then configure release; fi
build release gradus_program
# axe-core, which looks at every page beside our own rules, comes from PyPI.
axe=$root/build/axe
if [[ ! -e $axe/complete ]]; then
  rm -rf "$axe"
  if /usr/bin/python3 -m pip install -q --no-deps --target "$axe" axe-core-python==0.1.0 || python3 -m pip install -q --no-deps --target "$axe" axe-core-python==0.1.0; then
    : >"$axe/complete"
  fi >"$root/build/axe.log" 2>&1
fi
if [[ -e $axe/complete ]]; then
  export GRADUS_AXE=$axe/axe_core_python/axe.min.js
else
  echo "skipped: axe-core (it could not be installed from PyPI, see build/axe.log)"
  skipped=$((skipped + 1))
fi
out=$(mktemp)
timeout 1500 /usr/bin/python3 -B "$root/tests/pages/run.py" "$root/build/release/gradus" | tee "$out" || true
passed=$((passed + $(grep -c '^passed: ' "$out" || true))) failed=$((failed + $(grep -c '^FAILED: ' "$out" || true))) skipped=$((skipped + $(grep -c '^skipped: ' "$out" || true)))
((passed + failed > 0)) || failed=1  # it did not begin
rm -f "$out"
