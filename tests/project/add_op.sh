#!/usr/bin/env bash
# Adds the operation of CONTRIBUTING.md to a scratch copy, in the two places that it names, and looks for it everywhere an
# operation has to appear.
set -euo pipefail
source=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$source"/{CMakeLists.txt,cmake,include,src,recipes,CONTRIBUTING.md} "$scratch"
cd "$scratch"

# The struct as the page shows it, and the word.
sed -n '/^struct Tanhshrink {/,/^};/p' CONTRIBUTING.md >tanhshrink.txt
[ -s tanhshrink.txt ] || { echo "CONTRIBUTING.md shows no struct Tanhshrink"; exit 1; }
cat tanhshrink.txt >>include/gradus/ops/map.inl.hpp
sed -i 's/X(Relu, relu)/X(Relu, relu) X(Tanhshrink, tanhshrink)/' include/gradus/ops/list.hpp

cmake -S . -B build -G Ninja -DCMAKE_CXX_COMPILER="${CXX:-c++}" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
  -DGRADUS_TESTS=OFF -DGRADUS_EXAMPLES=OFF -DGRADUS_ONNX=OFF -DGRADUS_LINALG=OFF >configure.log 2>&1 || { cat configure.log; exit 1; }
cmake --build build >build.log 2>&1 || { grep -E 'error|FAILED' build.log | head -20; exit 1; }
program=build/gradus

fail() { echo "add_op: $*"; exit 1; }
# Pipes into grep -q would end the program early: whole outputs, then a look.
ops=$($program ops --json)
[[ $ops == *'"name":"tanhshrink"'* ]] || fail "gradus ops does not list it"
page=$($program ops --markdown)
[[ $page == *'x - tanh(x)'* ]] || fail "the reference page lacks its formula"
[[ $page == *'t * square(tanh(x))'* ]] || fail "the reference page lacks its derivative"
check=$($program gradcheck tanhshrink --json | tail -n 1)
[[ $check == *'"failures":0'* ]] || fail "gradcheck: $check"

cat >use.cpp <<'PROGRAM'
#include <cmath>
#include <gradus/gradus.hpp>
int main() {
  using namespace gradus;
  Value v = 3;
  Value w = tanhshrink(v);
  w.backward();
  const Tensor x(3.0);
  const Tensor slope = grad([](Tensor t) { return tanhshrink(t); })(cast(x, Dtype::f64));
  const double t = std::tanh(3.0);
  return std::abs(w.value() - (3 - t)) < 1e-15 && std::abs(v.grad() - t * t) < 1e-15 && slope.item() == v.grad() ? 0 : 1;
}
PROGRAM
"${CXX:-c++}" -std=c++20 -O0 -ffp-contract=off -Iinclude use.cpp build/libgradus.a $(sed -n 's/^ *LINK_LIBRARIES = //p' build/build.ninja | tr ' ' '\n' | grep -E '^(/.*\.so|-l.*)' | sort -u | tr '\n' ' ') -o use.bin
./use.bin || fail "the scalar engine or the tensors give a wrong value"
echo "tanhshrink: two places, and it is everywhere"
