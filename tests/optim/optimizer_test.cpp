#include <cmath>
#include <gradus/nn.hpp>
#include <gradus/optim.hpp>

#include "nn/near.hpp"

namespace gradus::optim {
namespace {

struct Net {
  nn::Linear hidden{2, 3}, out{3, 1};
  Tensor operator()(const Tensor& x) const { return out(tanh(hidden(x))); }
};

const Tensor& inputs() {
  static const Tensor x{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  return x;
}
const Tensor& targets() {
  static const Tensor y{{0}, {1}, {1}, {0}};
  return y;
}

template <class N>
double train(N& net, Optimizer& opt, int steps) {
  double last = 0;
  for (int i = 0; i < steps; ++i) {
    const auto [loss, g] = value_and_grad(net, [](const N& n) { return nn::mse(n(inputs()), targets()); });
    opt.update(net, g);
    last = loss.item();
  }
  return last;
}

const void* memory(const Param& p) { return p.value().array().data(); }
std::vector<double> values(const Param& p) { return p.value().to_vector(); }

TEST(Optimizer, learns_xor) {
  manual_seed(2);
  nn::Sequential net{nn::Linear{2, 8}, nn::Tanh{}, nn::Linear{8, 1}};
  Adam opt{net, {.lr = 0.05}};
  EXPECT_LT(train(net, opt, 400), 1e-3);
}

TEST(Optimizer, writes_in_place_what_nobody_else_holds) {
  Net net;
  Adam opt{net, {.lr = 0.1}};
  train(net, opt, 2);
  const void *weight = memory(net.hidden.weight), *bias = memory(net.out.bias);
  const std::uint64_t version = net.hidden.weight.slot().version;
  train(net, opt, 1);
  EXPECT_EQ(memory(net.hidden.weight), weight);
  EXPECT_EQ(memory(net.out.bias), bias);
  EXPECT_EQ(net.hidden.weight.slot().version, version + 1);
}

TEST(Optimizer, never_changes_what_somebody_holds) {
  Net net;
  Adam opt{net, {.lr = 0.1}};
  train(net, opt, 1);
  const Net snapshot = net;
  const Tensor held = net.out.weight;
  const auto state = opt.state();
  const std::vector<double> weight = values(net.hidden.weight), out = held.to_vector(), mean = state.at("mean.hidden.weight").to_vector();
  train(net, opt, 3);
  EXPECT_EQ(values(snapshot.hidden.weight), weight);
  EXPECT_EQ(held.to_vector(), out);
  EXPECT_EQ(state.at("mean.hidden.weight").to_vector(), mean);
  EXPECT_NE(values(net.hidden.weight), weight);
}

TEST(Optimizer, never_writes_into_borrowed_memory_or_shared_windows) {
  const std::vector<float> mine = {1, 2, 3};
  struct Two {
    Param a, b;
  } net;
  net.a = Param(Tensor::borrow(std::span<const float>(mine), {3}));
  {
    const Tensor whole{1, 2, 3, 4, 5, 6};
    net.b = Param(whole[{0, 3}]);
  }
  const Two grads{Param(Tensor{1, 1, 1}), Param(Tensor{1, 1, 1})};
  SGD opt{net, {.lr = 1}};
  opt.update(net, grads);
  EXPECT_EQ(mine, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(values(net.a), (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(values(net.b), (std::vector<double>{0, 1, 2}));

  const Tensor whole{1, 2, 3, 4, 5, 6};
  net.a = Param(whole[{0, 3}]);
  net.b = Param(whole[{3, 6}]);
  SGD again{net, {.lr = 1}};
  again.update(net, grads);
  EXPECT_EQ(whole.to_vector(), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values(net.b), (std::vector<double>{3, 4, 5}));
}

TEST(Optimizer, takes_views_as_parameters_and_gradients) {
  struct One {
    Param p;
  } net{Param(T(Tensor{{1, 2, 3}, {4, 5, 6}}))};
  const std::vector<float> foreign = {1, 2, 3, 4, 5, 6};
  SGD opt{net, {.lr = 1}};
  opt.update(net, One{Param(Tensor::borrow(std::span<const float>(foreign), {3, 2}))});
  EXPECT_EQ(values(net.p), (std::vector<double>{0, 2, -1, 1, -2, 0}));
  opt.update(net, One{Param(T(Tensor{{1, 2, 3}, {4, 5, 6}}))});
  EXPECT_EQ(values(net.p), (std::vector<double>{-1, -2, -3, -4, -5, -6}));
}

TEST(Optimizer, zero_size_parameters) {
  struct One {
    Param p;
  } net{Param(Tensor::zeros({0, 3}))};
  Adam opt{net};
  opt.update(net, net);
  EXPECT_EQ(opt.steps(), 1);
}

TEST(Optimizer, tied_parameters_move_once) {
  struct Tied {
    nn::Linear a{2, 2, {.bias = false}}, b{2, 2, {.bias = false}};
    Tied() { b.weight.tie(a.weight); }
    static constexpr auto fields() { return fields_of<&Tied::a, &Tied::b>{}; }
  } net;
  net.a.weight = Tensor::ones({2, 2});
  SGD opt{net, {.lr = 0.25}};
  const auto [loss, g] = value_and_grad(net, [](const Tied& n) { return sum(n.a.weight.value() * 2 + n.b.weight.value()); });
  opt.update(net, g);
  EXPECT_EQ(values(net.b.weight), (std::vector<double>(4, 1 - 0.25 * 3)));  // both uses count, one step is made
  EXPECT_EQ(opt.state().size(), 2u);
}

TEST(Optimizer, the_rate_can_change_between_steps) {
  struct One {
    Param p;
  } net{Param(Tensor{1.0})};
  SGD opt{net, {.lr = 0.5}};
  EXPECT_EQ(opt.lr(), 0.5);
  opt.update(net, One{Param(Tensor{1.0})});
  opt.set_lr(0.25);
  opt.update(net, One{Param(Tensor{1.0})});
  EXPECT_EQ(net.p.value().item(), 0.25);
  EXPECT_EQ(message<ValueError>([&] { opt.set_lr(-1); }), "[lr] a rate of -1 is not possible. Hint: it must be finite and not negative");
  EXPECT_THROW(opt.set_lr(NAN), ValueError);
}

template <class Make>
void expect_exact_resume(Make make) {
  manual_seed(11);
  Net net;
  auto opt = make(net);
  train(net, *opt, 5);
  const auto weights = tensors_of(net);
  const auto state = opt->state();
  train(net, *opt, 5);

  Net later;
  assign(later, weights);
  auto resumed = make(later);
  resumed->set_lr(0.9);  // the state brings its own
  resumed->load_state(state);
  EXPECT_EQ(resumed->steps(), 5);
  train(later, *resumed, 5);
  for (const auto& [path, tensor] : tensors_of(net)) EXPECT_EQ(tensor.to_vector(), tensors_of(later).at(path).to_vector()) << path;
  for (const auto& [path, tensor] : opt->state()) EXPECT_EQ(tensor.to_vector(), resumed->state().at(path).to_vector()) << path;
}

TEST(Optimizer, a_continued_run_has_the_same_bits) {
  expect_exact_resume([](Net& net) { return make("adam", parameters(net), {{"lr", "0.03"}}); });
  expect_exact_resume([](Net& net) { return make("adamw", parameters(net)); });
  expect_exact_resume([](Net& net) { return make("sgd", parameters(net), {{"momentum", "0.9"}, {"nesterov", "true"}}); });
  expect_exact_resume([](Net& net) { return make("sgd", parameters(net)); });
}

TEST(Optimizer, state_by_name) {
  Net net;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : SGD(net, {.momentum = 0.5}).state()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"lr", "momentum.hidden.bias", "momentum.hidden.weight", "momentum.out.bias", "momentum.out.weight", "steps"}));
  EXPECT_EQ(SGD(net).state().size(), 2u);  // plain descent keeps nothing

  Adam opt{net};
  auto state = opt.state();
  state.erase("mean.out.bias");
  state["square.out.bias"] = Tensor::zeros({2});
  EXPECT_EQ(message<DataError>([&] { opt.load_state(state); }),
            "[adam] this is not the state of this optimizer: missing: mean.out.bias; different: square.out.bias is f32 [1], given is f32 [2]");
  state = opt.state();
  state["steps"] = Tensor::full({}, -3, Dtype::i64);
  EXPECT_EQ(message<DataError>([&] { opt.load_state(state); }), "[adam] a count of -3 steps is not possible");
  EXPECT_THROW(opt.load_state(SGD(net).state()), DataError);
}

TEST(Optimizer, a_network_of_another_kind_is_refused) {
  nn::Sequential net{nn::Linear{2, 3}, nn::Linear{3, 1}}, longer{nn::Linear{2, 3}, nn::Linear{3, 1}, nn::Linear{1, 1}}, shorter{nn::Linear{2, 3}},
      wider{nn::Linear{2, 3}, nn::Linear{3, 2}}, renamed{nn::Tanh{}, nn::Linear{2, 3}, nn::Linear{3, 1}};
  Adam opt{net};
  const std::string start = "[adam] this is not the network that the optimizer was made for: ", hint = ". Hint: make a new optimizer for it";
  const auto fault = [&](nn::Sequential& other) { return message<ShapeError>([&] { opt.update(other, other); }); };
  EXPECT_EQ(fault(longer), start + "it also has 2.weight (f32 [1, 1])" + hint);
  EXPECT_EQ(fault(shorter), start + "it lacks 1.weight (f32 [1, 3])" + hint);
  EXPECT_EQ(fault(wider), start + "it has 1.weight (f32 [2, 3]) in the place of 1.weight (f32 [1, 3])" + hint);
  EXPECT_EQ(fault(renamed), start + "it has 1.weight (f32 [3, 2]) in the place of 0.weight (f32 [3, 2])" + hint);
  EXPECT_EQ(message<ShapeError>([&] { opt.update(net, shorter); }), "[adam] 2 gradients for 4 parameters");
  EXPECT_EQ(message<ShapeError>([&] { opt.update(net, wider); }), "[adam] 1.weight is f32 [1, 3], its gradient is f32 [2, 3]");
  EXPECT_EQ(opt.steps(), 0);
  EXPECT_THROW(Adam{longer[0]}.update(longer[1], longer[1]), ShapeError);
  nn::Sequential none{nn::Tanh{}};
  EXPECT_EQ(message<ValueError>([&] { Adam{none}; }), "[optimizer] the network has no parameters");
}

TEST(Optimizer, an_error_changes_nothing) {
  Net net;
  Adam opt{net, {.lr = 0.1}};
  train(net, opt, 1);
  Net grads = net;
  const auto before = tensors_of(net);
  const auto state = opt.state();
  grads.out.bias = Param(Tensor::zeros({7}));  // the last of the parameters
  EXPECT_THROW(opt.update(net, grads), ShapeError);
  EXPECT_EQ(opt.steps(), 1);
  for (const auto& [path, tensor] : before) EXPECT_EQ(tensor.to_vector(), tensors_of(net).at(path).to_vector());
  for (const auto& [path, tensor] : state) EXPECT_EQ(tensor.to_vector(), opt.state().at(path).to_vector());
}

TEST(Optimizer, goes_on_with_a_network_that_was_assigned) {
  Net net;
  SGD opt{net, {.lr = 0.5, .momentum = 0.5}};
  train(net, opt, 1);
  net = Net{};  // new slots
  const std::vector<double> before = values(net.out.bias);
  train(net, opt, 1);
  EXPECT_NE(values(net.out.bias), before);
  EXPECT_EQ(opt.steps(), 2);
}

TEST(Optimizer, by_name) {
  Net net;
  for (const std::string& name : names()) EXPECT_EQ(make(name, parameters(net))->name(), name);
  EXPECT_EQ(make("sgd", parameters(net), {{"lr", "0.125"}})->lr(), 0.125);
  EXPECT_EQ(option_names("sgd"), (std::vector<std::string>{"lr", "momentum", "nesterov", "weight_decay"}));
  const auto fault = [&](const char* name, Options options) { return message<UsageError>([&] { make(name, parameters(net), options); }); };
  EXPECT_EQ(fault("adm", {}), "[optim] there is no optimizer 'adm'. Hint: did you mean 'adam'?");
  EXPECT_EQ(fault("adam", {{"beta3", "1"}}), "[adam] there is no option 'beta3'. Hint: did you mean 'beta1'?");
  EXPECT_EQ(fault("sgd", {{"lr", "fast"}}), "[sgd] lr is 'fast'; it must be a number");
  EXPECT_EQ(fault("sgd", {{"nesterov", "1"}}), "[sgd] nesterov is '1'; it must be true or false");
}

TEST(Optimizer, options_out_of_range) {
  Net net;
  EXPECT_EQ(message<ValueError>([&] { SGD(net, {.lr = -0.1}); }), "[sgd] lr is -0.1; it must be finite and not negative");
  EXPECT_EQ(message<ValueError>([&] { Adam(net, {.eps = NAN}); }), "[adam] eps is nan; it must be finite and not negative");
  EXPECT_EQ(message<ValueError>([&] { Adam(net, {.beta2 = 1}); }), "[adam] beta1 and beta2 must be below 1");
  EXPECT_EQ(message<ValueError>([&] { SGD(net, {.nesterov = true}); }), "[sgd] nesterov needs a momentum above 0");
}

TEST(Optimizer, copies_go_their_own_way) {
  Net net;
  Adam opt{net, {.lr = 0.1}};
  train(net, opt, 2);
  const Adam copy = opt;
  const auto before = copy.state();
  train(net, opt, 2);
  EXPECT_EQ(copy.steps(), 2);
  EXPECT_EQ(copy.state().at("mean.out.weight").to_vector(), before.at("mean.out.weight").to_vector());
}

TEST(Optimizer, moves_only_if_it_may) {
  nn::Linear net{2, 1};
  Adam opt{net, {}};
  const nn::Linear slopes = net;
  const std::vector<double> before = net.weight.value().to_vector();
  opt.update(net, slopes, isfinite(Tensor(INFINITY)));
  EXPECT_EQ(net.weight.value().to_vector(), before);
  EXPECT_EQ(opt.steps(), 0);
  opt.update(net, slopes, isfinite(Tensor(1.0)));
  EXPECT_NE(net.weight.value().to_vector(), before);
  EXPECT_EQ(opt.steps(), 1);
}

}  // namespace
}  // namespace gradus::optim
