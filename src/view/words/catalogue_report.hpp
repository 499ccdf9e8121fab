// The texts of reports and comparisons; catalogue.hpp takes them in.
#pragma once

#define GRADUS_REPORT_WORDS(X)                                                                                                                        \
  X(report_title, "{} — report of a run", "{} — 训练报告")                                                                                            \
  X(state_going, "Not ended: {} so far.", "尚未结束：目前记录了 {}。")                                                                                 \
  X(state_ended, "{} after {} and {}, {:.4g} s of training.", "{}：{}，{}，训练用时 {:.4g} 秒。")                                                     \
  X(state_stopped, "Interrupted after {}. This goes on from there:", "训练 {}后被中断。用下面的命令继续：")                                                \
  X(state_diverged, "Diverged: {}", "已发散：{}")                                                                                                     \
  X(warnings, "What stands out", "值得注意")                                                                                                          \
  X(no_warnings, "Nothing: loss, gradients and activations look as they should.", "没有异常：损失、梯度和激活值都正常。")                             \
  X(curves, "Curves", "曲线")                                                                                                                         \
  X(curves_about, "One point for each epoch. train: means over the epoch while the network was learning; valid: rows kept back.", "每轮一个点。训练：学习过程中该轮的平均值；验证：留出的数据。") \
  X(epoch, "epoch", "轮")                                                                                                                             \
  X(linear, "linear", "线性")                                                                                                                         \
  X(logarithmic, "log", "对数")                                                                                                                       \
  X(numbers, "Numbers", "数值")                                                                                                                       \
  X(learning_rate, "learning rate", "学习率")                                                                                                         \
  X(rate_word, "rate", "学习率")                                                                                                                      \
  X(confusion, "What was taken for what", "混淆矩阵")                                                                                                 \
  X(confusion_about, "Rows: the true class. Columns: what the network said. Wrong: {} of {} rows of the {} data.", "行：真实类别；列：网络的判断。{2}数据 {1} 个样本中判错 {0} 个。") \
  X(confusion_most, "Most often: {}", "最常见的混淆：{}")                                                                                             \
  X(confused, "{} taken for {} ({})", "{} 判为 {}（{} 次）")                                                                                          \
  X(true_class, "true class", "真实类别")                                                                                                             \
  X(worst, "Where it is most wrong", "错得最厉害的样本")                                                                                              \
  X(worst_about, "The rows of the {} data with the largest loss, the worst first.", "{}数据中损失最大的样本，由大到小。")                             \
  X(worst_explain, "gradus explain {} --sample N shows every number of row N.", "gradus explain {} --sample N 可查看第 N 个样本的全部计算。")         \
  X(validation_rows, "validation", "验证")                                                                                                            \
  X(worst_so_far, "As long as the run goes on these are training rows: test rows are read once, at the end.", "训练期间用的是训练样本：测试数据只在最后读取一次。") \
  X(truth, "true", "真实")                                                                                                                            \
  X(said, "said", "预测")                                                                                                                             \
  X(taken_for, "{} taken for {}", "{} 判为 {}")                                                                                                       \
  X(said_of, "{}, correct", "{}，判断正确")                                                                                                           \
  X(row, "row", "行号")                                                                                                                               \
  X(cross_entropy_word, "loss", "损失")                                                                                                               \
  X(text_about, "The darker a character, the less it was expected.", "颜色越深，说明该字符越出乎网络意料。")                                          \
  X(flow, "Gradient flow", "梯度流")                                                                                                                  \
  X(flow_about, "Looks at every layer with one batch of training rows that is always the same. Lines that lie decades below the others: gradients vanish there; lines that climb: they explode.", \
    "每次都用同一批训练数据查看各层。比其他线低几个数量级的线：梯度在那里消失；不断上升的线：梯度爆炸。")                                             \
  X(flow_gradient, "gradient RMS of each layer", "各层梯度的均方根")                                                                                  \
  X(flow_update, "update / weight of each layer", "各层的更新量 / 权重")                                                                              \
  X(flow_update_about, "Of update / weight about 0.001 is usual while the rate is not yet small. Far above: steps too large; far below: nothing is learned there.", "更新量与权重之比：学习率尚未变小时通常约为 0.001。远大于它：步子太大；远小于它：该层几乎没有学习。") \
  X(flow_dead, "dead units (never active)", "失活单元占比")                                                                                           \
  X(flow_saturated, "saturated outputs", "饱和输出占比")                                                                                              \
  X(gradient_rms, "gradient RMS", "梯度均方根")                                                                                                       \
  X(update_to_weight, "update / weight", "更新 / 权重")                                                                                               \
  X(output_word, "output", "输出")                                                                                                                    \
  X(dead_word, "dead", "失活")                                                                                                                        \
  X(saturated_word, "saturated", "饱和")                                                                                                              \
  X(last_look, "The last look, step {}", "最后一次查看（第 {} 步）")                                                                                  \
  X(histograms, "Weights and activations", "权重与激活值")                                                                                            \
  X(histograms_about, "Outline: at step {}. Filled: at step {}.", "轮廓线：第 {} 步；填充：第 {} 步。")                                               \
  X(weights_word, "Weights", "权重")                                                                                                                  \
  X(activations_word, "What each layer gives", "各层的输出")                                                                                          \
  X(repeat, "To repeat it", "重现这次训练")                                                                                                           \
  X(repeat_about, "The same command on the same kind of machine ends with the same digest.", "在同类机器上用同样的命令，得到同样的摘要。")            \
  X(configuration, "Configuration", "配置")                                                                                                           \
  X(key_word, "key", "项")                                                                                                                            \
  X(machine, "machine", "机器")                                                                                                                       \
  X(version, "version", "版本")                                                                                                                       \
  X(seed, "seed", "随机种子")                                                                                                                         \
  X(threads_word, "threads", "线程")                                                                                                                  \
  X(digest, "digest (SHA-256 of the model)", "摘要（模型的 SHA-256）")                                                                                \
  X(data_word, "training data", "训练数据")                                                                                                           \
  X(started_word, "started (UTC)", "开始时间（UTC）")                                                                                                 \
  X(report_footer, "Written by gradus {} from the files in the folder of the run; gradus report makes it anew.", "由 gradus {} 根据训练文件夹中的文件生成；可用 gradus report 重新生成。") \
  X(compare_title, "Runs side by side", "训练对比")                                                                                                   \
  X(compare_differences, "What differs in the configuration", "配置的差异")                                                                           \
  X(compare_same, "The configurations are equal.", "配置完全相同。")                                                                                  \
  X(compare_figures, "Figures", "指标")                                                                                                               \
  X(run_word, "run", "训练")                                                                                                                          \
  X(best_epoch_word, "best epoch", "最佳轮次")                                                                                                        \
  X(epochs_word, "epochs", "轮数")                                                                                                                    \
  X(seconds_word, "seconds", "秒")                                                                                                                    \
  X(one_epoch, "{} epoch", "{} 轮")                                                                                                                   \
  X(some_epochs, "{} epochs", "{} 轮")                                                                                                                \
  X(one_step, "{} step", "{} 步")                                                                                                                     \
  X(some_steps, "{} steps", "{} 步")                                                                                                                  \
  X(ended_word, "ended", "结束方式")                                                                                                                  \
  X(ended_epochs, "All epochs are done", "轮数已满")                                                                                                  \
  X(ended_steps, "All steps are done", "步数已满")                                                                                                    \
  X(ended_target, "The target loss is reached", "达到目标损失")                                                                                       \
  X(ended_time, "The time is up", "时间已到")                                                                                                         \
  X(ended_stopped, "Interrupted", "被中断")                                                                                                           \
  X(ended_diverged, "Diverged", "已发散")                                                                                                             \
  X(ended_not, "Not ended", "尚未结束")                                                                                                               \
  X(diverged_step, "the loss became {} in step {} (epoch {})", "第 {1} 步（第 {2} 轮）的损失变为 {0}")                                                \
  X(diverged_after, "{} was no longer finite after the last update (step {})", "最后一次更新（第 {1} 步）之后，{0}不再是有限数")                      \
  X(diverged_help, "Try a smaller optim.lr (it is {}), clip the gradients (optim.clip_norm=1), or look for extreme values in the data.", "可尝试减小 optim.lr（现为 {}）、裁剪梯度（optim.clip_norm=1），或检查数据中的极端值。") \
  X(curves_by_step, "Over the steps, as there are few epochs. train: means since the point before; look_loss: the loss of some training rows that are always the same; valid: rows kept back.", "轮数很少，因此按步显示。训练：自上一个点以来的平均值；固定样本损失：若干始终相同的训练样本的损失；验证：留出的数据。") \
  X(figure_train, "train", "训练")                                                                                                                    \
  X(figure_valid, "valid", "验证")                                                                                                                    \
  X(figure_test, "test", "测试")                                                                                                                      \
  X(figure_look, "look", "固定样本")                                                                                                                  \
  X(figure_loss, "loss", "损失")                                                                                                                      \
  X(figure_accuracy, "accuracy", "准确率")                                                                                                            \
  X(figure_error_word, "error", "错误率")                                                                                                             \
  X(figure_rmse, "rmse", "均方根误差")                                                                                                                \
  X(figure_perplexity, "perplexity", "困惑度")                                                                                                        \
  X(figure_lr, "lr", "学习率")                                                                                                                        \
  X(not_finite, "Rows without a finite output: {}; they are not counted.", "输出不是有限数的样本：{} 个，未计入。")                                   \
  X(looked_at, "Looked at after step {} (epoch {}).", "第 {} 步（{} 轮）之后的情况。")                                                                \
  X(worst_mean, "The mean of this loss over all of them is {}.", "所有样本的这一损失的平均值即{}。")                                                  \
  X(error_word, "error", "误差")                                                                                                                      \
  X(numbers_title, "Predicted against true", "预测值与真实值")                                                                                        \
  X(numbers_about, "Each point is a row of the {} data; on the line the prediction is right. Mean absolute error: {}.", "每个点是{}数据的一个样本；落在直线上即预测正确。平均绝对误差：{}。") \
  X(numbers_some, "Drawn: {} rows, evenly chosen.", "图中为均匀选取的 {} 个样本。")                                                                   \
  X(numbers_r2, "R² (share of the variance that is explained): {}.", "R²（可解释的方差比例）：{}。")                                                  \
  X(numbers_unit, "rmse and errors are in the unit of {0}; a loss is of {0} divided by its deviation, {1}.", "均方根误差和误差以 {0} 的单位表示；损失按 {0} 除以其标准差 {1} 计算。") \
  X(the_target, "the target", "目标值")                                                                                                               \
  X(true_axis, "true {}", "真实{}")                                                                                                                   \
  X(said_axis, "predicted {}", "预测{}")                                                                                                              \
  X(parts, "Parts of the layers", "各层的组成部分")                                                                                                   \
  X(part_word, "part", "部分")                                                                                                                        \
  X(flow_gradient_parts, "gradient RMS of each part", "各部分梯度的均方根")                                                                           \
  X(flow_update_parts, "update / weight of each part", "各部分的更新量 / 权重")                                                                       \
  X(update_before, "update / weight is that of step {}: the run ended at a step that was not looked at as it was made.", "更新 / 权重取自第 {} 步：最后一步进行时未作记录。") \
  X(resumed_word, "gone on", "继续训练")                                                                                                              \
  X(resumed_at, "from step {} (threads: {})", "自第 {} 步起（线程：{}）")                                                                             \
  X(repeat_other, "Parts of this run had other numbers of threads, so the command repeats it but for the last digits (train.deterministic=true makes them equal).", "本次训练的各部分线程数不同，因此用此命令重现时末位数字可能不同（train.deterministic=true 可使其一致）。") \
  X(best_by, "{} ({})", "{}（{}）")                                                                                                                   \
  X(warn_target, "The loss began at {}: the targets are far larger than what a fresh network gives. {}", "初始损失为 {}：目标值远大于未训练网络的输出。{}") \
  X(warn_target_off, "Leave data.scale_target on: then they get mean 0 and deviation 1.", "请保持 data.scale_target 开启：目标值会被缩放为均值 0、标准差 1。") \
  X(warn_target_other, "Scale them to mean 0 and deviation 1.", "请将其缩放为均值 0、标准差 1。")                                                     \
  X(warn_inputs, "What layer {} gives begins with a deviation of {}: the inputs are not scaled. Leave data.standardize on.", "第 {} 层的输出一开始标准差就达 {}：输入未缩放。请保持 data.standardize 开启。") \
  X(warn_rate_small, "The steps are small: they change no layer by more than {:.2g} of its size, and the loss fell only from {} to {}. Try optim.lr={} (ten times as much), or train longer.", "步子太小：每步对任何一层的改变都不超过其大小的 {:.2g}，损失只从 {} 降到 {}。可尝试 optim.lr={}（十倍），或训练更久。") \
  X(digest_word, "digest", "摘要") \
  X(warn_start, "The loss began at {}. A network that knows nothing of {} classes begins near ln {} = {}: its first answers are sure of themselves and wrong. Look at the start of the last layer and at the scale of the inputs.", \
    "初始损失为 {}。对 {} 个类别一无所知的网络，初始损失应接近 ln {} = {}：它一开始就自信地答错。请检查最后一层的初始化和输入的尺度。")               \
  X(warn_no_gradient, "Layer {} gets no gradient: it learns nothing. The units behind it are all dead, or they multiply by 0. Try model.init=\"he_normal\", leaky_relu, or a smaller optim.lr.", "第 {} 层没有梯度：它学不到任何东西。其后的单元全部失活，或权重为 0。可尝试 model.init=\"he_normal\"、leaky_relu 或更小的 optim.lr。") \
  X(warn_nan_gradient, "The gradient of layer {} is not finite at step {}.", "第 {} 层的梯度在第 {} 步不是有限数。")                                  \
  X(warn_vanishing, "Gradients vanish: that of layer {} is {} times that of layer {}. Another start (he_normal), relu, batch_norm or residual layers help.", \
    "梯度消失：第 {0} 层的梯度只有第 {2} 层的 {1} 倍。可以换初始化（he_normal）、改用 relu，或加入 batch_norm、残差层。")                             \
  X(warn_exploding, "Gradients explode: that of layer {} has an RMS of {}. Try optim.clip_norm=1 or a smaller optim.lr.", "梯度爆炸：第 {} 层梯度的均方根为 {}。可尝试 optim.clip_norm=1 或更小的 optim.lr。") \
  X(warn_dead, "{:.0f} % of the units of layer {} are dead: they gave 0 for every row of the look. Try a smaller optim.lr, leaky_relu or gelu, or model.init=\"he_normal\".", "第 {1} 层有 {0:.0f} % 的单元失活：对每一行数据都输出 0。可尝试更小的 optim.lr、leaky_relu 或 gelu，或 model.init=\"he_normal\"。") \
  X(warn_saturated, "{:.0f} % of what layer {} gives is saturated: hardly any gradient passes there. Try a smaller optim.lr, smaller starting weights (model.init=\"xavier_normal\"), or batch_norm before it.", "第 {1} 层有 {0:.0f} % 的输出饱和：梯度几乎无法通过。可尝试更小的 optim.lr、更小的初始权重（model.init=\"xavier_normal\"），或在其前加 batch_norm。") \
  X(warn_steps_large, "The steps of layer {} are large: a single one moves its weights by {:.2g} of their size. Try a smaller optim.lr.", "第 {} 层的步子太大：一步就使权重改变其大小的 {:.2g}。可尝试更小的 optim.lr。") \
  X(warn_steps_small, "Layer {} hardly moves: a step changes its weights by {:.2g} of their size. Try a larger optim.lr.", "第 {} 层几乎不动：一步只使权重改变其大小的 {:.2g}。可尝试更大的 optim.lr。") \
  X(warn_overfit, "The validation loss was least in epoch {} ({}); it is {} now. The network has begun to learn the training rows by heart. Try fewer epochs, dropout, or optim.weight_decay.", "验证损失在第 {} 轮最小（{}），现在是 {}。网络已开始死记训练数据。可尝试减少轮数、dropout 或 optim.weight_decay。") \
  X(warn_stuck, "The training loss has hardly moved: {} in the first epoch, {} in the last. Try another optim.lr (it is {}), and look whether inputs and targets belong together.", "训练损失几乎没有变化：第一轮 {}，最后一轮 {}。可尝试别的 optim.lr（现为 {}），并检查输入与目标是否对应。") \
  X(warn_diverged, "{}.", "训练发散：{}。")                                                                                                           \
  X(warn_origin, "Where it came from: {}", "来源：{}")
