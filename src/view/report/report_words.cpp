// Texts that a run wrote in English, in the language of the page.
#include <array>
#include <cmath>
#include <cstdio>
#include <regex>

#include "report.hpp"

namespace gradus::inspect {

std::string figure_name(const std::string& name, Language language) {
  if (language == Language::english) return name;
  static const std::vector<std::pair<std::string, Word>> parts{{"train", Word::figure_train}, {"valid", Word::figure_valid}, {"test", Word::figure_test}, {"look", Word::figure_look}};
  static const std::vector<std::pair<std::string, Word>> kinds{{"loss", Word::figure_loss}, {"accuracy", Word::figure_accuracy}, {"error", Word::figure_error_word},
                                                               {"rmse", Word::figure_rmse}, {"perplexity", Word::figure_perplexity}, {"lr", Word::figure_lr}};
  const auto word = [&](const auto& words, const std::string& key) {
    const auto found = std::ranges::find(words, key, [](const auto& entry) { return entry.first; });
    return found == words.end() ? key : std::string(text_of(found->second, language));
  };
  const std::size_t underscore = name.find('_');
  return underscore == std::string::npos ? word(kinds, name) : word(parts, name.substr(0, underscore)) + word(kinds, name.substr(underscore + 1));
}

std::string counted_epochs(double count, Language language) { return text_of(count == 1 ? Word::one_epoch : Word::some_epochs, language, count); }
std::string counted_steps(double count, Language language) { return text_of(count == 1 ? Word::one_step : Word::some_steps, language, count); }

std::string ending_of(const std::string& ended, Language language) {
  if (ended == "diverged") return std::string(text_of(Word::ended_diverged, language));
  static const std::vector<std::pair<train::Ending, Word>> endings{{train::Ending::epochs, Word::ended_epochs}, {train::Ending::steps, Word::ended_steps}, {train::Ending::target_loss, Word::ended_target},
                                                                   {train::Ending::max_seconds, Word::ended_time}, {train::Ending::stopped, Word::ended_stopped}};
  for (const auto& [ending, word] : endings) {
    if (ended == train::to_string(ending)) return std::string(text_of(word, language));
  }
  return ended.empty() ? std::string(text_of(Word::ended_not, language)) : ended;
}

std::string failure_of(const RunData& run, Language language) {
  std::string how = text_of_json(run.notes, "diverged");
  if (how.empty()) how = run.failure.substr(0, run.failure.find('\n'));
  char what[32];
  long long step = 0, epoch = 0;
  if (std::sscanf(how.c_str(), "the loss became %31s in step %lld (epoch %lld)", what, &step, &epoch) == 3) return text_of(Word::diverged_step, language, what, step, epoch);
  if (std::sscanf(how.c_str(), "the %31s was no longer finite after the last update (step %lld)", what, &step) == 2) {
    return text_of(Word::diverged_after, language, figure_name(what == std::string("loss") ? "train_loss" : what, language), step);
  }
  return how;
}

std::string origin_of(const RunData& run, Language language) {
  std::string text = text_of_json(run.notes, "origin");
  if (language == Language::english || text.empty()) return text;
  static const std::vector<std::pair<std::regex, const char*>> phrases{
      {std::regex(R"(\] made (\S+) at (\[[^\]]*\]) \((\d+) of (\d+) elements are not finite\))"), "] 在位置 $2 产生 $1（$4 个元素中 $3 个不是有限数）"},
      {std::regex(R"( from input (\d+): )"), "，输入 $1："},
      {std::regex(R"(; input (\d+): )"), "；输入 $1："},
      {std::regex(R"(, (\d+) not finite)"), "，$1 个不是有限数"},
      {std::regex(R"(; in the gradient of (.*?)(;|  in |$))"), "；在求 $1 的梯度时$2"},
      {std::regex(R"(; taken in by (.*?) in the backward pass)"), "；反向传播时由 $1 接收"},
      {std::regex(R"(; taken in by (.*?)(  in |$))"), "；由 $1 接收$2"},
      {std::regex(R"(  in \(after (.*)\)$)"), "（位于 $1 之后）"},
      {std::regex(R"(  in (\S+)$)"), "（位于 $1）"},
  };
  for (const auto& [english, chinese] : phrases) text = std::regex_replace(text, english, chinese);
  return text;
}

}  // namespace gradus::inspect
