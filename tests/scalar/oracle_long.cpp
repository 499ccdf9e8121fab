// The same random graphs as in oracle_test.cpp, a hundred thousand of them.
#include "scalar/random_graph.hpp"

namespace gradus {
namespace {

TEST(Oracle, a_hundred_thousand_random_graphs) {
  const std::vector<Operation> operations = all_operations();
  std::int64_t nodes = 0;
  for (std::uint64_t seed = 0; seed < 100000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGraph graph(10000000 + seed);
    nodes += graph.run(operations);
    graph.transforms();
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  RecordProperty("operations", std::to_string(nodes));
}

}  // namespace
}  // namespace gradus
