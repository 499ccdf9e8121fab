// The texts of reports and comparisons; catalogue.hpp takes them in.
#pragma once

#define GRADUS_REPORT_WORDS(X)                                                                                                                     \
  X(report_title, "{} — report of a run", "{} — 训练报告")                                                                                          \
  X(state_going, "Not ended: {} epochs are in the folder so far.", "尚未结束：目前记录了 {} 轮。")                                                   \
  X(state_ended, "Ended after {} epochs and {} steps, {:.4g} s of training.", "已结束：{} 轮，{} 步，训练用时 {:.4g} 秒。")                            \
  X(state_stopped, "Interrupted after {} steps; gradus train --resume goes on from there.", "在第 {} 步后中断；可用 gradus train --resume 继续。")     \
  X(state_diverged, "Diverged: {}", "已发散：{}")                                                                                                   \
  X(warnings, "What stands out", "值得注意")                                                                                                        \
  X(no_warnings, "Nothing: loss, gradients and activations look as they should.", "没有异常：损失、梯度和激活值都正常。")                             \
  X(curves, "Curves", "曲线")                                                                                                                       \
  X(curves_about, "One point for each epoch. train: means over the epoch while the network was learning; valid: rows kept back.",                   \
    "每轮一个点。train：学习过程中该轮的平均值；valid：留出的验证数据。")                                                                            \
  X(epoch, "epoch", "轮")                                                                                                                           \
  X(linear, "linear", "线性")                                                                                                                       \
  X(logarithmic, "log", "对数")                                                                                                                     \
  X(numbers, "Numbers", "数值")                                                                                                                     \
  X(learning_rate, "learning rate", "学习率")                                                                                                       \
  X(rate_word, "rate", "学习率")                                                                                                                    \
  X(confusion, "What was taken for what", "混淆矩阵")                                                                                               \
  X(confusion_about, "Rows: the true class. Columns: what the network said. {} rows of the {} data, of which {} are wrong.",                         \
    "行：真实类别；列：网络的判断。{1}数据共 {0} 个，其中 {2} 个判错。")                                                                              \
  X(confusion_most, "Most often: {}", "最常见的混淆：{}")                                                                                            \
  X(confused, "{} taken for {} ({})", "{} 判为 {}（{} 次）")                                                                                         \
  X(true_class, "true class", "真实类别")                                                                                                           \
  X(worst, "Where it is most wrong", "错得最厉害的样本")                                                                                             \
  X(worst_about, "The {} rows of the {} data with the largest error.", "{1}数据中误差最大的 {0} 个样本。")                                            \
  X(worst_explain, "gradus explain {} --sample N shows every number of row N.", "gradus explain {} --sample N 可查看第 N 个样本的全部计算。")          \
  X(validation_rows, "validation", "验证")                                                                                                          \
  X(worst_so_far, "As long as the run goes on these are training rows: test rows are read once, at the end.", "训练期间用的是训练样本：测试数据只在最后读取一次。") \
  X(truth, "true", "真实")                                                                                                                          \
  X(said, "said", "预测")                                                                                                                           \
  X(taken_for, "{} taken for {}", "{} 判为 {}")                                                                                                     \
  X(said_of, "{}, rightly", "{}，判断正确")                                                                                                         \
  X(row, "row", "行号")                                                                                                                             \
  X(cross_entropy_word, "loss", "损失")                                                                                                             \
  X(squared_error, "squared error", "平方误差")                                                                                                     \
  X(text_about, "The darker a character, the less it was expected.", "颜色越深，说明该字符越出乎网络意料。")                                          \
  X(flow, "Gradient flow", "梯度流")                                                                                                                \
  X(flow_about, "Looks at every layer with one batch of training rows that is always the same. Lines that lie decades below the others: gradients vanish there; lines that climb: they explode.", \
    "每次都用同一批训练数据查看各层。比其他线低几个数量级的线：梯度在那里消失；不断上升的线：梯度爆炸。")                                             \
  X(flow_gradient, "gradient RMS of each layer", "各层梯度的均方根")                                                                                 \
  X(flow_update, "update / weight of each layer", "各层的更新量 / 权重")                                                                             \
  X(flow_update_about, "Of update / weight about 0.001 is usual while the rate is not yet small. Far above: steps too large; far below: nothing is learned there.", "更新量与权重之比：学习率尚未变小时通常约为 0.001。远大于它：步子太大；远小于它：该层几乎没有学习。") \
  X(flow_dead, "dead units (never active)", "失活单元占比")                                                                                          \
  X(flow_saturated, "saturated outputs", "饱和输出占比")                                                                                             \
  X(gradient_rms, "gradient RMS", "梯度均方根")                                                                                                     \
  X(update_to_weight, "update / weight", "更新 / 权重")                                                                                             \
  X(output_word, "output", "输出")                                                                                                                  \
  X(dead_word, "dead", "失活")                                                                                                                      \
  X(saturated_word, "saturated", "饱和")                                                                                                            \
  X(last_look, "The last look, step {}", "最后一次查看（第 {} 步）")                                                                                 \
  X(histograms, "Weights and activations", "权重与激活值")                                                                                           \
  X(histograms_about, "Outline: at step {}. Filled: at step {}.", "轮廓线：第 {} 步；填充：第 {} 步。")                                              \
  X(weights_word, "Weights", "权重")                                                                                                                \
  X(activations_word, "What each layer gives", "各层的输出")                                                                                         \
  X(repeat, "To repeat it", "重现这次训练")                                                                                                         \
  X(repeat_about, "The same command on the same kind of machine ends with the same digest.", "在同类机器上用同样的命令，得到同样的摘要。")            \
  X(configuration, "Configuration", "配置")                                                                                                         \
  X(key_word, "key", "项")                                                                                                                          \
  X(machine, "machine", "机器")                                                                                                                     \
  X(version, "version", "版本")                                                                                                                     \
  X(seed, "seed", "随机种子")                                                                                                                       \
  X(threads_word, "threads", "线程")                                                                                                                \
  X(digest, "digest (SHA-256 of the model)", "摘要（模型的 SHA-256）")                                                                               \
  X(data_word, "training data", "训练数据")                                                                                                         \
  X(started_word, "started (UTC)", "开始时间（UTC）")                                                                                               \
  X(report_footer, "Written by gradus {} from the files in the folder of the run; gradus report makes it anew.", "由 gradus {} 根据训练文件夹中的文件生成；可用 gradus report 重新生成。") \
  X(compare_title, "Runs side by side", "训练对比")                                                                                                 \
  X(compare_differences, "What differs in the configuration", "配置的差异")                                                                          \
  X(compare_same, "The configurations are equal.", "配置完全相同。")                                                                                 \
  X(compare_figures, "Figures", "指标")                                                                                                             \
  X(run_word, "run", "训练")                                                                                                                        \
  X(best_epoch_word, "best epoch", "最佳轮次")                                                                                                       \
  X(epochs_word, "epochs", "轮数")                                                                                                                  \
  X(seconds_word, "seconds", "秒")                                                                                                                  \
  X(warn_start, "The loss began at {}. A network that knows nothing of {} classes begins near ln {} = {}: its first answers are sure of themselves and wrong. Look at the start of the last layer and at the scale of the inputs.", \
    "初始损失为 {}。对 {} 个类别一无所知的网络，初始损失应接近 ln {} = {}：它一开始就自信地答错。请检查最后一层的初始化和输入的尺度。")               \
  X(warn_no_gradient, "Layer {} gets no gradient: it learns nothing.", "第 {} 层没有梯度：它学不到任何东西。")                                         \
  X(warn_nan_gradient, "The gradient of layer {} is not finite at step {}.", "第 {} 层的梯度在第 {} 步不是有限数。")                                   \
  X(warn_vanishing, "Gradients vanish: that of layer {} is {} times that of layer {}. Another start (he_normal), relu, batch_norm or residual layers help.", \
    "梯度消失：第 {0} 层的梯度只有第 {2} 层的 {1} 倍。可以换初始化（he_normal）、改用 relu，或加入 batch_norm、残差层。")                                 \
  X(warn_exploding, "Gradients explode: that of layer {} has an RMS of {}. Try optim.clip_norm=1 or a smaller optim.lr.", "梯度爆炸：第 {} 层梯度的均方根为 {}。可尝试 optim.clip_norm=1 或更小的 optim.lr。") \
  X(warn_dead, "{:.0f} % of the units of layer {} are dead: they gave 0 for every row of the look.", "第 {1} 层有 {0:.0f} % 的单元失活：对每一行数据都输出 0。") \
  X(warn_saturated, "{:.0f} % of what layer {} gives is saturated: hardly any gradient passes there.", "第 {1} 层有 {0:.0f} % 的输出饱和：梯度几乎无法通过。") \
  X(warn_steps_large, "The steps of layer {} are large: a single one moves its weights by {:.2g} of their size. Try a smaller optim.lr.", "第 {} 层的步子太大：一步就使权重改变其大小的 {:.2g}。可尝试更小的 optim.lr。") \
  X(warn_steps_small, "Layer {} hardly moves: a step changes its weights by {:.2g} of their size.", "第 {} 层几乎不动：一步只使权重改变其大小的 {:.2g}。") \
  X(warn_overfit, "The validation loss was least in epoch {} ({}); it is {} now. The network has begun to learn the training rows by heart.", "验证损失在第 {} 轮最小（{}），现在是 {}。网络已开始死记训练数据。") \
  X(warn_stuck, "The training loss has hardly moved: {} in the first epoch, {} in the last.", "训练损失几乎没有变化：第一轮 {}，最后一轮 {}。")        \
  X(warn_diverged, "{}.", "训练发散：{}。")                                                                                                         \
  X(warn_origin, "Where it came from: {}", "来源：{}")
