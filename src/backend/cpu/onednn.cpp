// Products by oneDNN: primitives are made once per shape and kept. They use one thread each: of several, each has its own part of the rows or
// columns, which is as fast as what oneDNN does by itself, and for tall inner sizes up to twice as fast.
#if GRADUS_ONEDNN
#include <dnnl.hpp>

#include <gradus/base/error.hpp>
#include <gradus/base/memory.hpp>
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "backend/cpu/gemm.hpp"

namespace gradus::cpu {
namespace {

// m, n, k, for each operand whether it is transposed and how far its lines are apart, the same distance in the result, and
// whether there is a bias.
using Key = std::array<std::int64_t, 9>;

struct Entry {
  dnnl::matmul primitive;
  dnnl::memory::desc a, b, bias, c, scratch;
};

struct Scratchpad {
  Allocation block;
  explicit Scratchpad(std::size_t bytes) : block(allocate(bytes)) {}
  ~Scratchpad() { deallocate(block); }
  Scratchpad(const Scratchpad&) = delete;
  Scratchpad& operator=(const Scratchpad&) = delete;
};

dnnl::engine& engine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

const Entry& entry(const Key& key) {
  static std::mutex mutex;
  static std::map<Key, std::unique_ptr<Entry>> known;
  thread_local const Entry* last = nullptr;
  thread_local Key last_key{};
  if (last && last_key == key) return *last;
  std::lock_guard lock(mutex);
  auto& slot = known[key];
  if (!slot) {
    using Memory = dnnl::memory;
    const auto [m, n, k, a_t, a_step, b_t, b_step, c_step, biased] = key;
    const auto desc = [](std::int64_t rows, std::int64_t columns, bool transposed, std::int64_t step) {
      return Memory::desc({rows, columns}, Memory::data_type::f32, transposed ? Memory::dims{1, step} : Memory::dims{step, 1});
    };
    auto made = std::make_unique<Entry>();
    made->a = desc(m, k, a_t, a_step);
    made->b = desc(k, n, b_t, b_step);
    made->c = desc(m, n, false, c_step);
    made->bias = desc(1, n, false, n);
    // Scratch memory is ours: that of the library is one for all executions of a primitive, and two threads that multiply
    // matrices of the same shapes would compute in each other's.
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto what = biased ? dnnl::matmul::desc(made->a, made->b, made->bias, made->c) : dnnl::matmul::desc(made->a, made->b, made->c);
    const dnnl::matmul::primitive_desc pd(what, attributes, engine());
    if (std::string(pd.impl_info_str()).starts_with("ref:any")) {
      fail<InternalError>("matmul", "oneDNN has only its reference for this product");
    }
    made->primitive = dnnl::matmul(pd);
    made->scratch = pd.scratchpad_desc();
    slot = std::move(made);
  }
  last = slot.get();
  last_key = key;
  return *last;
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

  void run_part(float* c) const {
    const Entry& e = entry({m, n, k, a_t, a_step, b_t, b_step, c_step, bias != nullptr});
    use_team(1);
    thread_local dnnl::stream stream(engine());
    const Scratchpad scratch(e.scratch.get_size());
    dnnl::memory ms(e.scratch, engine(), scratch.block.data);
    dnnl::memory ma(e.a, engine(), const_cast<float*>(a.data)), mb(e.b, engine(), const_cast<float*>(b.data)), mc(e.c, engine(), c);
    std::unordered_map<int, dnnl::memory> with{{DNNL_ARG_SRC, ma}, {DNNL_ARG_WEIGHTS, mb}, {DNNL_ARG_DST, mc}, {DNNL_ARG_SCRATCHPAD, ms}};
    if (bias) with.emplace(DNNL_ARG_BIAS, dnnl::memory(e.bias, engine(), const_cast<float*>(bias)));
    e.primitive.execute(stream, with);
  }

  void run(float* c) const {
    const std::int64_t longer = std::max(m, n), work = m * n * k;
    // Below about 30 microseconds of work a second thread costs more than it brings, and far more on a busy machine.
    const std::int64_t parts = deterministic() ? std::clamp<std::int64_t>(work >> 21, 1, 8) : work < (std::int64_t{1} << 22) ? 1 : threads();
    const std::int64_t part = std::max<std::int64_t>(32, (longer / parts + 31) / 32 * 32);
    const bool rows = m >= n;
    parallel_for((longer + part - 1) / part, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t from = first * part; from < std::min(longer, last * part); from += part) {
        Product one = *this;
        (rows ? one.m : one.n) = std::min(part, longer - from);
        if (rows) one.a.data += from * a.row_stride;
        else one.b.data += from * b.column_stride, one.bias += bias ? from : 0;
        one.run_part(c + (rows ? from * c_step : from));
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
