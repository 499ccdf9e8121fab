// The catalogue of texts: one line for each, in every language. {} stands for what is put in (fmt).
#pragma once
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gradus/view/words.hpp>

#include "catalogue_lesson.hpp"
#include "catalogue_report.hpp"

namespace gradus::inspect {

#define GRADUS_WORDS(X)                                                                                                     \
  X(forward, "Forward", "前向传播")                                                                                         \
  X(loss, "Loss", "损失")                                                                                                   \
  X(backward, "Backward", "反向传播")                                                                                       \
  X(update, "Update", "参数更新")                                                                                           \
  X(forward_about, "from the inputs to the result, one operation at a time", "从输入到结果，一步一个运算")                    \
  X(loss_about, "the one number that training makes small", "训练要减小的那个数")                                             \
  X(backward_about, "from the result to the inputs, by the chain rule: incoming gradient × local derivative",               \
    "用链式法则从结果回到输入：传入的梯度 × 局部导数")                                                                       \
  X(update_about, "every parameter takes a step against its gradient", "每个参数沿梯度的反方向走一步")                        \
  X(step, "step", "步")                                                                                                     \
  X(node, "node", "节点")                                                                                                   \
  X(operation, "operation", "运算")                                                                                         \
  X(formula, "formula", "公式")                                                                                             \
  X(with_numbers, "with numbers", "代入数值")                                                                               \
  X(value, "value", "值")                                                                                                   \
  X(gradient, "gradient", "梯度")                                                                                           \
  X(chain_rule, "chain rule", "链式法则")                                                                                   \
  X(local, "local derivative", "局部导数")                                                                                  \
  X(sum, "sum", "累加")                                                                                                     \
  X(difference, "central difference", "中心差分")                                                                                   \
  X(error, "relative error", "相对误差")                                                                                             \
  X(start, "starts here: a thing changes by itself as much as it changes", "起点：它对自身的导数是 1")                        \
  X(paths, "Paths", "路径")                                                                                                 \
  X(paths_about, "Each way from {} to {}: the product of the local derivatives along it. Their sum is the gradient.",       \
    "从 {} 到 {} 的每条路径：沿途局部导数的乘积；所有乘积之和就是梯度。")                                                    \
  X(paths_more, "more ways, which are in the sum: {}", "还有 {} 条路径，已计入总和")                                       \
  X(total, "sum", "总和")                                                                                                   \
  X(input, "input", "输入")                                                                                                 \
  X(parameter, "parameter", "参数")                                                                                         \
  X(constant, "constant", "常数")                                                                                           \
  X(before, "before", "更新前")                                                                                             \
  X(after, "after", "更新后")                                                                                               \
  X(given_numbers, "What goes in", "输入的数")                                                                               \
  X(graph, "The computation graph", "计算图")                                                                               \
  X(graph_about, "Values flow down, gradients flow up.", "数值向下流动，梯度向上流动。")                                     \
  X(graph_hint, "Choose a step, or click a node to light its paths to the result.", "选择一步，或点击一个节点，点亮它通向结果的路径。") \
  X(previous, "back", "上一步")                                                                                             \
  X(next, "next", "下一步")                                                                                                 \
  X(all, "show all", "全部显示")                                                                                             \
  X(play, "play", "播放")                                                                                                   \
  X(pause, "pause", "暂停")                                                                                                 \
  X(steps, "steps", "步")                                                                                                   \
  X(one_way, "one way", "一条路径")                                                                                         \
  X(ways, "{} ways", "{} 条路径")                                                                                           \
  X(paths_page, "Each way from a leaf of the graph to the result: the product of the local derivatives along it. The sum over all ways is the gradient.", \
    "从图的每个叶子到结果的每条路径：沿途局部导数的乘积；所有路径之和就是梯度。")                                            \
  X(meets, "Paths meet here, {} of {}; their sum so far", "路径在此汇合（第 {} 条，共 {} 条），目前之和")                     \
  X(of, "of", "/")                                                                                                          \
  X(matrices, "The layers as matrices", "用矩阵看每一层")                                                                    \
  X(matrices_about, "All cells of a weight's gradient at once: the gradient of what the layer makes, times what went in.",  \
    "权重梯度的所有元素一次算出：该层输出的梯度，乘以该层的输入。")                                                          \
  X(one_cell, "One cell, spelled out", "展开其中一个元素")                                                                   \
  X(sample_about, "{0}; sample {1} of the {3} {2} rows. Dropout is off, and every number is computed in float64.",             \
    "{0}；{2}数据（共 {3} 行）的第 {1} 个样本。dropout 关闭，所有数以 float64 计算。")                                           \
  X(says_class, "True class: {}. The network says: {}.", "真实类别：{}。网络的判断：{}。")                                       \
  X(says_probable, "True class: {}. The network says: {}, with probability {}.", "真实类别：{}。网络的判断：{}，概率 {}。")        \
  X(says_number, "True: {}. The network says: {}.", "真实值：{}。网络的输出：{}。")                                              \
  X(text_given, "the text", "文本")                                                                                           \
  X(text_next, "what comes next, at each place", "每个位置接下来的字符")                                                         \
  X(text_said, "the likeliest for the network", "网络认为最可能的")                                                             \
  X(column, "column {}", "第 {} 列")                                                                                         \
  X(sample_picture, "the sample, a picture of class {}", "样本的图像，类别 {}")                                                 \
  X(training_rows, "training", "训练")                                                                                      \
  X(test_rows, "test", "测试")                                                                                              \
  X(start_weights, "the starting weights of seed {}", "种子 {} 的初始权重")                                                   \
  X(trained_weights, "the trained weights of {}", "{} 训练后的权重")                                                         \
  X(norm, "Euclidean norm", "欧几里得范数")                                                                                    \
  X(of_parameters, "parameters: {}", "参数：{}")                                                                              \
  X(too_wide, "wider than the page: the arrow keys move it", "超出页面宽度：可用方向键移动")                                     \
  X(layer, "layer", "层")                                                                                                   \
  X(output, "output", "输出")                                                                                               \
  X(parameters, "parameters", "参数个数")                                                                                   \
  X(page_title, "{} — every number of backpropagation", "{} — 反向传播的每一个数")                                           \
  X(checked, "agrees with central differences", "与中心差分一致")                                                            \
  X(not_checked, "differs from central differences", "与中心差分不一致")                                                      \
  X(weight_above, "weight above 0", "正权重")                                                                                \
  X(weight_below, "weight below 0", "负权重")                                                                                \
  X(kink, "kink", "拐点")                                                                                                   \
  X(kink_note, "kink: the slopes from the left and from the right differ (left | right), so there is no derivative to compare; the gradient is that of one branch.", \
    "拐点：左右两侧的斜率不同（左 | 右），没有导数可比较；梯度取其中一支的导数。")                                                   \
  X(edge, "edge", "边界")                                                                                                   \
  X(edge_note, "edge: on one side nothing is computed, so there is no central difference.", "边界：有一侧没有定义，因此没有中心差分。") \
  X(along_note, "\u2207\u00b7d: the gradient times a way d, that of the gradient and a random one together. One difference along d compares all numbers of a large tensor at once.", \
    "\u2207\u00b7d：梯度乘以方向 d（梯度自身的方向加上一个随机方向）。沿 d 的一个差分同时检验大张量的所有数。")                          \
  X(kinks, "kinks: {}", "拐点：{}")                                                                                           \
  X(kinks_note, "kinks: places whose slopes from the left and from the right differ. There the difference follows the branch that the gradient takes, whose slope must lie between the two.", \
    "拐点：左右两侧斜率不同的地方。差分在那里沿梯度所取的一支计算，该支的斜率必须在两侧斜率之间。")                                \
  X(alone, "alone", "单独")                                                                                                   \
  X(alone_note, "alone: only the operations that take this tensor were computed again, what they make times its gradient. All that rests on it would take too long, or its slope is too small to be seen in the result.", \
    "单独：只重新计算直接用到该张量的运算，再乘以其结果的梯度。重算其后的全部过程太耗时，或者它的斜率太小，在结果中看不出来。")                                        \
  X(vjp_note, "vjp(f, g): what the rule of f makes of the gradient g of its result.", "vjp(f, g)：运算 f 的反向规则由其结果的梯度 g 得到的量。") \
  X(fault_given, "{} is given already, in {}.", "给定的数中已有{}：{}。")                                                    \
  X(fault_forward, "{} appears first in {} = {} = {}.", "{}首次出现于 {} = {} = {}。")                                       \
  X(fault_back, "{} appears first on the way back, in {}, through {}.", "{}首次出现于反向传播：{}，来自 {}。")                \
  X(more_steps, "more steps: {}; --json has them all", "还有 {} 步；--json 列出全部")                                     \
  X(more_parameters, "more parameters: {}; --json has them all", "还有 {} 个参数；--json 列出全部")                          \
  X(update_step, "step {} of {}", "第 {} 步，{}")                                                                           \
  X(keys_hint, "Keys: ← → one step, Home and End first and last, Esc all", "按键：← → 前后一步，Home/End 首尾，Esc 全部")

enum class Word {
#define GRADUS_TEXT(name, english, chinese) name,
  GRADUS_WORDS(GRADUS_TEXT)
  GRADUS_REPORT_WORDS(GRADUS_TEXT)
  GRADUS_LESSON_WORDS(GRADUS_TEXT)
#undef GRADUS_TEXT
};

std::string_view text_of(Word word, Language language);

template <class... X>
std::string text_of(Word word, Language language, const X&... x) {
  return fmt::format(fmt::runtime(text_of(word, language)), x...);
}

}  // namespace gradus::inspect
