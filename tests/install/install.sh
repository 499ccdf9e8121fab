#!/usr/bin/env bash
# Builds and runs a user's project outside the tree in four ways: find_package and add_subdirectory, static and shared.
# One compilation serves all: the objects of a static and a shared Gradus are the same. Run by ctest, which sets BUILD
# and CXX; BUILD is the finished build that is installed.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
export CXX
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/user"
cp "$source"/tests/install/{CMakeLists.txt,main.cpp} "$work/user"

quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; echo "failed: $*"; exit 1; }; }

# find_package_from PREFIX NAME
find_package_from() {
  quietly cmake -G Ninja -S "$work/user" -B "$work/$2" -DCMAKE_PREFIX_PATH="$1"
  quietly cmake --build "$work/$2"
  "$work/$2/user" || { echo "$2: the program failed"; exit 1; }
  echo "$2: fine"
}

# add_subdirectory_as ON|OFF NAME: leaves the result in $work/part, for the next call and for `cmake --install`.
add_subdirectory_as() {
  quietly cmake -G Ninja -S "$work/user" -B "$work/part" -DGRADUS_SOURCE="$source" -DBUILD_SHARED_LIBS="$1" \
    -DGRADUS_INSTALL=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0
  quietly cmake --build "$work/part" -j "$(nproc)"
  "$work/part/user" || { echo "$2: the program failed"; exit 1; }
  echo "$2: fine"
}

quietly cmake --install "$BUILD" --prefix "$work/installed"
find_package_from "$work/installed" "find_package of this build"
if [[ -x $work/installed/bin/gradus ]]; then
  (cd "$work" && quietly ./installed/bin/gradus --version)
fi

add_subdirectory_as ON "add_subdirectory, shared"
quietly cmake --install "$work/part" --prefix "$work/shared"
find_package_from "$work/shared" "find_package, shared"
for library in "$work"/shared/lib*/libgradus*.so "$work"/shared/lib*/*/libgradus*.so; do
  [[ -e $library ]] || continue
  if nm -D --defined-only "$library" | grep -E ' _ZNK?(3fmt|8nlohmann|4toml|3CLI|5Eigen)' >"$work/log"; then
    echo "$(basename "$library") shows symbols of header-only libraries:"
    head -n 5 "$work/log"
    exit 1
  fi
done

add_subdirectory_as OFF "add_subdirectory, static"
quietly cmake --install "$work/part" --prefix "$work/static"
find_package_from "$work/static" "find_package, static"
