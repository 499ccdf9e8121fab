// Mini-batches. The order of the rows is a pure function of (seed, epoch), the same for every number of threads.
//   Batches batches(set, {.size = 64, .seed = 1, .transforms = {input_noise(0.1)}});
//   for (auto& [x, y] : batches.epoch(e)) ...
#pragma once
#include <cstddef>
#include <iterator>
#include <memory>
#include <vector>

#include "dataset.hpp"
#include "transform.hpp"

namespace gradus::data {

struct BatchOptions {
  std::int64_t size = 32;  // the last batch of an epoch is smaller when the rows do not divide
  bool shuffle = true;
  std::uint64_t seed = 0;
  bool drop_last = false;                  // leaves a smaller last batch out
  std::vector<Transform> transforms = {};  // in this order
};

class Epoch;

class Batches {
 public:
  // ValueError when there are no rows, the size is below 1, or drop_last leaves nothing.
  Batches(Dataset dataset, BatchOptions options);
  const Dataset& dataset() const { return shared_->dataset; }
  const BatchOptions& options() const { return shared_->options; }
  std::int64_t size() const;                                  // batches in an epoch
  std::vector<std::int64_t> order(std::int64_t epoch) const;  // the rows in the order in which they come
  // One epoch, from batch `first` on (to continue an interrupted one).
  Epoch epoch(std::int64_t epoch, std::int64_t first = 0) const;

 private:
  friend class Epoch;
  struct Shared {
    Dataset dataset;
    BatchOptions options;
  };
  Batch gather(std::span<const std::int64_t> rows, std::int64_t epoch) const;
  std::shared_ptr<const Shared> shared_;  // epochs hold it too, so that batches(...).epoch(0) may be written in one line
};

// A range of batches, made one by one as it is walked.
class Epoch {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    using pointer = Batch*;
    using reference = Batch&;
    Batch& operator*() const { return *batch_; }
    Batch* operator->() const { return batch_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    friend class Epoch;
    Iterator(Epoch* epoch, std::int64_t index) : epoch_(epoch), index_(index) {}
    Epoch* epoch_;
    Batch* batch_ = nullptr;
    std::int64_t index_;
  };

  Iterator begin();
  Iterator end() { return {this, count_}; }
  std::int64_t size() const { return count_; }  // batches in the whole epoch

 private:
  friend class Batches;
  Epoch(const Batches& batches, std::int64_t epoch, std::int64_t first);
  Batch* make(std::int64_t index);
  Batches batches_;
  std::int64_t epoch_, first_, count_;
  std::vector<std::int64_t> order_;
  Batch batch_;
};

inline Batches batches(Dataset dataset, BatchOptions options) { return {std::move(dataset), std::move(options)}; }

}  // namespace gradus::data
