// ONNX: models of other frameworks, run with Gradus's operations, so that everything in them can be differentiated.
//   onnx::Model model = onnx::Model::read("model.onnx");
//   Tensors y = model({x});
// Operator sets 1 to 26 of the default domain, functions of the model itself, and ai.onnx.preview.training. Element types that
// Gradus does not have (u16 u32 u64) are kept in i64 between operations.
// In a target of its own, gradus::onnx, which needs protobuf.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../tensor.hpp"

namespace gradus::onnx {

// The model is well formed, but asks for what Gradus does not do. op() is the operator, detail() the reason.
struct UnsupportedError final : Error { using Error::Error; };

class Model {
 public:
  // DataError, with the path (or `name`) as the place, unless it is a model whose every name is made before it is read.
  static Model read(const std::string& path);
  static Model parse(std::string_view bytes, std::string name);

  std::vector<std::string> inputs() const;   // those without a value of their own
  std::vector<std::string> outputs() const;
  std::vector<std::string> operators() const;  // that occur in it, sorted; those of other domains as "domain.name"

  // One tensor for each of inputs(), in their order; the dtypes are checked, shapes by the operations themselves.
  Tensors operator()(Inputs x) const;

  struct State;
  const State& state() const { return *state_; }

 private:
  explicit Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// A case of the ONNX backend tests: a model, and for each set of inputs (TensorProto files) the outputs that are expected.
struct Case {
  struct Set {
    std::vector<std::string> inputs, outputs;  // the files' bytes, in order
  };
  std::string name, model;
  std::vector<Set> sets;
};

struct Outcome {
  enum Verdict { passed, failed, unsupported };
  Verdict verdict = passed;
  std::vector<std::string> operators;  // of the model
  std::string op, reason;              // what failed or is not supported, and why
};

// Floats to rtol 1e-3 (bfloat16, which has 8 digits, to 1/128) and atol 1e-7, all else exactly; NaN equals NaN; shapes and element
// types must be the same. DataError when the files themselves are broken.
Outcome conform(const Case& test);

}  // namespace gradus::onnx
