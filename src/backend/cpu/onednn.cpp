// Products by oneDNN: primitives are made once per shape and kept. They use one thread each, but for results of few rows and columns: of several, each has its own part of the rows or
// columns, which is as fast as what oneDNN does by itself, and for tall inner sizes up to twice as fast.
#if GRADUS_ONEDNN
#include <gradus/base/error.hpp>
#include <gradus/base/memory.hpp>
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "backend/cpu/gemm.hpp"
#include "backend/cpu/onednn.hpp"

namespace gradus::cpu {
namespace {

// m, n, k, threads, for each operand whether it is transposed and how far its lines are apart, the same distance in the result, and
// whether there is a bias.
using Key = std::array<std::int64_t, 10>;

struct Scratchpad {
  Allocation block;
  explicit Scratchpad(std::size_t bytes) : block(allocate(bytes)) {}
  ~Scratchpad() { deallocate(block); }
  Scratchpad(const Scratchpad&) = delete;
  Scratchpad& operator=(const Scratchpad&) = delete;
};

struct Entry {
  OnednnCall call;  // a, b, result, scratch memory, bias
  std::size_t scratch;
};

// Of this thread: nothing is locked. oneDNN itself makes the code of equal primitives once.
const Entry& entry(const Key& key) {
  thread_local std::map<Key, Entry> known;
  thread_local const std::pair<const Key, Entry>* last = nullptr;
  if (last && last->first == key) return last->second;
  auto at = known.find(key);
  if (at == known.end()) {
    using Memory = dnnl::memory;
    const auto [m, n, k, team, a_t, a_step, b_t, b_step, c_step, biased] = key;
    const auto desc = [](std::int64_t rows, std::int64_t columns, bool transposed, std::int64_t step) {
      return Memory::desc({rows, columns}, Memory::data_type::f32, transposed ? Memory::dims{1, step} : Memory::dims{step, 1});
    };
    const Memory::desc a = desc(m, k, a_t, a_step), b = desc(k, n, b_t, b_step), c = desc(m, n, false, c_step), bias = desc(1, n, false, n);
    const auto what = biased ? dnnl::matmul::desc(a, b, bias, c) : dnnl::matmul::desc(a, b, c);
    const dnnl::matmul::primitive_desc pd(what, own_scratch(), onednn_engine());
    if (std::string(pd.impl_info_str()).starts_with("ref:any")) {
      fail<InternalError>("matmul", "oneDNN has only its reference for this product");
    }
    const Memory::desc scratch = pd.scratchpad_desc();
    const dnnl::matmul primitive(pd);
    at = known.emplace(key, Entry{biased ? OnednnCall(primitive, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}, {DNNL_ARG_SCRATCHPAD, scratch}, {DNNL_ARG_BIAS, bias}})
                                         : OnednnCall(primitive, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}, {DNNL_ARG_SCRATCHPAD, scratch}}),
                                  scratch.get_size()}).first;
  }
  last = &*at;
  return at->second;
}

// Stride 1 along one axis, and lines at least as far apart as they are long.
bool dense(Matrix<float> x, std::int64_t rows, std::int64_t columns, bool& transposed, std::int64_t& step) {
  if (x.column_stride == 1 && x.row_stride >= columns) {
    transposed = false;
    step = x.row_stride;
    return true;
  }
  transposed = true;
  step = x.column_stride;
  return x.row_stride == 1 && x.column_stride >= rows;
}

struct Product {
  std::int64_t m, n, k;
  Matrix<float> a, b;
  bool a_t, b_t;
  std::int64_t a_step, b_step, c_step;
  const float* bias;  // may be null

  void run_part(float* c, int wanted) const {
    const int team = use_team(wanted);  // before the primitive is made, too
    const Entry& e = entry({m, n, k, team, a_t, a_step, b_t, b_step, c_step, bias != nullptr});
    const Scratchpad scratch(e.scratch);
    if (bias) e.call.run({a.data, b.data, c, scratch.block.data, bias});
    else e.call.run({a.data, b.data, c, scratch.block.data});
  }

  void run(float* c) const {
    const std::int64_t longer = std::max(m, n), work = m * n * k;
    // Below about 30 microseconds of work a second thread costs more than it brings, and far more on a busy machine.
    const std::int64_t parts = deterministic() ? std::clamp<std::int64_t>(work >> 21, 1, 8) : work < (std::int64_t{1} << 22) ? 1 : threads();
    const std::int64_t part = std::max<std::int64_t>(32, (longer / parts + 31) / 32 * 32);
    const bool rows = m >= n;
    if (longer < 2 * 32) return run_part(c, deterministic() || work < (std::int64_t{1} << 22) ? 1 : threads());  // oneDNN itself may share out k
    parallel_for((longer + part - 1) / part, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t from = first * part; from < std::min(longer, last * part); from += part) {
        Product one = *this;
        (rows ? one.m : one.n) = std::min(part, longer - from);
        if (rows) one.a.data += from * a.row_stride;
        else one.b.data += from * b.column_stride, one.bias += bias ? from : 0;
        one.run_part(c + (rows ? from * c_step : from), 1);
      }
    });
  }
};

}  // namespace

bool onednn_gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<float> a, Matrix<float> b, float* c, const float* bias) {
  if (m < 1 || n < 1 || k < 1) return false;          // oneDNN 2.6.3 dies on k = 0
  if (m * n * k <= 32 * 32 * 32) return false;        // our own kernels are faster
  bool a_t, b_t;
  std::int64_t a_step, b_step;
  if (!dense(a, m, k, a_t, a_step) || !dense(b, k, n, b_t, b_step)) return false;
  Product{m, n, k, a, b, a_t, b_t, a_step, b_step, n, bias}.run(c);
  return true;
}

}  // namespace gradus::cpu
#endif
