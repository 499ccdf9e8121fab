#include <gradus/data/batches.hpp>
#include <gradus/ops.hpp>
#include <numeric>

#include "memory.hpp"

namespace gradus::data {

Batches::Batches(Dataset dataset, BatchOptions options) {
  const std::int64_t n = dataset.size();
  if (options.size < 1)
    fail<ValueError>("batches", "a batch of " + std::to_string(options.size) + " rows was asked for; at least 1 is needed");
  if (n == 0) fail<ValueError>("batches", "the data set " + dataset.name + " has no rows");
  if (!dataset.y.defined() || dataset.y.rank() == 0 || dataset.y.size(0) != n) {
    fail<ValueError>("batches", "x has " + std::to_string(n) + " rows and y is " +
                                    (dataset.y.defined() ? to_string(dataset.y.shape()) : "undefined"));
  }
  if (options.drop_last && options.size > n) {
    fail<ValueError>("batches", "no batch is left: drop_last is on and a batch of " + std::to_string(options.size) +
                                    " is larger than the " + std::to_string(n) + " rows");
  }
  dataset.x = contiguous(dataset.x);  // once, and not for every batch
  dataset.y = contiguous(dataset.y);
  shared_ = std::make_shared<const Shared>(Shared{std::move(dataset), std::move(options)});
}

std::int64_t Batches::size() const {
  const std::int64_t n = dataset().size(), size = options().size;
  return n / size + (n % size != 0 && !options().drop_last ? 1 : 0);
}

std::vector<std::int64_t> Batches::order(std::int64_t epoch) const {
  const std::int64_t n = dataset().size();
  if (options().shuffle) return shuffled(n, random(options().seed, Stream::order, static_cast<std::uint64_t>(epoch)));
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

Batch Batches::gather(std::span<const std::int64_t> rows, std::int64_t epoch) const {
  const bool all = !options().shuffle && static_cast<std::int64_t>(rows.size()) == dataset().size();
  Batch batch = all ? Batch{dataset().x, dataset().y} : Batch{gather_rows(dataset().x, rows), gather_rows(dataset().y, rows)};
  for (const Transform& transform : options().transforms) batch = transform(std::move(batch), {options().seed, epoch, rows});
  return batch;
}

Epoch Batches::epoch(std::int64_t epoch, std::int64_t first) const {
  if (epoch < 0 || first < 0 || first > size()) {
    fail<ValueError>("batches", "batch " + std::to_string(first) + " of epoch " + std::to_string(epoch) +
                                    " was asked for; an epoch has " + std::to_string(size()) + " batches");
  }
  return Epoch(*this, epoch, first);
}

Epoch::Epoch(const Batches& batches, std::int64_t epoch, std::int64_t first)
    : batches_(batches), epoch_(epoch), first_(first), count_(batches.size()), order_(batches.order(epoch)) {}

Batch* Epoch::make(std::int64_t index) {
  batch_ = {};  // the memory of the one before can serve this one
  if (index >= count_) return nullptr;
  const auto size = static_cast<std::size_t>(batches_.options().size), begin = static_cast<std::size_t>(index) * size;
  batch_ = batches_.gather(std::span(order_).subspan(begin, std::min(size, order_.size() - begin)), epoch_);
  return &batch_;
}

Epoch::Iterator Epoch::begin() {
  Iterator first{this, first_};
  first.batch_ = make(first_);
  return first;
}

Epoch::Iterator& Epoch::Iterator::operator++() {
  batch_ = epoch_->make(++index_);
  return *this;
}

}  // namespace gradus::data
