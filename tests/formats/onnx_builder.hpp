// Models of ONNX, built in memory.
#pragma once
#include <gradus/formats/onnx.hpp>
#include <gradus/ops.hpp>

#include "onnx.pb.h"

namespace gradus {

namespace pb = onnx::proto;
using Names = std::vector<std::string>;

enum : int { f32 = 1, u8 = 2, u16 = 4, i64 = 7, text = 8, u64 = 13 };

struct Builder {
  pb::Model model;

  explicit Builder(int opset) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("g");
  }
  Builder& input(const std::string& name, int type = f32) {
    pb::ValueInfo& info = *model.mutable_graph()->add_input();
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    return *this;
  }
  Builder& output(const std::string& name, int type = f32) {
    pb::ValueInfo& info = *model.mutable_graph()->add_output();
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    return *this;
  }
  static pb::Node& fill(pb::Node& node, const std::string& op, const Names& in, const Names& out) {
    node.set_op_type(op);
    for (const std::string& name : in) node.add_input(name);
    for (const std::string& name : out) node.add_output(name);
    return node;
  }
  pb::Node& node(const std::string& op, const Names& in, const Names& out) { return fill(*model.mutable_graph()->add_node(), op, in, out); }
  Builder& ints(const std::string& name, const std::vector<std::int64_t>& values) {
    pb::Tensor& t = *model.mutable_graph()->add_initializer();
    t.set_name(name);
    t.set_data_type(i64);
    t.add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values) t.add_int64_data(value);
    return *this;
  }
  Builder& floats(const std::string& name, const std::vector<float>& values, const std::vector<std::int64_t>& dims) {
    pb::Tensor& t = *model.mutable_graph()->add_initializer();
    t.set_name(name);
    t.set_data_type(f32);
    for (const std::int64_t size : dims) t.add_dims(size);
    for (const float value : values) t.add_float_data(value);
    return *this;
  }
  std::string bytes() const { return model.SerializeAsString(); }
  onnx::Model build() const { return onnx::Model::parse(bytes(), "test.onnx"); }
};

inline void set(pb::Node& node, const std::string& name, std::int64_t value) {
  pb::Attribute& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(pb::Attribute::INT);
  a.set_i(value);
}
inline void set(pb::Node& node, const std::string& name, float value) {
  pb::Attribute& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(pb::Attribute::FLOAT);
  a.set_f(value);
}
inline void set(pb::Node& node, const std::string& name, const std::vector<std::int64_t>& values) {
  pb::Attribute& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(pb::Attribute::INTS);
  for (const std::int64_t value : values) a.add_ints(value);
}
inline void set(pb::Node& node, const std::string& name, const char* value) {
  pb::Attribute& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(pb::Attribute::STRING);
  a.set_s(value);
}

// One operator on one input.
inline Builder single(int opset, const std::string& op) {
  Builder b(opset);
  b.input("x").output("y");
  b.node(op, {"x"}, {"y"});
  return b;
}
inline pb::Node& only(Builder& b) { return *b.model.mutable_graph()->mutable_node(0); }

}  // namespace gradus
