# values and gradients against PyTorch's, over its OpInfo database
# shellcheck shell=bash disable=SC2154
need python3-torch:/usr/lib/python3/dist-packages/torch python3-scipy:/usr/lib/python3/dist-packages/scipy
if [[ ${installed:-} ]] || ! configured release; then configure release; fi
build release gradus_program
vectors=$root/build/opinfo.safetensors
/usr/bin/python3 -B "$root/tests/conform/opinfo.py" "$vectors" 2>"$root/build/opinfo.log" || { cat "$root/build/opinfo.log" >&2; exit 1; }
result=$("$root/build/release/gradus" conform opinfo "$vectors" --json | tail -n 1) || true
read -r calls wrong unknown <<<"$(/usr/bin/python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["calls"], r["failed"], r["unknown"])' <<<"$result")"
passed=$((passed + calls - wrong)) failed=$((failed + wrong)) skipped=$((skipped + unknown))
if ((calls - wrong < 8000)); then
  say "only $((calls - wrong)) calls are right; 8,000 are wanted"
  failed=$((failed + 1))
fi
