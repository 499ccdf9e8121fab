#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gradus/base/file.hpp>
#include <gradus/base/random.hpp>
#include <gradus/formats/safetensors.hpp>
#include <gradus/ops.hpp>

#include "nn/near.hpp"

namespace gradus::safetensors {
namespace {

class Safetensors : public testing::Test {
 protected:
  std::string path = (std::filesystem::temp_directory_path() / ("gradus-safetensors-" + std::to_string(::getpid()))).string();
  ~Safetensors() override { std::filesystem::remove(path); }

  // A file with this header and that many bytes of data.
  void put(const std::string& header, std::size_t data) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i));
    put_bytes(bytes + header + std::string(data, '\1'));
  }
  void put_bytes(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  // What reading says, without the path.
  std::string fault() {
    const std::string text = message<DataError>([&] { read(path); }), start = "[safetensors] " + path + ": ";
    return text.starts_with(start) ? text.substr(start.size()) : text;
  }
  std::string fault(const std::string& header, std::size_t data) {
    put(header, data);
    return fault();
  }
};

Tensors all_dtypes() {
  return {{"f32", Tensor{{1.5, -2}, {3, 4}}},
          {"f64", Tensor({0.1, 0.2, 0.3}, Dtype::f64)},
          {"i64", Tensor({-7, 1e15}, Dtype::i64)},
          {"u8", Tensor({1, 2, 255}, Dtype::u8)},
          {"bool", Tensor({1, 0, 1}, Dtype::boolean)},
          {"scalar", Tensor::full({}, 42)},
          {"empty", Tensor::zeros({0, 3})}};
}

TEST_F(Safetensors, what_was_written_is_read) {
  const Metadata metadata = {{"recipe", "digits"}, {"quote \" and \n", "Grüße"}};
  write(path, all_dtypes(), metadata);
  const File file = read(path);
  EXPECT_EQ(file.metadata, metadata);
  ASSERT_EQ(file.tensors.size(), all_dtypes().size());
  for (const auto& [name, tensor] : all_dtypes()) {
    ASSERT_TRUE(file.tensors.contains(name)) << name;
    EXPECT_EQ(file.tensors.at(name).spec(), tensor.spec()) << name;
    EXPECT_EQ(file.tensors.at(name).to_vector(), tensor.to_vector()) << name;
  }
  write(path, {});
  EXPECT_TRUE(read(path).tensors.empty());
}

TEST_F(Safetensors, every_bit_survives) {
  const std::vector<float> odd = {-0.0f, NAN, INFINITY, 1e-45f, 3.4e38f};
  write(path, {{"x", Tensor::from(odd, {5})}});
  const Tensor x = read(path).tensors.at("x");
  EXPECT_EQ(std::memcmp(x.values<float>().data(), odd.data(), 20), 0);
}

TEST_F(Safetensors, the_bytes_are_those_of_the_format) {
  write(path, {{"b", Tensor({1, 2}, Dtype::u8)}, {"a", Tensor{1.0}}}, {{"k", "v"}});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]},"b":{"data_offsets":[4,6],"dtype":"U8","shape":[2]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(read_file(path), std::string(1, static_cast<char>(padded.size())) + std::string(7, '\0') + padded + std::string("\0\0\x80\x3f\1\2", 6));
}

TEST_F(Safetensors, equal_contents_give_equal_bytes) {
  write(path, all_dtypes(), {{"a", "b"}});
  const std::string first = read_file(path);
  ::usleep(2000);
  write(path + "x", all_dtypes(), {{"a", "b"}});
  EXPECT_EQ(read_file(path + "x"), first);
  remove_file(path + "x");
}

