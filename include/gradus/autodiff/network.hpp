// Gradients with respect to all parameters of a network. The gradient of a struct is a struct of the same type.
//   auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
//   g.hidden.weight                                  // its gradient
#pragma once
#include "grad.hpp"
#include "walk.hpp"

namespace gradus {

template <class Net>
struct LossAndGrad {
  Tensor loss;  // without history
  Net grad;
};

// f: network -> a tensor of one element. Training mode is on while f runs. The network itself is not changed but for its
// State. Parameters that the loss does not use get zeros; GradError when it uses none.
template <class Net, class F>
LossAndGrad<Net> value_and_grad(const Net& net, F&& f) {
  std::vector<Param*> original, bound;
  std::vector<State*> states, shared;
  Net& source = const_cast<Net&>(net);  // a walk over a const network would only repeat this code
  walk(source, Visitor{[&](const std::string&, Param& p) { original.push_back(&p); }, [&](const std::string&, State& s) { states.push_back(&s); }, false});
  Net view = net;
  walk(view, Visitor{[&](const std::string&, Param& p) { bound.push_back(&p); }, [&](const std::string&, State& s) { shared.push_back(&s); }});
  for (std::size_t i = 0; i < states.size(); ++i) shared[i]->share(*states[i]);

  const GradScope scope;
  std::vector<Tensor> variables;
  std::vector<std::size_t> variable_of(original.size());
  for (std::size_t i = 0; i < original.size(); ++i) {
    std::size_t first = 0;  // tied parameters are one variable
    while (&original[first]->slot() != &original[i]->slot()) ++first;
    if (first == i) variables.push_back(variable(original[i]->value()));
    variable_of[i] = first == i ? variables.size() - 1 : variable_of[first];
    bound[i]->bind(variables[variable_of[i]]);
  }
  Tensor loss;
  {
    const Mode training(true);
    loss = f(static_cast<const Net&>(view));
  }
  detail::check_scalar(loss);
  if (!variables.empty() && !loss.node()) {
    fail<GradError>("value_and_grad", "the loss does not depend on any parameter of the network",
                    "use the network that the function is given, not the one outside: [&](const auto& n) { return loss(n(x), y); }");
  }
  const Tensors slopes = pullback(loss, Tensor::ones(loss.shape(), loss.dtype()), variables);

  Net grad = net;
  std::vector<Param*> targets;
  walk(grad, [&](const std::string&, Param& p) { targets.push_back(&p); });
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (const std::size_t first = variable_of[i]; first < variables.size()) *targets[i] = Param(slopes[first]);
  }
  return {GradScope::depth() > 1 ? loss : detached(loss), std::move(grad)};
}

}  // namespace gradus
