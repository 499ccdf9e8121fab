# test sets of others: Debian's ONNX backend tests, and the archive of newer ones where it is
# shellcheck shell=bash disable=SC2154
need libonnx-testdata:/usr/share/libonnx-testdata/data
build_tests release gradus_program
# Debian's file of this case lacks the attribute epsilon = 0.01 with which its outputs were made; that of later versions has it.
faulty='^failed node/test_adam_multiple: .*Adam: output .X1_new. is 0\.75595'
for path in /usr/share/libonnx-testdata "${GRADUS_DATA:-$root/../shared/data}/onnx_node"; do
  [[ -d $path ]] || continue
  echo "$path"
  out=$(mktemp)
  status=0
  "$root/build/release/gradus" conform onnx "$path" >"$out" || status=$?
  grep -E '^(unsupported|failed) ' "$out" || true
  tail -n 1 "$out"
  ((status <= 1)) || failed=$((failed + 1))
  if [[ $(tail -n 1 "$out") =~ ^[0-9,]+\ cases?:\ ([0-9,]+)\ passed,\ ([0-9,]+)\ failed,\ ([0-9,]+)\ unsupported$ ]]; then
    passed=$((passed + ${BASH_REMATCH[1]//,/})) failed=$((failed + ${BASH_REMATCH[2]//,/})) skipped=$((skipped + ${BASH_REMATCH[3]//,/}))
  fi
  if grep -q "$faulty" "$out"; then failed=$((failed - 1)) skipped=$((skipped + 1)); fi
  rm -f "$out"
done

# Event files, read by TensorBoard itself, which comes from PyPI.
board=$root/build/tensorboard
if [[ ! -e $board/complete ]]; then
  rm -rf "$board"
  if /usr/bin/python3 -m venv --without-pip "$board" && /usr/bin/python3 -m pip --python "$board/bin/python" install -q tensorboard==2.15.1 'numpy<2' 'setuptools<70'; then
    : >"$board/complete"
  elif python3 -m venv "$board" && "$board/bin/pip" install -q tensorboard==2.15.1 'numpy<2' 'setuptools<70'; then
    : >"$board/complete"
  fi >"$root/build/tensorboard.log" 2>&1
fi
if [[ -e $board/complete ]]; then
  result=$("$board/bin/python" -B "$root/tests/conform/events.py" "$root/build/release/gradus") || true
  echo "TensorBoard: $result"
  if [[ $result =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  else
    failed=$((failed + 1))
  fi
else
  echo "skipped: events (TensorBoard could not be installed from PyPI, see build/tensorboard.log)"
  skipped=$((skipped + 1))
fi