TEST_F(Safetensors, wide_elements_lie_at_multiples_of_their_size) {
  write(path, {{"a", Tensor({1}, Dtype::u8)}, {"b", Tensor({1}, Dtype::f64)}, {"c", Tensor{1}}});
  const std::string text = read_file(path);
  EXPECT_NE(text.find(R"("b":{"data_offsets":[0,8])"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("c":{"data_offsets":[8,12])"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("a":{"data_offsets":[12,13])"), std::string::npos) << text;
}

TEST_F(Safetensors, views_are_written_row_major) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  write(path, {{"t", T(x)}, {"part", slice(x, 1, {1, 3})}, {"flip", flip(x, 0)}, {"wide", expand(Tensor{{7}}, {2, 2})}});
  const Tensors found = read(path).tensors;
  EXPECT_EQ(found.at("t").to_vector(), T(x).to_vector());
  EXPECT_EQ(found.at("part").to_vector(), (std::vector<double>{2, 3, 5, 6}));
  EXPECT_EQ(found.at("flip").to_vector(), (std::vector<double>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(found.at("wide").to_vector(), (std::vector<double>{7, 7, 7, 7}));
}

TEST_F(Safetensors, names_are_any_utf8) {
  Tensors tensors;
  for (const char* name : {"", "größe", "日本", "😀.weight", "a b\n\"", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}) tensors[name] = Tensor{1};
  write(path, tensors);
  const Tensors found = read(path).tensors;
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(found.contains(name)) << name;
  // stray, cut short, overlong, too large
  for (const char* name : {"\x80", "\xc3", "\xe6\x97", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_THROW(write(path, {{name, Tensor{1}}}), ValueError);
  }
}

TEST_F(Safetensors, names_that_no_reader_would_take_are_not_written) {
  const auto fault_of = [&](const std::string& name) { return message<ValueError>([&] { write(path, {{name, Tensor{1}}}); }); };
  EXPECT_EQ(fault_of("__metadata__"), "[safetensors] a tensor cannot be called '__metadata__': that name is taken by the format");
  EXPECT_EQ(fault_of(std::string("a\0b", 3)), "[safetensors] a tensor cannot be called 'a\\x00b': it holds a zero byte");
  EXPECT_NE(fault_of("\xff").find("it is not UTF-8"), std::string::npos);
  EXPECT_NE(fault_of("\xed\xa0\x80").find("it is not UTF-8"), std::string::npos);  // half of a surrogate pair
  EXPECT_NE(fault_of(std::string(4097, 'a')).find("longer than 4096"), std::string::npos);
  EXPECT_EQ(message<ValueError>([&] { write(path, {}, {{"k", "\xff"}}); }), "[safetensors] the metadata is not UTF-8");
  EXPECT_EQ(path_kind(path), PathKind::nothing);
}

// ---- files that are not what they should be

const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

TEST_F(Safetensors, files_of_other_writers) {
  put(good + "  ", 8);
  EXPECT_EQ(read(path).tensors.at("a").shape(), (Shape{2}));
  put(R"({ "b" : {"shape":[1,1], "data_offsets":[4,8],"dtype":"F32"}, "__metadata__":{}, "a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}, "z":{"dtype":"I64","shape":[0],"data_offsets":[4,4]}})", 8);
  EXPECT_EQ(read(path).tensors.at("b").shape(), (Shape{1, 1}));
  EXPECT_EQ(read(path).tensors.at("a").to_vector(), (std::vector<double>{1, 1, 1, 1}));
  EXPECT_EQ(read(path).tensors.at("z").numel(), 0);
}

TEST_F(Safetensors, headers_of_a_wrong_length) {
  const std::string hint = ". Hint: is this a safetensors file?";
  put_bytes("");
  EXPECT_EQ(fault(), "the file has 0 bytes; even an empty one has more than 8" + hint);
  put_bytes("1234567");
  EXPECT_EQ(fault(), "the file has 7 bytes; even an empty one has more than 8" + hint);
  for (const std::uint64_t length : {std::uint64_t{5}, std::uint64_t{1} << 31, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    std::string bytes(12, ' ');
    std::memcpy(bytes.data(), &length, 8);
    put_bytes(bytes);
    EXPECT_EQ(fault(), "the header is said to have " + std::to_string(length) + " bytes, but only 4 follow" + hint);
  }
  EXPECT_EQ(fault("", 0), "the header does not begin with '{'" + hint);
  EXPECT_EQ(fault(" {}", 0), "the header does not begin with '{'" + hint);
  EXPECT_EQ(fault("\xEF\xBB\xBF{}", 0), "the header does not begin with '{'" + hint);
}

TEST_F(Safetensors, headers_that_are_not_json) {
  EXPECT_EQ(fault("{", 0), "the header is not JSON at byte 10");
  EXPECT_EQ(fault("{}}", 0), "the header is not JSON at byte 11");
  EXPECT_EQ(fault(std::string("{}\0\0", 4), 0), "the header is not JSON at byte 11");
  EXPECT_EQ(fault("{\"\\ud800\":1}", 0).substr(0, 26), "the header is not JSON at ");
  EXPECT_EQ(fault("{\"\xff\":1}", 0).substr(0, 26), "the header is not JSON at ");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}})", 8).substr(0, 26), "the header is not JSON at ");
}

