// The loop: what it counts, when it ends, and that a stopped loop goes on with the same bits.
#include <cmath>

#include <gradus/train.hpp>
#include <gtest/gtest.h>

namespace gradus::train {
namespace {

struct Line {
  nn::Linear layer{1, 1, {.init = nn::init::zeros, .bias_init = nn::init::zeros}};
  Tensor operator()(const Tensor& x) const { return layer(x); }
};

// y = 2 x in five rows: batches of 2, 2 and 1.
data::Dataset five_rows() {
  data::Dataset set;
  set.name = "five";
  set.x = Tensor{{0}, {1}, {2}, {3}, {4}};
  set.y = set.x * 2;
  set.sample_shape = {1};
  return set;
}
data::Batches in_order() { return data::batches(five_rows(), {.size = 2, .shuffle = false}); }
nn::Loss mse() { return nn::loss_by_name("mse"); }

TEST(Fit, the_loss_of_an_epoch_is_the_mean_over_its_rows) {
  Line net;
  optim::SGD still{net, {.lr = 1e-30}};  // nothing moves, so the loss is that of the whole set
  const FitResult result = fit(net, mse(), still, in_order(), {.epochs = 1, .metric = {.kind = Metric::Kind::rmse}});
  const double mean = (0 + 4 + 16 + 36 + 64) / 5.0;  // a mean of the means of batches would be 30.67, the last sample's 64
  EXPECT_NEAR(result.at.last.loss, mean, 1e-5);
  EXPECT_NEAR(result.at.last.metric, std::sqrt(mean), 1e-6);
  EXPECT_EQ(result.at.step, 3);
  EXPECT_EQ(result.at.epoch, 1);
}

TEST(Fit, ends_and_says_why) {
  const auto ending = [](const FitOptions& options) {
    Line net;
    optim::SGD opt{net, {.lr = 0.05}};
    return fit(net, mse(), opt, in_order(), options);
  };
  EXPECT_EQ(ending({.epochs = 2}).ending, Ending::epochs);
  const FitResult reached = ending({.epochs = 1000, .target_loss = 0.5});
  EXPECT_EQ(reached.ending, Ending::target_loss);
  EXPECT_LT(reached.at.last.loss, 0.5);
  EXPECT_LT(reached.at.epoch, 1000);
  const FitResult late = ending({.epochs = 1'000'000'000, .max_seconds = 0.02});
  EXPECT_EQ(late.ending, Ending::max_seconds);
  EXPECT_GE(late.at.seconds, 0.02);
  int asked = 0;
  const FitResult stopped = ending({.epochs = 10, .stop = [&] { return ++asked == 5; }});  // once before the first step
  EXPECT_EQ(stopped.ending, Ending::stopped);
  EXPECT_EQ(stopped.at.step, 4);
  EXPECT_EQ(stopped.at.batch, 1);
}

TEST(Fit, the_schedule_decides_every_rate) {
  Line net;
  optim::SGD opt{net, {.lr = 9}};
  const optim::Schedule schedule{.lr = 0.01, .decay = optim::Decay::cosine, .warm_up = 2, .total = 6};
  std::vector<double> rates;
  FitOptions options{.epochs = 2, .schedule = schedule};
  options.on_step = [&](const Progress&) { rates.push_back(opt.lr()); };
  fit(net, mse(), opt, in_order(), options);
  ASSERT_EQ(rates.size(), 6U);
  for (std::size_t i = 0; i < rates.size(); ++i) EXPECT_EQ(rates[i], schedule.rate(static_cast<std::int64_t>(i))) << i;
}

TEST(Fit, clipping_bounds_a_step) {
  Line net;
  optim::SGD opt{net, {.lr = 1}};
  const data::Batches all = data::batches(five_rows(), {.size = 5});
  fit(net, mse(), opt, all, {.epochs = 1, .clip_norm = 0.01});
  EXPECT_NEAR(std::hypot(net.layer.weight.value().to_vector()[0], net.layer.bias.value().to_vector()[0]), 0.01, 1e-5);
}

TEST(Fit, a_diverging_run_names_the_step_and_a_way_out) {
  Line net;
  optim::SGD opt{net, {.lr = 1e18}};
  try {
    fit(net, mse(), opt, in_order(), {.epochs = 100});
    FAIL() << "it did not diverge";
  } catch (const DivergedError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(" in step "), std::string::npos) << text;
    EXPECT_NE(text.find("optim.lr"), std::string::npos) << text;
  }
}

TEST(Fit, an_infinite_loss_is_as_bad_as_nan_and_moves_nothing) {
  Line net;
  optim::SGD opt{net, {.lr = 0.1}};
  const auto infinite = [](const Tensor& y, const Tensor&) { return sum(exp(y + 1000)); };
  EXPECT_THROW(fit(net, infinite, opt, in_order(), {}), DivergedError);
  EXPECT_EQ(net.layer.weight.value().to_vector()[0], 0);
}

std::vector<double> everything(const Line& net, const optim::Optimizer& opt, const Position& at) {
  std::vector<double> out{static_cast<double>(at.epoch), static_cast<double>(at.step), at.last.loss, at.last.metric};
  for (const auto& [name, tensor] : tensors_of(net)) {
    for (const double v : tensor.to_vector()) out.push_back(v);
  }
  for (const auto& [name, tensor] : opt.state()) {
    for (const double v : tensor.to_vector()) out.push_back(v);
  }
  return out;
}

TEST(Fit, stopped_anywhere_and_continued_it_gives_the_same_bits) {
  const auto batches = [] { return data::batches(five_rows(), {.size = 2, .seed = 7, .transforms = {data::input_noise(0.1)}}); };
  FitOptions options{.epochs = 4,
                     .schedule = optim::Schedule{.lr = 0.05, .decay = optim::Decay::cosine, .warm_up = 3, .total = 12},
                     .metric = {.kind = Metric::Kind::rmse}};
  Line whole;
  optim::Adam whole_opt{whole, {}};
  std::vector<double> losses;
  options.on_epoch = [&](const Progress& p) { losses.push_back(p.means.loss); };
  const FitResult expected = fit(whole, mse(), whole_opt, batches(), options);
  for (std::int64_t cut = 0; cut <= 12; ++cut) {
    Line net;
    optim::Adam opt{net, {}};
    std::vector<double> seen;
    FitOptions first = options;
    first.on_epoch = [&](const Progress& p) { seen.push_back(p.means.loss); };
    std::int64_t steps = -1;
    first.stop = [&] { return ++steps == cut; };
    const FitResult part = fit(net, mse(), opt, batches(), first);
    EXPECT_EQ(part.at.step, cut);

    Line again;  // as a new process would: everything comes from what was saved
    optim::Adam again_opt{again, {}};
    assign(again, tensors_of(net));
    again_opt.load_state(opt.state());
    FitOptions rest = first;
    rest.stop = nullptr;
    rest.from = part.at;
    const FitResult result = fit(again, mse(), again_opt, batches(), rest);
    EXPECT_EQ(everything(again, again_opt, result.at), everything(whole, whole_opt, expected.at)) << "cut at step " << cut;
    EXPECT_EQ(seen, losses) << "cut at step " << cut;
  }
}

TEST(Fit, a_run_that_has_reached_its_target_does_not_go_on) {
  Line net;
  optim::SGD opt{net, {.lr = 0.05}};
  FitOptions options{.epochs = 1000, .target_loss = 0.5};
  const FitResult first = fit(net, mse(), opt, in_order(), options);
  options.from = first.at;
  const FitResult second = fit(net, mse(), opt, in_order(), options);
  EXPECT_EQ(second.at.step, first.at.step);
  EXPECT_EQ(second.ending, Ending::target_loss);
  EXPECT_EQ(second.at.last.loss, first.at.last.loss);
}

}  // namespace
}  // namespace gradus::train
