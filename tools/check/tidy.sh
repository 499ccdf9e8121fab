# clang-tidy over the sources
# shellcheck shell=bash disable=SC2154
need clang:clang++ clang-tidy:clang-tidy
build_tests clang
cd "$root" || exit 1
shopt -s globstar nullglob
for file in src/**/*.cpp; do
  if clang-tidy -quiet -warnings-as-errors='*' -p build/clang "$file" 2>/dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
