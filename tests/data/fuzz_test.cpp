// Random damage to good files: every result is a tensor or an Error, never anything else. Under the sanitizers this is where
// reads beyond the end show. GRADUS_FUZZ multiplies the number of inputs.
#include <gradus/base/random.hpp>
#include <gradus/data/preprocessing.hpp>

#include "data/idx_bytes.hpp"
#include "files.hpp"

namespace gradus::data {
namespace {

int inputs(int standard) {
  const char* factor = std::getenv("GRADUS_FUZZ");
  return standard * (factor ? std::atoi(factor) : 1);
}

std::string damaged(std::string bytes, Random& random, std::string_view favourites) {
  for (std::uint64_t n = random.below(4) + 1; n > 0; --n) {
    const std::size_t at = random.below(bytes.size() + 1);
    const char byte = random.below(2) ? favourites[random.below(favourites.size())] : static_cast<char>(random.below(256));
    switch (random.below(5)) {
      case 0:
        bytes.insert(at, 1, byte);
        break;
      case 1:
        bytes.erase(at, random.below(4));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes += bytes.substr(at);
        break;
      default:
        if (at < bytes.size()) bytes[at] = byte;
    }
  }
  return bytes;
}

TEST(Fuzz, Idx) {
  Random random(1);
  const std::string good = test::idx(8, {3, 2, 2}, "abcdefghijkl"), labels = test::idx(0x0C, {2}, "abcdefgh");
  const std::string seeds[] = {good, labels, test::gzip(good), test::gzip(labels) + test::gzip("x")};
  int read = 0;
  for (int i = inputs(40000); i > 0; --i) {
    const std::string bytes = damaged(seeds[random.below(4)], random, std::string_view("\0\1\xff\x1f\x8b\x08", 6));
    try {
      EXPECT_GT(read_idx(Bytes::memory(bytes, "f")).numel(), 0);
      ++read;
    } catch (const DataError&) {
    }
  }
  EXPECT_GT(read, 0);
}

TEST(Fuzz, Csv) {
  Random random(2);
  const std::string seeds[] = {"a,b,c\n1,x,0\n2,y,1\n3,x,0\n4,y,1\n",
                               "1.5,\"q,\"\"r\",u\r\n?,s,v\r\n-2e3,\"t\nw\",u\r\n7,q,v\r\n",
                               "\xEF\xBB\xBF"
                               "\xC3\xA9,y\n1,2.5\n3,4\n5,\n",
                               "1\n2\n"};
  int read = 0, learned = 0;
  for (int i = inputs(40000); i > 0; --i) {
    const std::string text = damaged(seeds[random.below(4)], random, ",,\"\"\n\r\r? \t.-+einfa0\xC3\x80");
    try {
      const Table table = Table::parse(text, "f.csv");
      ++read;
      const Preprocessing p = Preprocessing::learn(table, {}, {}, random.below(2) == 0);
      const Encoded e = p.encode(table);
      ++learned;
      EXPECT_EQ(e.x.size(0), table.rows());
      EXPECT_EQ(Preprocessing::from(p.stored()).encode(table).x.to_vector(), e.x.to_vector());
    } catch (const DataError&) {
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(learned, 500);
}

TEST(Fuzz, StoredPreprocessing) {
  Random random(3);
  const Table table = Table::parse("a,c,y\n1,p,u\n3,q,v\n", "t.csv");
  const auto stored = Preprocessing::learn(table, {}, {}, true).stored();
  for (int i = inputs(5000); i > 0; --i) {
    auto copy = stored;
    std::string& text = copy.strings.at("data.preprocessing");
    text = damaged(text, random, "[]{}\",:0123456789eE-\\u");
    try {
      Preprocessing::from(copy).encode(table);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace gradus::data
