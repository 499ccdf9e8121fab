// What a person sees while a network learns: one line that changes on a terminal, else a line for each epoch, fewer and fewer
// of them in long runs. Everything goes to standard error, but for the `Epoch N, Cost: C` that a recipe asks for.
#pragma once
#include <string>

#include <gradus/train.hpp>

namespace gradus::cli {

// Work of a known length: on a terminal one line that changes, from the first second on, else nothing.
class Bar {
 public:
  explicit Bar(std::string text);
  ~Bar() { end(); }
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;
  void at(double done);  // 0 to 1
  void end();            // leaves the line

 private:
  std::string text_;
  double begun_, drawn_at_ = 0;
  bool terminal_, drawn_ = false;
};

class Progress {
 public:
  explicit Progress(const train::Started& started);
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void step(const train::Progress& at);
  void epoch(const train::Progress& at, const train::Figures* validation);
  void end();  // leaves the line

 private:
  bool is_due(std::int64_t epoch, std::int64_t epochs) const;
  void draw(const train::Progress& at);
  std::string figures(const train::Progress& at) const;
  void clear();

  bool terminal_;
  std::string metric_;
  std::int64_t print_every_;
  double drawn_at_ = 0;
  bool drawn_ = false;
};

}  // namespace gradus::cli
