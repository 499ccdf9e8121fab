// Sequential: modules one after the other, of any types, as a value.
//   nn::Sequential net{nn::Linear{64, 32}, nn::Tanh{}, nn::Linear{32, 10}};
//   auto same = nn::build(nn::parse_layers({"linear 32", "tanh", "linear 10"}), {64});
#pragma once
#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "../autodiff.hpp"
#include "../base/options.hpp"

namespace gradus::nn {

// A value that can be called with a tensor: layers, structs of layers, functions.
template <class M>
concept Module = std::copy_constructible<M> && std::invocable<const M&, const Tensor&> &&
                 std::convertible_to<std::invoke_result_t<const M&, const Tensor&>, Tensor>;

// Any module. Copies are deep, as copies of a Param are: new slots with the same values.
class AnyModule final {
 public:
  template <class M>
    requires(!std::same_as<std::decay_t<M>, AnyModule> && Module<std::decay_t<M>>)  // in this order: the second asks for copies
  AnyModule(M&& module) : held_(std::make_unique<Holder<std::decay_t<M>>>(std::forward<M>(module))) {}
  AnyModule(const AnyModule& other) : held_(other.held_ ? other.held_->clone() : nullptr) {}
  AnyModule(AnyModule&&) noexcept = default;
  AnyModule& operator=(AnyModule other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }

  Tensor operator()(const Tensor& x) const { return held_->call(x); }
  void walk(const Visitor& visitor, const std::string& path = {}) { held_->walk(visitor, path); }
  std::string text() const { return held_->text(); }  // what it is, "linear 64 -> 32"
  // The module itself if it is an M, else null.
  template <class M>
  M* as() {
    auto* holder = dynamic_cast<Holder<M>*>(held_.get());
    return holder ? &holder->module : nullptr;
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> clone() const = 0;
    virtual Tensor call(const Tensor& x) const = 0;
    virtual void walk(const Visitor& visitor, const std::string& path) = 0;
    virtual std::string text() const = 0;
  };
  template <class M>
  struct Holder final : Base {
    template <class X>
    explicit Holder(X&& x) : module(std::forward<X>(x)) {}
    std::unique_ptr<Base> clone() const override { return std::make_unique<Holder>(module); }
    Tensor call(const Tensor& x) const override { return module(x); }
    void walk(const Visitor& visitor, const std::string& path) override { gradus::walk(module, visitor, path); }
    std::string text() const override {
      if constexpr (requires { { module.text() } -> std::convertible_to<std::string>; }) return module.text();
      else return "module";
    }
    M module;
  };
  std::unique_ptr<Base> held_;
};

class Sequential final {
 public:
  Sequential() = default;
  template <class... M>
    requires(sizeof...(M) > 0 && !(std::same_as<std::decay_t<M>, Sequential> && ...) && (Module<std::decay_t<M>> && ...))
  Sequential(M&&... modules) {
    (push_back(std::forward<M>(modules)), ...);
  }
  void push_back(AnyModule module) { modules_.push_back(std::move(module)); }

  Tensor operator()(const Tensor& x) const;
  // Names are places: "0.weight", "0.bias", "2.weight", ...
  void walk(const Visitor& visitor, const std::string& path = {});
  std::string text() const;
  std::size_t size() const { return modules_.size(); }
  bool empty() const { return modules_.empty(); }
  AnyModule& operator[](std::size_t i) { return modules_[i]; }
  const AnyModule& operator[](std::size_t i) const { return modules_[i]; }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

 private:
  std::vector<AnyModule> modules_;
};

// The number of trained numbers; tied parameters count once.
template <class Net>
std::int64_t count_parameters(const Net& net) {
  std::vector<const Slot*> slots;
  std::int64_t count = 0;
  const auto add = [&](const std::string&, Param& p) {
    for (const Slot* known : slots) {
      if (known == &p.slot()) return;
    }
    slots.push_back(&p.slot());
    count += p.value().numel();
  };
  walk(const_cast<Net&>(net), Visitor{.param = add, .names = false});  // such a walk changes nothing
  return count;
}

// ---- networks from text, for recipes

struct LayerSpec {
  std::string type;
  Options options;
};

// "linear 512", "linear out=512 bias=false init=he_normal", "relu": a type, its values in order, then key=value.
std::vector<LayerSpec> parse_layers(const std::vector<std::string>& lines);

struct BuildOptions {
  Dtype dtype = Dtype::f32;            // of the input; integers are symbols, for an embedding
  std::int64_t symbols = 0;            // how many symbols there are
  std::string init = {}, bias_init = {};  // for layers that do not say how they start
};

// `input` is the shape of one sample, without the batch axis. Sizes of inputs follow from what stands before.
// UsageError with the nearest known name for unknown types and keys, and for sizes that do not fit.
Sequential build(const std::vector<LayerSpec>& layers, const Shape& input, const BuildOptions& options = {});
std::vector<std::string> layer_types();

// A table: place, layer, output shape, parameters; computed without running the network. `input` is the shape of one sample.
std::string summary(const Sequential& net, const Shape& input, Dtype dtype = Dtype::f32);

}  // namespace gradus::nn
