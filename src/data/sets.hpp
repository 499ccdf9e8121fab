// The sets that are known by name.
#pragma once
#include <gradus/data/source.hpp>

namespace gradus::data {

enum class SetKind { built_in, generated, idx, text, words, table };

struct SetInfo {
  SetKind kind;
  std::string name;
  std::vector<std::string> folders;  // idx: what its folder may be called
  std::string about, size, licence;
  std::string hint = {};  // files: how to get them
  std::vector<std::string> classes = {};
  Source table = {};  // table: what a recipe would say; text and words: its file
};

const std::vector<SetInfo>& known_sets();
// UsageError with the nearest name. Case does not count, and - is _.
const SetInfo& find_set(const std::string& name);

// The four files of an IDX set.
struct IdxFiles {
  std::string folder, train_images, train_labels, test_images, test_labels;
};
IdxFiles find_idx(const SetInfo& set, const std::string& path);  // DataError when it is not there
// A table's file: `path` itself when it is a file, else `file` within the folders that are searched.
std::string find_table(const std::string& file, const std::string& path, const std::string& hint = {});

Split load_digits();
Split load_text(const SetInfo& set, const Source& source);
Split load_words(const SetInfo& set, const Source& source);

}  // namespace gradus::data
