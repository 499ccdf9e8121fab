#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gradus/optim/optimizer.hpp>

#include "nn/mismatch.hpp"
#include "optim/storage.hpp"

namespace gradus::optim {

namespace {
Tensor copy_of(const Tensor& x) {
  if (!x.is_contiguous()) return copy_of(contiguous(x));
  Ref<Array> copy = Array::make(x.spec());
  if (x.numel() > 0) std::memcpy(copy->data(), x.array().data(), static_cast<std::size_t>(x.numel()) * size_of(x.dtype()));
  return Tensor(std::move(copy));
}
}  // namespace

Tensor readable(const Tensor& x) {
  if (x.is_abstract()) fail<TraceError>("optimizer", "the numbers are not known while a function is traced");
  return x.is_contiguous() && x.array().buffer()->padded() ? x : copy_of(x);  // foreign memory ends where it ends
}

Optimizer::~Optimizer() = default;

Optimizer::Optimizer(const std::vector<NamedParam>& parameters, double lr, std::span<const char* const> states)
    : state_names_(states.begin(), states.end()) {
  set_lr(lr);
  if (parameters.empty()) fail<ValueError>("optimizer", "the network has no parameters");
  for (const NamedParam& p : parameters) {
    const Spec spec = p.param->value().spec();
    if (spec.dtype != Dtype::f32 && spec.dtype != Dtype::f64) {
      fail<DtypeError>("optimizer", fmt::format("{} is {}; parameters are trained as f32 or f64", p.path, gradus::name(spec.dtype)),
                       is_float(spec.dtype) ? "keep it as f32 and cast it where it is used" : "make it a State");
    }
    Entry entry{p.path, Ref<Slot>(&p.param->slot()), {}};
    for (std::size_t k = 0; k < state_names_.size(); ++k) entry.states.push_back(Tensor::zeros(spec.shape, spec.dtype));
    entries_.push_back(std::move(entry));
  }
}

void Optimizer::set_lr(double lr) {
  if (!(std::isfinite(lr) && lr >= 0)) fail<ValueError>("lr", fmt::format("a rate of {} is not possible", lr), "it must be finite and not negative");
  lr_ = lr;
}

// For each parameter of the walk the entry it belongs to; a tied one that came before gives entries_.size().
std::vector<std::size_t> Optimizer::matched(const std::vector<Param*>& parameters) {
  std::vector<std::size_t> entry_of;
  std::vector<Slot*> seen;
  const auto text = [](const std::string& path, const Spec& spec) { return fmt::format("{} ({} {})", path, gradus::name(spec.dtype), to_string(spec.shape)); };
  const auto other = [&](const std::string& what) {
    fail<ShapeError>(std::string(name()), "this is not the network that the optimizer was made for: " + what, "make a new optimizer for it");
  };
  for (const Param* p : parameters) {
    Slot* slot = &p->slot();
    const std::size_t next = seen.size();
    const bool known = next < entries_.size() && entries_[next].slot.get() == slot;
    if (!known && std::find(seen.begin(), seen.end(), slot) != seen.end()) {
      entry_of.push_back(entries_.size());
      continue;
    }
    const Spec spec = p->value().spec();
    if (next == entries_.size()) other("it also has " + text(p->path(), spec));
    const Entry& entry = entries_[next];
    // A network that was moved or assigned as a whole has new slots but the same names and shapes.
    if (const Spec mine = entry.slot->value.spec(); !(mine == spec) || (!known && entry.path != p->path())) {
      other(fmt::format("it has {} in the place of {}", text(p->path(), spec), text(entry.path, mine)));
    }
    entry_of.push_back(next);
    seen.push_back(slot);
  }
  if (seen.size() < entries_.size()) {
    const Entry& entry = entries_[seen.size()];
    other("it lacks " + text(entry.path, entry.slot->value.spec()));
  }
  for (std::size_t k = 0; k < seen.size(); ++k) {
    if (entries_[k].slot.get() != seen[k]) entries_[k].slot = Ref<Slot>(seen[k]);
  }
  return entry_of;
}

void Optimizer::step(const std::vector<Param*>& parameters, const std::vector<Param*>& grads, const Tensor& only_if) {
  if (grads.size() != parameters.size()) {
    fail<ShapeError>(std::string(name()), fmt::format("{} gradients for {} parameters", grads.size(), parameters.size()));
  }
  const std::vector<std::size_t> entry_of = matched(parameters);

  std::vector<std::size_t> which;  // entries, each once
  Tensors slopes;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (entry_of[i] == entries_.size()) continue;
    const Entry& entry = entries_[entry_of[i]];
    const Spec spec = entry.slot->value.spec();
    const Tensor& grad = grads[i]->value();
    if (!(grad.spec() == spec)) {
      fail<ShapeError>(std::string(name()), fmt::format("{} is {} {}, its gradient is {} {}", entry.path, gradus::name(spec.dtype), to_string(spec.shape),
                                                        gradus::name(grad.dtype()), to_string(grad.shape())));
    }
    which.push_back(entry_of[i]);
    slopes.push_back(contiguous(Tensor(grad.array_ref())));
  }
  if (Tracer* tracer = Tracer::current()) return record(*tracer, which, slopes, only_if);
  if (only_if.defined() && Tensor(only_if.array_ref()).item() == 0) return;
  move(which, slopes);
  ++steps_;
}

