# the kernels for NEON: compiled for arm64 and run under qemu, the same bits as here
# shellcheck shell=bash disable=SC2154  # `root`, `failed` and `passed` come from ./check
need g++-aarch64-linux-gnu:aarch64-linux-gnu-g++ qemu-user:qemu-aarch64

# The arm64 packages are unpacked into build/arm64; the system's own list of packages knows nothing of them.
unpack_arm64() {
  local folder=$root/build/arm64 apt package
  [[ ! -e $folder/complete ]] || return 0
  rm -rf "$folder"
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/deb"
  : >"$folder/apt/status"
  apt=(apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root -o Dir::State::lists="$folder/apt/lists"
       -o Dir::Cache="$folder/apt/cache" -o Dir::State::status="$folder/apt/status")
  say "Fetching Debian's arm64 libraries"
  if ! { "${apt[@]}" update && cd "$folder/deb" && "${apt[@]}" download libhwy-dev libhwy1 libfmt-dev libfmt9 libgtest-dev \
         nlohmann-json3-dev zlib1g-dev zlib1g; } >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    say "The arm64 packages could not be fetched."
    exit 1
  fi
  for package in "$folder"/deb/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -rf "$folder/apt" "$folder/deb"
  : >"$folder/complete"
}
(unpack_arm64)

configured neon || configure neon
for target in gradus_selftest tests_lang tests_backend; do build neon "$target"; done
run_tests neon -R '^(selftest|lang|backend)$'

# Every operation gives the bits that it gives here.
build_tests release gradus_selftest
digest() { "$@" --digest >"$root/build/neon/digest.$kind"; }
kind=here digest "$root/build/release/tests/plain/gradus_selftest"
kind=neon digest qemu-aarch64 -L /usr/aarch64-linux-gnu "$root/build/neon/tests/plain/gradus_selftest"
if diff "$root/build/neon/digest.here" "$root/build/neon/digest.neon" >&2; then
  passed=$((passed + 1))
else
  say "neon: these operations do not give the bits that they give on this machine"
  failed=$((failed + 1))
fi
