# the pages in a headless Chromium: steps, paths, scales; 360 and 1600 px; contrast, names
# shellcheck shell=bash disable=SC2154  # `root`, `passed` and `failed` come from ./check
need chromium:chromium chromium-driver:chromedriver fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
if [[ ${installed:-} ]] || ! configured release; then configure release; fi
build release gradus_program
out=$(mktemp)
timeout 900 /usr/bin/python3 -B "$root/tests/pages/run.py" "$root/build/release/gradus" | tee "$out" || true
passed=$((passed + $(grep -c '^passed: ' "$out" || true))) failed=$((failed + $(grep -c '^FAILED: ' "$out" || true)))
((passed + failed > 0)) || failed=1  # it did not begin
rm -f "$out"