TEST_F(Safetensors, depth_does_not_cost_the_stack) {
  EXPECT_EQ(fault(R"({"a":)" + std::string(1'000'000, '['), 0), "a list stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"__metadata__":{"k":)" + std::string(1'000'000, '{'), 0), "an object stands where it must not be, in the metadata, which holds only text");
}

TEST_F(Safetensors, entries_that_are_not_as_the_format_says) {
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[2]}})", 8), "tensor 'a' has no data_offsets");
  EXPECT_EQ(fault(R"({"a":{}})", 8), "tensor 'a' has no dtype");
  EXPECT_EQ(fault(R"({"a":3})", 8), "a number stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}})", 8), "a number stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8), "-2 stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", 8), "'2.0' stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", 8), "a list stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}})", 8), "null stands where it must not be, in tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", 8), "data_offsets of tensor 'a' has 1 numbers, not 2");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})", 8), "data_offsets of tensor 'a' has more than 2 numbers");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8), "tensor 'a' says 'dtype' twice");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})", 8), "tensor 'a' has a field 'more' that the format does not know");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), "'a' appears twice");
  EXPECT_EQ(fault(R"({"a\u0000b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8), "a tensor is called 'a\\x00b': it holds a zero byte");
  EXPECT_EQ(fault(R"({"__metadata__":{"k":1}})", 0), "a number stands where it must not be, in the metadata, which holds only text");
  EXPECT_EQ(fault(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "'k' appears twice in the metadata");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[)" + [] { std::string s = "1"; for (int i = 0; i < 64; ++i) s += ",1"; return s; }() + R"(],"data_offsets":[0,4]}})", 4),
            "tensor 'a' has more than 64 axes");
}

TEST_F(Safetensors, element_types_that_gradus_does_not_have) {
  EXPECT_EQ(fault(R"({"w":{"dtype":"U16","shape":[2],"data_offsets":[0,4]}})", 4),
            "tensor 'w' is U16, which Gradus does not have: F64, F32, BF16, F16, I64 to I8, U8 and BOOL are read");
  EXPECT_EQ(fault(R"({"w":{"dtype":"f32","shape":[2],"data_offsets":[0,4]}})", 4), "tensor 'w' is 'f32', which is no element type");
  EXPECT_EQ(fault(R"({"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})", 2).substr(0, 8), "no error");
  put_bytes(std::string("\x37\0\0\0\0\0\0\0", 8) + R"({"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})" + "\1\2");
  EXPECT_EQ(fault(), "tensor 'w' is BOOL, but holds 2");
}

