#include <gradus/autodiff/param.hpp>
#include <gradus/tensor/observe.hpp>
#include <gradus/tensor/tracer.hpp>

namespace gradus {

void observe(const Tensor& x, std::function<void(const Tensor&)> f) {
  const Tensor plain(x.array_ref());
  Tracer* tracer = Tracer::current();
  if (!tracer || !plain.is_abstract()) return f(plain);
  tracer->record([f = std::move(f)](Inputs in) { f(Tensor(in[0].array_ref())); }, std::span(&plain, 1), {}, 0);
}

}  // namespace gradus
