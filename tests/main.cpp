// What every test program begins with.
#include <gtest/gtest.h>
#ifdef GRADUS_LINALG
#include <gradus/linalg.hpp>
#endif

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
#ifdef GRADUS_LINALG
  gradus::linalg::add_to_registry();
#endif
  return RUN_ALL_TESTS();
}