TEST_F(Safetensors, sizes_that_do_not_fit) {
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8), "tensor 'a' is F32 [3] and needs 12 bytes, but lies at 0..8");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8), "tensor 'a' is F32 [2] and needs 8 bytes, but lies at 8..0");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
            "tensor 'a': shape [4294967296, 4294967296] is too large to address");  // the product wraps to 0
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", 0).substr(0, 10), "tensor 'a'");
  EXPECT_EQ(fault(R"({"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,0]}})", 0), "tensor 'a' has an axis of size 9223372036854775808");
  // A petabyte in a file of a hundred bytes: refused before any memory is taken.
  EXPECT_EQ(fault(R"({"a":{"dtype":"U8","shape":[1125899906842624],"data_offsets":[0,1125899906842624]}})", 8),
            "the tensors have 1125899906842624 bytes of data, the file has 8");
}

TEST_F(Safetensors, overlaps_holes_and_tails) {
  const auto two = [](int a, int b, int c, int d) {
    const auto entry = [](const char* name, int x, int y) {
      return "\"" + std::string(name) + "\":{\"dtype\":\"U8\",\"shape\":[" + std::to_string(y - x) + "],\"data_offsets\":[" + std::to_string(x) + "," + std::to_string(y) + "]}";
    };
    return "{" + entry("a", a, b) + "," + entry("b", c, d) + "}";
  };
  EXPECT_EQ(fault(two(0, 4, 4, 8), 8), "no error");
  EXPECT_EQ(fault(two(4, 8, 0, 4), 8), "no error");  // any order in the header
  EXPECT_EQ(fault(two(0, 5, 4, 8), 8), "tensor 'b' begins at byte 4 of the data, before the tensor before it ends, at 5");
  EXPECT_EQ(fault(two(0, 4, 0, 4), 4), "tensor 'b' begins at byte 0 of the data, before the tensor before it ends, at 4");
  EXPECT_EQ(fault(two(0, 4, 5, 8), 8), "tensor 'b' begins at byte 5 of the data, some bytes after the tensor before it ends, at 4");
  EXPECT_EQ(fault(two(0, 4, 4, 8), 9), "the tensors have 8 bytes of data, the file has 9");
  EXPECT_EQ(fault(two(0, 4, 4, 8), 7), "the tensors have 8 bytes of data, the file has 7");
  EXPECT_EQ(fault(two(1, 4, 4, 8), 8), "tensor 'a' begins at byte 1 of the data, some bytes after the tensor before it ends, at 0");
  EXPECT_EQ(fault(two(0, 4, 2, 2), 4), "tensor 'b' begins at byte 2 of the data, before the tensor before it ends, at 4");  // an empty one inside another
}

TEST_F(Safetensors, a_file_cut_short_anywhere_is_refused) {
  write(path, {{"a", Tensor{1, 2, 3}}, {"b", Tensor({4}, Dtype::f64)}}, {{"k", "v"}});
  const std::string whole = read_file(path);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    put_bytes(whole.substr(0, n));
    EXPECT_THROW(read(path), DataError) << n;
  }
}

