// The texts of the lessons, as in catalogue.hpp.
#pragma once

#define GRADUS_LESSON_WORDS(X)                                                                                              \
  X(lesson_footer, "Every number was computed by Gradus when this page was made, by: {}", "所有数字都是生成本页时由 Gradus 计算的，命令：{}") \
  X(loss_value, "loss", "损失")                                                                                             \
  /* vanishing */                                                                                                           \
  X(vanishing_title, "Vanishing gradients: one network of 20 layers, four ways", "梯度消失：同一个 20 层网络的四种做法")      \
  X(vanishing_about,                                                                                                        \
    "The same network learns the built-in digits four times: {0} layers, {1} wide, cross-entropy, SGD with rate {2} and momentum {3}, batches of {4}, {5} steps, seed {6}. The first has sigmoids and Xavier's start, which was made to keep the size of signals. The second has ReLU and He's start. The third and the fourth are the first one with a single change.", \
    "同一个网络在内置的数字数据上训练四次：{0} 层，宽 {1}，交叉熵，SGD（学习率 {2}，动量 {3}），批大小 {4}，{5} 步，种子 {6}。第一个用 sigmoid 和 Xavier 初始化（其目的是保持信号的大小）；第二个用 ReLU 和 He 初始化；第三、第四个只在第一个的基础上各改一处。") \
  X(way, "network", "网络")                                                                                                 \
  X(each_layer, "each layer", "每一层")                                                                                     \
  X(start_weights_of, "weights start", "权重初始化")                                                                          \
  X(sigmoid_xavier, "sigmoid", "sigmoid")                                                                                   \
  X(relu_he, "ReLU", "ReLU")                                                                                                \
  X(residual, "residual", "残差")                                                                                           \
  X(batch_norm, "batch norm", "批归一化")                                                                                     \
  X(flow_start, "The flow of gradients before the first step", "第一步之前的梯度流")                                           \
  X(flow_end, "The flow of gradients after {} steps", "{} 步之后的梯度流")                                                    \
  X(flow_caption, "RMS of dL/dW in each layer, from the first to the last", "每一层 dL/dW 的均方根，从第一层到最后一层")         \
  X(first_to_last, "first / last", "首层 / 末层")                                                                             \
  X(per_layer, "per layer", "每层的倍数")                                                                                     \
  X(vanishing_why,                                                                                                          \
    "On the way back the gradient is multiplied, layer by layer, by the weights and by the slope of the activation. The slope of a sigmoid is at most 1/4, so even with weights that keep the size of signals the gradient of the sigmoid network keeps {0} of itself per layer. Nineteen times over that is {1}: what reaches the first layer is {1} of what the last one gets.", \
    "在反向传播中，梯度每过一层就要乘以权重和激活函数的斜率。sigmoid 的斜率至多为 1/4，因此即使权重能保持信号的大小，sigmoid 网络的梯度每过一层也只剩 {0}。连乘十九次就是 {1}：到达第一层的梯度只有最后一层的 {1}。") \
  X(relu_why, "ReLU has slope 1 where it is on and 0 where it is off. He's start has twice the variance, which makes up for the half that is off: {} per layer.", \
    "ReLU 导通处斜率为 1，截止处为 0。He 初始化的方差是两倍，正好补偿截止的那一半：每层 {}。")                                \
  X(residual_why, "In a residual layer the sum h + W·sigmoid(h) passes the gradient on unchanged, beside what comes back through W: {} per layer, with the same sigmoids.", \
    "残差层 h + W·sigmoid(h) 中的加法把梯度原样传回，此外再加上经过 W 的那部分：同样用 sigmoid，每层 {}。")                        \
  X(norm_why, "Batch norm divides what a layer makes by its deviation. Behind sigmoids that is small, so the division makes the gradient larger by about as much as the slopes made it smaller: {} per layer.", \
    "批归一化把每层的输出除以它的标准差。sigmoid 之后这个标准差很小，所以除法把梯度放大，差不多抵消了斜率的缩小：每层 {}。")     \
  X(what_it_does, "What that does to learning", "对学习的影响")                                                                \
  X(loss_over_steps, "Training loss (mean over {} steps)", "训练损失（每 {} 步的平均）")                                        \
  X(loss_first, "loss at the start", "初始损失")                                                                              \
  X(loss_last, "at the end", "最终损失")                                                                                      \
  X(right_share, "digits it knows", "训练数据正确率")                                                                          \
  X(moved, "first layer moved", "第一层的变化")                                                                                \
  X(not_one_bit, "not one bit", "一个比特都没变")                                                                               \
  X(chance, "Who only guesses has a loss of ln 10 = {:.3f} and knows {:.0f} % of the digits.", "完全靠猜时，损失为 ln 10 = {:.3f}，正确率 {:.0f} %。") \
  X(stuck_first, "In the sigmoid network the first layer has not changed in one bit: its gradient, times the rate, is smaller than the last digit of its float32 weights.", \
    "sigmoid 网络的第一层一个比特都没有变：梯度乘以学习率后，比 float32 权重的最后一位还小。")                                  \
  /* cost */                                                                                                                \
  X(cost_title, "The price of a gradient", "梯度的代价")                                                                       \
  X(cost_about, "L(w) = mean((tanh(w·x) - t)²), element by element, for more and more inputs w, in float64, on one thread. A gradient asks: how does L change with each of them? Differences answer by asking for L again, twice for every input. Backpropagation answers for all inputs in one walk back.", \
    "L(w) = mean((tanh(w·x) - t)²)，逐元素计算，输入 w 越来越多，float64，单线程。梯度要回答：L 随每个输入如何变化？差分法的办法是重新计算 L，每个输入两次。反向传播一次就回答所有输入。") \
  X(inputs, "inputs", "输入个数")                                                                                             \
  X(forward_time, "L alone", "只算 L")                                                                                       \
  X(gradient_time, "L and all slopes", "L 和全部导数")                                                                         \
  X(times_forward, "times L alone", "是 L 的几倍")                                                                             \
  X(differences_time, "by differences", "用差分")                                                                             \
  X(worst_difference, "they differ by", "两者相差")                                                                            \
  X(operations_forward, "operations of L", "L 的运算数")                                                                       \
  X(operations_gradient, "with the gradient", "连同梯度")                                                                      \
  X(evaluations, "differences compute L", "差分要算 L")                                                                        \
  X(times_n, "{} times", "{} 次")                                                                                           \
  X(cost_curve, "How many times the price of L alone", "是只算 L 的几倍")                                                        \
  X(of_gradient, "gradient", "梯度")                                                                                          \
  X(of_differences, "differences", "差分")                                                                                     \
  X(log10_inputs, "log10 of the number of inputs", "输入个数的 log10")                                                         \
  X(cost_why, "The gradient costs between {0} and {1} times what L costs, for {2} inputs as for {3}. The reason is in the operations: L takes {4}, L with its gradient {5}, however many inputs there are: on the way back every operation has one step, which costs about as much as the operation.", \
    "无论输入是 {2} 个还是 {3} 个，梯度的代价都是 L 的 {0} 到 {1} 倍。原因在于运算数：L 要 {4} 个运算，连同梯度是 {5} 个，与输入个数无关：反向传播时每个运算对应一步，代价与该运算相近。") \
  X(cost_left_out, "Differences were measured up to {0} inputs, where they take {1} times as long as L. Above that they are left out: they take at least 2 n times as long, and nobody would wait for it.", \
    "差分测到 {0} 个输入为止，这时所需时间是 L 的 {1} 倍。再多就不测了：至少是 L 的 2n 倍，没有人愿意等。")                          \
  X(cost_times, "Times are the shortest of several, on this machine and today; the ratios are what to look at.", "时间取多次中最短的一次，只代表这台机器此刻的情况；值得看的是比值。") \
  /* minima */                                                                                                              \
  X(minima_title, "XOR: the starts that get stuck", "XOR：卡住的初始值")                                                      \
  X(minima_about, "{0} starts of a 2-2-1 network of sigmoids: weights and biases from N(0, 1), seeds {1} to {2}. All four rows at once, mean squared error, gradient descent with rate {3}, {4} steps, in float64.", \
    "2-2-1 sigmoid 网络的 {0} 个初始值：权重和偏置取自 N(0, 1)，种子 {1} 到 {2}。四行数据一起训练，均方误差，梯度下降，学习率 {3}，{4} 步，float64。") \
  X(minima_ends, "Where they end", "它们停在哪里")                                                                             \
  X(end, "end", "结果")                                                                                                      \
  X(starts, "starts", "个数")                                                                                                \
  X(mean_loss, "mean loss", "平均损失")                                                                                       \
  X(solved, "solved: every output on the right side", "学会：每个输出都在正确的一侧")                                            \
  X(at_eighth, "two rows at 1/2", "两行停在 1/2")                                                                              \
  X(at_sixth, "three rows at 2/3 or 1/3", "三行停在 2/3 或 1/3")                                                                \
  X(elsewhere, "elsewhere", "其他")                                                                                          \
  X(minima_numbers, "Where two rows that want 0 and 1 both get 1/2, and the others are right, the loss is (1/4 + 1/4) / 4 = 1/8 = 0.125. Where three rows get the one answer that is best for the three, it is (1/9 + 1/9 + 4/9) / 4 = 1/6 = 0.167. The runs creep towards these numbers from above and stay there.", \
    "如果目标为 0 和 1 的两行都得到 1/2，而另外两行正确，损失就是 (1/4 + 1/4) / 4 = 1/8 = 0.125。如果三行得到对三者最好的同一个答案，损失就是 (1/9 + 1/9 + 4/9) / 4 = 1/6 = 0.167。训练从上方慢慢接近这些数，并停在那里。") \
  X(stalled_starts, "The starts that stall, and what their network says", "卡住的初始值，以及网络的输出")                        \
  X(row_of, "y({}, {})", "y({}, {})")                                                                                       \
  X(why_stuck, "Why seed {} is stuck", "种子 {} 为什么卡住")                                                                   \
  X(xor_row, "row", "行")                                                                                                    \
  X(target, "target", "目标")                                                                                                \
  X(hidden_value, "hidden {}", "隐藏单元 {}")                                                                                  \
  X(hidden_slope, "its slope", "斜率")                                                                                        \
  X(pull_alone, "gradient of this row", "这一行的梯度")                                                                        \
  X(state_caption, "What the stalled network computes; a gradient's length is over all 9 weights", "卡住的网络的计算；梯度长度按全部 9 个权重计") \
  X(minima_why, "Rows {0} and {1} want different answers, but in both the hidden units stand at the end of their sigmoid, with slopes of at most {2}. So the output sees nearly the same for both and says {3} and {4}. The first row pulls it one way with a gradient of length {5}, the second the other way with {6}; all four rows together leave {7}. What would tell the two rows apart are the first weights, and their gradients pass through those slopes.", \
    "{0} 和 {1} 两行的目标不同，但两行里隐藏单元都停在 sigmoid 的末端，斜率至多 {2}。所以输出层看到的几乎一样，输出 {3} 和 {4}。前一行以长度 {5} 的梯度拉向一边，后一行以 {6} 拉向另一边；四行合起来只剩 {7}。能把这两行分开的是第一层的权重，而它们的梯度要经过那些斜率。") \
  X(map_caption, "The four rows as corners of a square (filled: target 1). A line is where a hidden unit gives 1/2; its arrow points to where it gives more.", \
    "四行数据是正方形的四个角（实心：目标为 1）。直线是隐藏单元输出 1/2 的位置，箭头指向更大的一侧。")                            \
  X(map_start, "seed {}, start", "种子 {}，初始")                                                                              \
  X(map_stuck, "seed {}, stuck", "种子 {}，卡住")                                                                              \
  X(map_solved, "seed {}, solved", "种子 {}，学会")                                                                            \
  X(ways_out, "What gets out of it", "怎样才能出来")                                                                            \
  X(ways_caption, "From each of the {} stalled networks, at most {} more steps", "从 {} 个卡住的网络出发，最多再走 {} 步")         \
  X(way_out, "what is tried", "尝试")                                                                                         \
  X(got_out_eighth, "two rows at 1/2: of {} got out", "两行停在 1/2：{} 个中出来")                                                  \
  X(got_out_sixth, "three rows at 2/3 or 1/3: of {}", "三行停在 2/3 或 1/3：{} 个中")                                            \
  X(minima_sixth, "Where three rows get one answer it is the same with one row more. With seed {0} the network is right in row {1}; in the other three the slopes of the hidden units are at most {2}, so it cannot tell them apart. {3} of the three want 1: the best that one answer can do is {3}/3, and it says {4}. There the three pulls cancel, and {5} is left of the gradient.", \
    "三行得到同一个答案时，情况相同，只是多了一行。种子 {0} 的网络在 {1} 行是对的；在另外三行，隐藏单元的斜率至多 {2}，网络分不开它们。三行中有 {3} 行的目标是 1：一个答案最好只能是 {3}/3，而它输出 {4}。三行的拉力在那里相互抵消，梯度只剩 {5}。") \
  X(mean_steps, "mean steps", "平均步数")                                                                                     \
  X(as_before, "going on as before", "照旧继续")                                                                               \
  X(ten_times, "ten times the rate", "学习率乘以 10")                                                                          \
  X(with_momentum, "momentum 0.9", "动量 0.9")                                                                                \
  X(with_adam, "Adam, rate 0.05", "Adam，学习率 0.05")                                                                        \
  X(with_entropy, "cross-entropy in place of the squared error", "用交叉熵代替均方误差")                                         \
  X(with_noise, "noise from N(0, 2) on every weight", "给每个权重加 N(0, 2) 的噪声")                                            \
  X(another_start, "another start", "换一个初始值")                                                                            \
  X(widths_caption, "The same starts with more hidden units: how many of {} stall", "同样的做法，更多隐藏单元：{} 个中卡住几个")     \
  X(hidden_units, "hidden units", "隐藏单元")                                                                                 \
  X(stalled, "stalled", "卡住")                                                                                              \
  X(minima_moral, "Patience, a larger rate or another loss find hardly any slope to follow. What helps is another start, or a wider hidden layer: then it is unlikely that no unit is left with a slope between the two rows.", \
    "耐心、更大的学习率或别的损失都几乎找不到可循的斜率。有用的是换一个初始值，或者更宽的隐藏层：那样的话，两行之间一个有斜率的单元都不剩的可能性就很小。")