// In a plan a large parameter moves by itself, as soon as its gradient is there, so that not all gradients are kept until the end:
// those of the last layers first. All others move together, and the step is counted.
void Optimizer::record(Tracer& tracer, const std::vector<std::size_t>& which, const Tensors& grads, const Tensor& only_if) {
  constexpr std::int64_t large = 1 << 14;  // numbers
  const bool always = !only_if.defined();
  const auto add = [&](const std::vector<std::size_t>& part, bool closes) {
    std::vector<std::size_t> entries;
    Tensors in;
    std::vector<Ref<Slot>> slots;
    std::size_t bytes = 0;
    for (const std::size_t i : part) {
      const Entry& entry = entries_[which[i]];
      entries.push_back(which[i]);
      in.push_back(grads[i]);
      slots.push_back(entry.slot);
      for (const Tensor& state : entry.states) bytes += static_cast<std::size_t>(state.numel()) * size_of(state.dtype());
    }
    if (!always) in.push_back(Tensor(only_if.array_ref()));
    const auto work = [this, entries, always, closes](Inputs x) {
      if (!always && Tensor(x.back().array_ref()).item() == 0) return;
      move(entries, x.first(entries.size()));
      if (closes) ++steps_;
    };
    tracer.record(work, in, slots, bytes);
  };
  std::vector<std::size_t> together;
  for (std::size_t i = which.size(); i-- > 1;) {
    if (grads[i].numel() < large) together.push_back(i);
    else add({i}, false);
  }
  together.push_back(0);
  std::ranges::reverse(together);
  add(together, true);
}

void Optimizer::move(const std::vector<std::size_t>& which, Inputs grads) {
  // First everything that can fail, then the numbers: an exception leaves all as it was. Where nobody else would notice, and that is
  // the usual case, numbers change where they are; else in a copy, which then takes the place of what it was copied from.
  std::vector<std::pair<Tensor*, Tensor>> copies;
  Tensors slopes;
  parts_.resize(which.size());
  const auto place = [&](Tensor& x) {
    if (held_alone(x)) return static_cast<std::byte*>(x.array().data());
    copies.emplace_back(&x, copy_of(x));
    return static_cast<std::byte*>(copies.back().second.array().data());
  };
  for (std::size_t i = 0; i < which.size(); ++i) {
    Entry& entry = entries_[which[i]];
    const Array& g = grads[i].array();
    const bool direct = g.contiguous() && !g.is_abstract() && g.buffer()->padded();
    if (!direct) slopes.push_back(readable(grads[i]));
    rules::Part& part = parts_[i];  // written where it stays: what is stored in pieces is slow to read as a whole
    part.places[0] = place(entry.slot->value);
    part.places[1] = static_cast<std::byte*>((direct ? grads[i] : slopes.back()).array().data());
    for (std::size_t k = 0; k < entry.states.size(); ++k) part.places[2 + k] = place(entry.states[k]);
    part.n = g.numel();
    part.dtype = g.dtype();
  }
  prepare(static_cast<double>(steps_ + 1), lr_);
  run_all();
  for (auto& [to, from] : copies) *to = std::move(from);
  for (const std::size_t entry : which) ++entries_[entry].slot->version;
}

// The parts are cut into blocks, which the threads share: a network has many small parameters and a few large ones.
void Optimizer::run_all() {
  const auto blocks_of = [](const rules::Part& part) { return (part.n + grain - 1) / grain; };
  const auto run_some = [this](std::span<const rules::Part> parts) {
    for (std::size_t first = 0, last = 0; first < parts.size(); first = last) {
      while (last < parts.size() && parts[last].dtype == parts[first].dtype) ++last;
      run(parts[first].dtype, parts.subspan(first, last - first));
    }
  };
  std::int64_t all = 0;
  for (const rules::Part& part : parts_) all += part.n;
  if (all <= grain) return run_some(parts_);
  std::int64_t blocks = 0;
  for (const rules::Part& part : parts_) blocks += blocks_of(part);
  parallel_for(blocks, Cost(grain), [&](std::int64_t first, std::int64_t last) {
    std::int64_t block = 0;  // the number of the first one of a part
    for (const rules::Part& part : parts_) {
      const std::int64_t begin = std::clamp<std::int64_t>(first - block, 0, blocks_of(part)) * grain, end = std::min(part.n, std::clamp<std::int64_t>(last - block, 0, blocks_of(part)) * grain);
      block += blocks_of(part);
      if (begin >= end) continue;
      rules::Part some = part;
      for (std::byte*& at : some.places) at += at ? begin * static_cast<std::int64_t>(size_of(part.dtype)) : 0;
      some.n = end - begin;
      run(some.dtype, {&some, 1});
    }
  });
}

std::map<std::string, Tensor> Optimizer::state() const {
  std::map<std::string, Tensor> out;
  out["steps"] = Tensor::full({}, static_cast<double>(steps_), Dtype::i64);
  out["lr"] = Tensor::full({}, lr_, Dtype::f64);
  for (const Entry& entry : entries_) {
    for (std::size_t k = 0; k < entry.states.size(); ++k) out[state_names_[k] + "." + entry.path] = entry.states[k];
  }
  return out;
}

void Optimizer::load_state(const std::map<std::string, Tensor>& given) {
  std::map<std::string, Spec> needed;
  for (const auto& [path, tensor] : state()) needed[path] = tensor.spec();
  const std::string op(name());
  if (const std::string fault = mismatch(needed, given); !fault.empty()) {
    fail<DataError>(op, "this is not the state of this optimizer: " + fault);
  }
  const double steps = given.at("steps").item(), lr = given.at("lr").item();
  if (steps < 0) fail<DataError>(op, fmt::format("a count of {} steps is not possible", steps));
  if (!(std::isfinite(lr) && lr >= 0)) fail<DataError>(op, fmt::format("a rate of {} is not possible", lr));
  steps_ = static_cast<std::int64_t>(steps);
  lr_ = lr;
  for (Entry& entry : entries_) {
    for (std::size_t k = 0; k < entry.states.size(); ++k) entry.states[k] = readable(given.at(state_names_[k] + "." + entry.path));
  }
}

}  // namespace gradus::optim
