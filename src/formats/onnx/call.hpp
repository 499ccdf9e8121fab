// One node as it runs: its inputs, its attributes, and the operator set that says what they mean.
#pragma once
#include <gradus/ops.hpp>
#include <map>
#include <optional>
#include <span>

#include "formats/onnx/value.hpp"
#include "onnx.pb.h"

namespace gradus::onnx {

using Values = std::vector<Value>;
using Attributes = std::map<std::string, const proto::Attribute*, std::less<>>;

class Call {
 public:
  Call(std::string op_name, int set, Values values, Attributes given, std::vector<bool> wanted_outputs)
      : op(std::move(op_name)), opset(set), inputs(std::move(values)), attributes(std::move(given)), wanted(std::move(wanted_outputs)) {}

  const std::string op;
  const int opset;  // version of the operator's domain
  const Values inputs;
  const Attributes attributes;
  const std::vector<bool> wanted;  // which outputs somebody reads

  // Inputs. An optional one that was left out is not there; reading it is a DataError.
  std::size_t size() const { return inputs.size(); }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].x.defined(); }
  const Value& value(std::size_t i) const;
  const Tensor& operator[](std::size_t i) const { return value(i).x; }
  Type type(std::size_t i) const { return value(i).type; }
  Shape ints_at(std::size_t i) const;                  // integers, such as a shape or axes
  std::int64_t int_at(std::size_t i) const;
  double number_at(std::size_t i) const;
  bool wants(std::size_t output) const { return output < wanted.size() && wanted[output]; }

  // Attributes. DataError for one of another type.
  bool given(std::string_view name) const { return attributes.contains(name); }
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  std::int64_t integer(std::string_view name) const;  // must be there
  double number(std::string_view name, double otherwise) const;
  std::string text(std::string_view name, std::string_view otherwise) const;
  std::optional<Shape> ints(std::string_view name) const;
  std::vector<double> numbers(std::string_view name) const;  // empty when it is not there
  std::vector<std::string> texts(std::string_view name) const;
  const proto::Attribute* attribute(std::string_view name) const;  // or null

  // What was an attribute and became an input in a later operator set: the input if it is there, else the attribute.
  std::optional<Shape> ints(std::size_t input, std::string_view name) const;

  [[noreturn]] void fault(const std::string& what) const;        // DataError: the model is wrong
  [[noreturn]] void unsupported(const std::string& why) const;

 private:
  const proto::Attribute* typed(std::string_view name, proto::Attribute::Type type) const;
};

// A tensor of this shape is about to be made from numbers in the model: DataError unless it is of a size that one may have.
void check_size(const Call& call, const Shape& shape);
// A double in the dtype of x, so that nothing is rounded to f32 first.
Tensor number_like(const Tensor& x, double value);

struct Operator {
  std::string_view name;  // with its domain unless that is the default one
  Values (*run)(const Call& call);
};

}  // namespace gradus::onnx
