# shellcheck shell=bash disable=SC2034,SC2154  # `root`, `installed` and the lists are shared with the callers
# Sourced by ./run and ./check: what is installed, configure, build. Needs bash, coreutils and apt, nothing else.
# Everything it says goes to standard error.

# Debian package : the command, header or file that shows that it is there. Asking the file system takes no time; asking
# dpkg would cost more than the rest of a call that has nothing to build.
program_packages=(
  cmake:cmake ninja-build:ninja g++:g++ libdnnl-dev:oneapi/dnnl/dnnl.hpp libhwy-dev:hwy/highway.h
  libfmt-dev:fmt/core.h libtomlplusplus-dev:toml++/toml.h nlohmann-json3-dev:nlohmann/json.hpp
  libcli11-dev:CLI/CLI.hpp zlib1g-dev:zlib.h libeigen3-dev:eigen3/Eigen/Core
  libprotobuf-dev:google/protobuf/message_lite.h protobuf-compiler:protoc
)
test_packages=(libgtest-dev:gtest/gtest.h python3:python3 python3-numpy:/usr/lib/python3/dist-packages/numpy)

say() { printf '%s\n' "$*" >&2; }

present() {
  case $1 in
    /*) [[ -e $1 ]] ;;
    *.h | *.hpp | eigen3/*)
      local prefix
      for prefix in /usr /usr/local ${CMAKE_PREFIX_PATH:+${CMAKE_PREFIX_PATH//[:;]/ }}; do
        [[ -e $prefix/include/$1 ]] && return 0
      done
      return 1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

find_missing() {  # sets `missing`
  local entry
  missing=()
  for entry; do present "${entry#*:}" || missing+=("${entry%%:*}"); done
}

# Reads lines from ninja or apt: one changing line on a terminal, else a line for every tenth of the work.
# What is no progress goes to the file $1.
show_progress() {
  local line percent text tenth=-1 width
  width=${COLUMNS:-80}
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
      percent=$((100 * BASH_REMATCH[1] / BASH_REMATCH[2])) text="[${BASH_REMATCH[1]}/${BASH_REMATCH[2]}] ${BASH_REMATCH[3]}"
      [[ $text == *"Re-checking globbed"* ]] && continue
    elif [[ $line =~ ^(pmstatus|dlstatus):[^:]*:([0-9]+)[^:]*:(.*) ]]; then
      percent=${BASH_REMATCH[2]} text="[$percent %] ${BASH_REMATCH[3]}"
    else
      printf '%s\n' "$line" >>"$1"
      continue
    fi
    if [[ -t 2 ]]; then
      printf '\r\033[K%s' "${text:0:width-1}" >&2
    elif ((percent / 10 != tenth)); then
      tenth=$((percent / 10))
      say "$text"
    fi
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# Installs packages, or says with which command to do it and ends with status 2.
install_packages() {
  local as_root=() log=$root/build/install.log
  local command="apt-get update && apt-get install -y --no-install-recommends $*"
  ((EUID == 0)) || command="sudo sh -c '$command'"
  local advice="Gradus needs Debian packages that are not installed. Install them with
  $command"
  if ! command -v apt-get >/dev/null; then
    say "$advice"
    say "or, on another system, with what holds the same libraries there."
    exit 2
  fi
  if ((EUID != 0)); then
    # Without a terminal sudo could not ask for a password.
    if ! command -v sudo >/dev/null || { [[ ! -t 2 ]] && ! sudo -n true 2>/dev/null; }; then
      say "$advice"
      exit 2
    fi
    as_root=(sudo)
  fi
  say "Installing with apt: $*"
  [[ ${#as_root[@]} == 0 ]] || sudo -v || { say "$advice"; exit 2; }
  : >"$log"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Status-Fd=1 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  # A source of the user's that does not answer need not matter: the installation itself decides.
  "${as_root[@]}" "${apt[@]}" update </dev/null 2>&1 | show_progress "$log" || true
  if [[ " $* " == *" libdnnl-dev "* && $# -gt 1 ]] && ! apt-cache show libdnnl-dev >/dev/null 2>&1; then
    : >"$root/build/without-onednn"  # not every architecture has it
    local packages=" $* "
    read -ra packages <<<"${packages/ libdnnl-dev / }"
    set -- "${packages[@]}"
  fi
  if ! "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "$@" </dev/null 2>&1 | show_progress "$log"; then
    tail -n 20 "$log" >&2
    say "$advice"
    exit 2
  fi
}

# Everything of the given lists is installed after this; sets `installed` when something had to be. oneDNN alone may be
# absent: the build then uses its own kernels, and the file without-onednn keeps us from asking again.
need_packages() {
  local missing
  installed=
  find_missing "$@"
  if [[ ${missing[*]} == libdnnl-dev ]]; then
    [[ ! -e $root/build/without-onednn ]] || return 0
    (install_packages libdnnl-dev) || : >"$root/build/without-onednn"
  elif ((${#missing[@]})); then
    install_packages "${missing[@]}"
  else
    return 0
  fi
  installed=yes
}

# Whether build/PRESET is there, and is of this tree and no copy from elsewhere, with the given lines in its cache.
configured() {
  local folder=$root/build/$1 cache line
  shift
  [[ -e $folder/build.ninja && -e $folder/CMakeCache.txt ]] || return 1
  cache=$'\n'$(<"$folder/CMakeCache.txt")$'\n'
  for line in "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$@"; do
    [[ $cache == *$'\n'"$line"$'\n'* ]] || return 1
  done
}

# configure PRESET [CMAKE ARGUMENT...]
configure() {
  local folder=$root/build/$1 log=$root/build/$1.log
  say "Configuring build/$1"
  configured "$1" || rm -rf "$folder"
  if ! (cd "$root" && cmake --preset "$@") >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    exit 1
  fi
  grep -F "built-in product kernels" "$log" >&2 || true
}

# build PRESET TARGET
build() {
  local folder=$root/build/$1 log=$root/build/$1.log jobs memory
  jobs=$(nproc)
  # A large source file takes most of a gigabyte to compile.
  if [[ -r /proc/meminfo && $(</proc/meminfo) =~ MemAvailable:\ *([0-9]+) ]]; then
    memory=$((BASH_REMATCH[1] / 900000))
    ((memory >= jobs)) || jobs=$((memory > 0 ? memory : 1))
  fi
  : >"$log"
  if ! (cd "$folder" && ninja -j "$jobs" "$2") 2>&1 </dev/null | show_progress "$log"; then
    cat "$log" >&2
    say "The build in build/$1 failed."
    exit 1
  fi
}

# Two calls at once would write the same files; the second waits. Ends with `unlock`, before the program starts.
lock() {
  if ! mkdir -p "$root/build" 2>/dev/null || [[ ! -w $root/build ]]; then
    say "$root/build cannot be written: use a copy of Gradus in a folder of your own."
    exit 2
  fi
  command -v flock >/dev/null || return 0
  exec 8>"$root/build/lock"
  flock -n 8 || { say "Waiting for another build in this folder"; flock 8; }
}
unlock() { exec 8>&-; }
