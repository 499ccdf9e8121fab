#include <gradus/ops/random.hpp>
#include <gradus/tensor/tracer.hpp>

namespace gradus {

Tensor random_key() {
  if (Tracer* tracer = Tracer::current()) return tracer->random_key();
  const RandomState state = random_state();
  next_random();
  return Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(state.seed), static_cast<std::int64_t>(state.stream)}, {2});
}

}  // namespace gradus