TEST_F(Safetensors, damaged_files_give_data_errors_and_nothing_else) {
  write(path, all_dtypes(), {{"k", "v"}});
  const std::string whole = read_file(path);
  Random random(1);
  int refused = 0;
  for (int i = 0; i < 600; ++i) {
    std::string bytes = whole;
    for (int k = 0; k < 1 + i % 4; ++k) bytes[random.below(whole.size() - 60)] = static_cast<char>(random.bits());
    put_bytes(bytes);
    try {
      read(path);
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST_F(Safetensors, many_entries_are_bounded) {
  std::string header = "{";
  for (int i = 0; i <= 100'000; ++i) header += (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(fault(header + "}", 0), "there are more than 100000 tensors");
}

// ---- the work of others

TEST_F(Safetensors, reads_the_files_of_other_frameworks) {
  const char* data = std::getenv("GRADUS_DATA");
  const std::string folder = std::string(data ? data : "") + "/safetensors";
  if (!data || path_kind(folder) != PathKind::folder) GTEST_SKIP() << "needs the folder safetensors in $GRADUS_DATA";
  const File layers = read(folder + "/multi_layer.safetensors"), cnn = read(folder + "/mnist_cnn.safetensors");
  const File codes = read(folder + "/jfk-codes.safetensors"), voices = read(folder + "/csm-voices.safetensors");
  EXPECT_EQ(layers.tensors.size(), 9u);
  EXPECT_EQ(cnn.tensors.size(), 20u);
  // Shapes and sums as NumPy sees them.
  struct Row {
    const File& file;
    const char* name;
    Spec spec;
    double sum;
  };
  const Row rows[] = {{layers, "conv1.weight", {{4, 3, 3, 3}, Dtype::f32}, 0.452049087791238},
                      {layers, "fc1.weight", {{16, 256}, Dtype::f32}, -3.8182605504989624},
                      {layers, "norm1.num_batches_tracked", {{}, Dtype::i64}, 1},
                      {cnn, "fc1.weight", {{32, 11616}, Dtype::f32}, -335.3114262489783},
                      {cnn, "norm2.running_var", {{10}, Dtype::f32}, 475.1035976409912},
                      {codes, "codes", {{1, 2, 828}, Dtype::i64}, 960640},
                      {voices, "tokens", {{1, 982, 33}, Dtype::i64}, 25768678},
                      {voices, "mask", {{1, 982, 33}, Dtype::u8}, 24294}};
  for (const Row& row : rows) {
    const Tensor& tensor = row.file.tensors.at(row.name);
    EXPECT_EQ(tensor.spec(), row.spec) << row.name;
    double sum = 0;
    for (const double x : tensor.to_vector()) sum += x;
    EXPECT_NEAR(sum, row.sum, 1e-9) << row.name;
  }
  // Written and read again, each file holds the same.
  for (const File* file : {&layers, &cnn, &codes, &voices}) {
    write(path, file->tensors, file->metadata);
    const File again = read(path);
    EXPECT_EQ(again.metadata, file->metadata);
    for (const auto& [name, tensor] : file->tensors) {
      EXPECT_EQ(again.tensors.at(name).spec(), tensor.spec());
      EXPECT_EQ(again.tensors.at(name).to_vector(), tensor.to_vector());
    }
  }
}

TEST_F(Safetensors, numpy_opens_our_files) {
  std::string python;
  for (const char* candidate : {"/usr/bin/python3", "python3"}) {
    if (python.empty() && std::system((std::string(candidate) + " -c 'import numpy' 2>/dev/null").c_str()) == 0) python = candidate;
  }
  if (python.empty()) GTEST_SKIP() << "needs python3-numpy";
  Tensors tensors = all_dtypes();
  tensors["view"] = T(Tensor{{1, 2, 3}, {4, 5, 6}});
  write(path, tensors, {{"recipe", "digits"}});
  const std::string script = path + ".py", command = python + " " + script + " " + path;
  write_file_atomically(script, R"(
import json, struct, sys
import numpy as np
types = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "u1", "BOOL": "?"}
raw = open(sys.argv[1], "rb").read()
length, = struct.unpack("<Q", raw[:8])
header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
assert header.pop("__metadata__") == {"recipe": "digits"}
assert length % 8 == 0 and max(e["data_offsets"][1] for e in header.values()) == len(data)
x = {}
for name, entry in header.items():
    begin, end = entry["data_offsets"]
    x[name] = np.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
expected = {"f32": np.float32([[1.5, -2], [3, 4]]), "f64": np.array([0.1, 0.2, 0.3]), "i64": np.array([-7, 10**15]),
            "u8": np.uint8([1, 2, 255]), "bool": np.array([True, False, True]), "scalar": np.float32(42),
            "empty": np.zeros((0, 3), "f4"), "view": np.float32([[1, 4], [2, 5], [3, 6]])}
assert x.keys() == expected.keys(), x.keys()
for name, value in expected.items():
    assert x[name].dtype == value.dtype and x[name].shape == value.shape and (x[name] == value).all(), name
)");
  EXPECT_EQ(std::system(command.c_str()), 0);
  remove_file(script);
}

}  // namespace
}  // namespace gradus::safetensors
