// The step of an optimizer, with its formula and its state before and after.
#pragma once
#include <functional>
#include <map>
#include <memory>

#include <gradus/optim.hpp>
#include <gradus/view/explain.hpp>

namespace gradus::inspect {

using OptimizerMaker = std::function<std::unique_ptr<optim::Optimizer>(const std::vector<NamedParam>&)>;

// Over copies of the parameters, which are steps of the trace. `state`: what a run has left, or empty for the first step.
Update update_of(const Trace& trace, const std::vector<std::size_t>& steps, const OptimizerMaker& make, const std::map<std::string, Tensor>& state = {});

}  // namespace gradus::inspect
