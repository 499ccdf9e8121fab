"""The part of the table of opinfo.py that is torch.nn.functional."""
import torch

from opinfo_common import Skip, table_of

NN = {}
gradus = table_of(NN)


def per_axis(x, n):
    return [x] * n if isinstance(x, int) else list(x) * (n if len(x) == 1 else 1)


def mean_or_sum(c, loss, reduction, size_average=None, reduce=None):
    if size_average is not None or reduce is not None:
        raise Skip("old words for reduction")
    if reduction == "none":
        return loss
    return c.sum(loss, axes="all") if reduction == "sum" else c.mean(loss, axes="all")


def alike(c, x, target):
    """PyTorch lets the shapes of losses broadcast (and warns); ours must be equal."""
    if x.shape == target.shape:
        return x, target
    shape = list(torch.broadcast_shapes(x.shape, target.shape))
    return tuple(t if t.shape == shape else expanded(c, t, shape) for t in (x, target))


def expanded(c, x, shape):
    y = c.expand(x, to=shape)
    y.tensor = x.tensor.expand(shape)
    return y


def positive(number):
    if number < 0:
        raise Skip("a negative eps, p or divisor, which is an error here")
    return number


# ---- activations
@gradus("nn.functional.gelu")
def _(c, x, approximate="none"):
    return c.gelu(x) if approximate == "none" else c.gelu_tanh(x)


@gradus("nn.functional.elu")
def _(c, x, alpha=1.0, inplace=False):
    return c.elu(x, float(alpha))


@gradus("nn.functional.celu")
def _(c, x, alpha=1.0, inplace=False):
    c.no_gradient = alpha != 1  # PyTorch 1.13 rounds alpha to float32 on the way back
    return c.celu(x, float(alpha))


@gradus("nn.functional.leaky_relu")
def _(c, x, negative_slope=0.01, inplace=False):
    return c.prelu(x, float(negative_slope))


@gradus("nn.functional.prelu")
def _(c, x, weight):
    if not weight.rank or weight.shape == [1] or x.rank < 2:
        return c.prelu(x, c.reshape(weight, to=[]) if weight.shape == [1] else weight)
    return c.prelu(x, c.reshape(weight, to=weight.shape + [1] * (x.rank - 2)))


@gradus("nn.functional.hardtanh")
def _(c, x, min_val=-1.0, max_val=1.0, inplace=False):
    return c.hard_tanh(x) if (min_val, max_val) == (-1, 1) else c.clip(x, float(min_val), float(max_val))


@gradus("nn.functional.softplus")
def _(c, x, beta=1, threshold=20):
    if beta == 1:
        if bool((x.tensor > threshold).any()):
            raise Skip("PyTorch is linear beyond the threshold; softplus is exact")
        return c.softplus(x)
    if bool((x.tensor * beta > threshold).any()):
        raise Skip("PyTorch is linear beyond the threshold; softplus is exact")
    return c.div(c.softplus(c.mul(x, beta)), beta)


@gradus("nn.functional.threshold")
def _(c, x, threshold, value, inplace=False):
    return c.where(c.less_equal(x, float(threshold)), float(value), x)


@gradus("nn.functional.hardshrink")
def _(c, x, lambd=0.5):
    return c.where(c.less_equal(c.abs(x), float(lambd)), 0.0, x)


@gradus("nn.functional.glu")
def _(c, x, dim=-1):
    half = x.shape[dim] // 2
    first, second = (c.slice(x, axis=dim, first=i * half, last=(i + 1) * half, step=1) for i in range(2))
    return c.mul(first, c.sigmoid(second))


@gradus("nn.functional.linear")
def _(c, x, weight, bias=None):
    if x.rank < 2 or weight.rank < 2:
        raise Skip("vectors")
    y = c.matmul(x, c.permute(weight, order=[1, 0]))
    return y if bias is None else c.add(y, bias)


@gradus("nn.functional.bilinear")
def _(c, a, b, weight, bias=None):
    y = c.einsum(a, weight, b, equation="...i,oij,...j->...o")
    return y if bias is None else c.add(y, bias)


# ---- convolution
def with_batch(c, x, weight, run, bias):
    if x.rank != weight.rank:
        raise Skip("one example without its axis")
    y = run(x)
    return y if bias is None else c.add(y, c.reshape(bias, to=[bias.shape[0]] + [1] * (weight.rank - 2)))


def convolution(c, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    n = weight.rank - 2
    dilation = per_axis(dilation, n)
    if padding == "valid":
        padding = 0
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:])]
        if any(t % 2 for t in total):
            raise Skip("same, unequal on both sides")
        padding = [t // 2 for t in total]
    return with_batch(c, x, weight, lambda v: c.conv(v, weight, stride=per_axis(stride, n), padding=per_axis(padding, n), dilation=dilation, groups=groups), bias)


def transposed(c, x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    n = weight.rank - 2
    return with_batch(c, x, weight, lambda v: c.conv_transpose(v, weight, stride=per_axis(stride, n), padding=per_axis(padding, n),
                                                               output_padding=per_axis(output_padding, n), dilation=per_axis(dilation, n), groups=groups), bias)


for d in (1, 2, 3):
    NN[f"nn.functional.conv{d}d"], NN[f"nn.functional.conv_transpose{d}d"] = convolution, transposed
del NN["nn.functional.conv3d"]  # PyTorch's database does not have it


# ---- pools
def max_pool(n):
    def made(c, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        kernel = per_axis(kernel_size, n)
        how = dict(kernel=kernel, stride=per_axis(stride, n) if stride else kernel, padding=per_axis(padding, n), dilation=per_axis(dilation, n), ceil_mode=ceil_mode)
        y = c.max_pool(x, **how)
        return [y, c.max_pool_index(x, **how)] if return_indices else y
    return made


def avg_pool(n):
    def made(c, x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        kernel = per_axis(kernel_size, n)
        return c.avg_pool(x, kernel=kernel, stride=per_axis(stride, n) if stride else kernel, padding=per_axis(padding, n), ceil_mode=ceil_mode,
                          count_include_pad=count_include_pad, divisor=positive(divisor_override or 0))
    return made


def adaptive(op, n):
    def made(c, x, output_size, return_indices=False):
        size = [s if s is not None else x.shape[i - n] for i, s in enumerate(per_axis(output_size, n) if output_size is not None else [None] * n)]
        y = c.step(op, x, size=size)
        return [y, c.step(op + "_index", x, size=size)] if return_indices else y
    return made


for d in (1, 2, 3):
    NN[f"nn.functional.max_pool{d}d"], NN[f"nn.functional.avg_pool{d}d"] = max_pool(d), avg_pool(d)
    NN[f"nn.functional.adaptive_avg_pool{d}d"], NN[f"nn.functional.adaptive_max_pool{d}d"] = adaptive("adaptive_avg_pool", d), adaptive("adaptive_max_pool", d)


@gradus("nn.functional.interpolate", "nn.functional.upsample_nearest", "nn.functional.upsample_bilinear")
def _(c, x, size=None, scale_factor=None, mode=None, align_corners=None, recompute_scale_factor=None, antialias=False):
    n = x.rank - 2
    # The two old functions have no mode; theirs are told apart by their ranks' samples: bilinear has four axes and no `mode`.
    if mode not in ("nearest", "linear", "bilinear", "trilinear") or antialias or scale_factor is not None:
        raise Skip("mode, or a scale that is kept")
    return c.interpolate(x, size=per_axis(size, n), mode="nearest" if mode == "nearest" else "linear", align_corners=bool(align_corners))


@gradus("nn.functional.pixel_shuffle")
def _(c, x, upscale_factor):
    return c.pixel_shuffle(x, factor=upscale_factor)


@gradus("nn.functional.pixel_unshuffle")
def _(c, x, downscale_factor):
    return c.pixel_unshuffle(x, factor=downscale_factor)


@gradus("nn.functional.unfold")
def _(c, x, kernel_size, dilation=1, padding=0, stride=1):
    if x.rank != 4:
        raise Skip("one example without its axis")
    return c.im2col(x, kernel=per_axis(kernel_size, 2), stride=per_axis(stride, 2), padding=per_axis(padding, 2), dilation=per_axis(dilation, 2))


# ---- norms
@gradus("nn.functional.normalize")
def _(c, x, p=2.0, dim=1, eps=1e-12):
    if p != 2 or not isinstance(dim, int) or not x.rank:
        raise Skip("another norm")
    return c.l2_normalise(x, axis=dim, eps=positive(float(eps)))


def affine(weight, bias, shape):
    """Inputs after x: weight, then bias; a bias alone comes with a weight of ones."""
    if weight is None and bias is None:
        return []
    weight = torch.ones(shape, dtype=torch.float64) if weight is None else weight
    return [weight] if bias is None else [weight, bias]


@gradus("nn.functional.layer_norm")
def _(c, x, normalized_shape, weight=None, bias=None, eps=1e-5):
    return c.layer_norm(x, *affine(weight, bias, list(normalized_shape)), axes=len(normalized_shape), eps=positive(float(eps)))


@gradus("native_layer_norm")
def _(c, x, normalized_shape, weight, bias, eps):
    if list(normalized_shape) == [1]:
        raise Skip("0 and rounding")
    return [c.layer_norm(x, *affine(weight, bias, list(normalized_shape)), axes=len(normalized_shape), eps=positive(float(eps)))]


@gradus("nn.functional.group_norm")
def _(c, x, num_groups, weight=None, bias=None, eps=1e-5):
    return c.group_norm(x, *affine(weight, bias, [x.shape[1]]), groups=num_groups, eps=positive(float(eps)))


@gradus("nn.functional.instance_norm")
def _(c, x, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5):
    if not use_input_stats:
        raise Skip("running statistics")
    return c.instance_norm(x, *affine(weight, bias, [x.shape[1]]), eps=positive(float(eps)))


@gradus("nn.functional.batch_norm")
def _(c, x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    if x.rank < 2:
        raise Skip("without channels")
    more = affine(weight, bias, x.shape[1:2])
    if training:
        return c.batch_norm_training(x, *more, eps=positive(float(eps)))
    return c.batch_norm(x, running_mean, running_var, *more, eps=positive(float(eps)))


@gradus("nn.functional.local_response_norm")
def _(c, x, size, alpha=1e-4, beta=0.75, k=1.0):
    return c.local_response_norm(x, size=size, alpha=float(alpha), beta=float(beta), k=float(k))


@gradus("nn.functional.embedding")
def _(c, weight, index, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if padding_idx is not None or max_norm is not None or scale_grad_by_freq or sparse:
        raise Skip("padding, max_norm")
    return c.embedding(weight, index)


@gradus("nn.functional._scaled_dot_product_attention")
def _(c, q, k, v, attn_mask=None, dropout_p=0.0, need_attn_weights=False, is_causal=False):
    if dropout_p or need_attn_weights:
        raise Skip("dropout, or weights wanted")
    mask = [] if attn_mask is None else [attn_mask]
    return [c.attention(q, k, v, *mask, masked=bool(mask), causal=is_causal)]


# ---- losses
for name, ours in {"mse_loss": "mse_loss", "l1_loss": "l1_loss"}.items():
    NN["nn.functional." + name] = lambda c, x, t, size_average=None, reduce=None, reduction="mean", ours=ours: mean_or_sum(c, c.step(ours, x, t), reduction, size_average, reduce)


@gradus("nn.functional.smooth_l1_loss")
def _(c, x, t, size_average=None, reduce=None, reduction="mean", beta=1.0):
    return mean_or_sum(c, c.smooth_l1_loss(x, t, beta=float(beta)), reduction)


@gradus("nn.functional.huber_loss")
def _(c, x, t, reduction="mean", delta=1.0):
    return mean_or_sum(c, c.huber_loss(x, t, delta=float(delta)), reduction)


@gradus("nn.functional.binary_cross_entropy")
def _(c, x, t, weight=None, size_average=None, reduce=None, reduction="mean"):
    return mean_or_sum(c, c.binary_cross_entropy(x, t, *([] if weight is None else [weight])), reduction)


@gradus("nn.functional.binary_cross_entropy_with_logits")
def _(c, x, t, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None):
    more = [w for w in (weight, pos_weight) if w is not None]
    return mean_or_sum(c, c.binary_cross_entropy_with_logits(x, t, *more, weighted=weight is not None, pos_weighted=pos_weight is not None), reduction)


def weighed(c, loss, target, weight, ignore_index, reduction):
    """The mean of class losses is by the sum of the weights of the classes that were there."""
    if reduction != "mean":
        return mean_or_sum(c, loss, reduction)
    t = target.tensor
    kept = t != ignore_index
    count = kept.sum().to(torch.float64) if weight is None else weight.tensor.detach()[t.clamp(min=0)][kept].sum()
    return c.div(c.sum(loss, axes="all"), count)


@gradus("nn.functional.nll_loss")
def _(c, x, t, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    if weight is not None and weight.tensor.requires_grad:
        raise Skip("gradient of weights")
    return weighed(c, c.nll_loss(x, t, *([] if weight is None else [weight]), axis=1 if x.rank > 1 else 0, ignore_index=ignore_index), t, weight, ignore_index, reduction)


@gradus("nn.functional.cross_entropy")
def _(c, x, t, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0):
    loss = c.cross_entropy_loss(x, t, *([] if weight is None else [weight]), axis=1 if x.rank > 1 else 0, ignore_index=ignore_index, label_smoothing=float(label_smoothing))
    if t.tensor.dtype == torch.float64:
        if reduction != "mean":
            return mean_or_sum(c, loss, reduction)
        return c.div(c.sum(loss, axes="all"), float(x.tensor.numel() / max(x.shape[1 if x.rank > 1 else 0], 1)))
    return weighed(c, loss, t, weight, ignore_index, reduction)


@gradus("nn.functional.kl_div")
def _(c, x, t, size_average=None, reduce=None, reduction="mean", log_target=False):
    loss = c.kl_div(x, t, log_target=log_target)
    if reduction == "batchmean":
        return c.div(c.sum(loss, axes="all"), float(x.shape[0] if x.rank else 1))
    return mean_or_sum(c, loss, reduction)


@gradus("nn.functional.cosine_similarity")
def _(c, a, b, dim=1, eps=1e-8):
    if not a.rank:
        raise Skip("0-d")
    return c.cosine_similarity(a, b, axis=dim, eps=positive(float(eps)))


@gradus("nn.functional.cosine_embedding_loss")
def _(c, a, b, t, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    return mean_or_sum(c, c.cosine_embedding_loss(a, b, t, margin=float(margin)), reduction)


@gradus("nn.functional.hinge_embedding_loss")
def _(c, x, t, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    return mean_or_sum(c, c.hinge_embedding_loss(*alike(c, x, t), margin=float(margin)), reduction)


@gradus("nn.functional.multi_margin_loss")
def _(c, x, t, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
    if x.rank < 1:
        raise Skip("0-d")
    if t.shape != x.shape[:-1]:
        t = c.reshape(t, to=x.shape[:-1])
    return mean_or_sum(c, c.multi_margin_loss(x, t, *([] if weight is None else [weight]), p=float(p), margin=float(margin)), reduction)


@gradus("nn.functional.margin_ranking_loss")
def _(c, a, b, t, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    a, b = alike(c, a, b)
    return mean_or_sum(c, c.margin_ranking_loss(a, b, alike(c, a, t)[1], margin=float(margin)), reduction)


@gradus("nn.functional.triplet_margin_loss")
def _(c, a, p_, n, margin=1.0, p=2.0, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"):
    return mean_or_sum(c, c.triplet_margin_loss(a, p_, n, margin=float(margin), p=float(p), eps=positive(float(eps)), swap=swap), reduction)


@gradus("nn.functional.poisson_nll_loss")
def _(c, x, t, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"):
    return mean_or_sum(c, c.poisson_nll_loss(x, t, log_input=log_input, full=full, eps=positive(float(eps))), reduction)


@gradus("nn.functional.gaussian_nll_loss")
def _(c, x, t, var, full=False, eps=1e-6, reduction="mean"):
    if var.shape != x.shape and var.shape == x.shape[:-1]:
        var = c.reshape(var, to=var.shape + [1])
    return mean_or_sum(c, c.gaussian_nll_loss(*alike(c, x, t), var, full=full, eps=positive(float(eps))), reduction)


@gradus("nn.functional.soft_margin_loss")
def _(c, x, t, size_average=None, reduce=None, reduction="mean"):
    return mean_or_sum(c, c.soft_margin_loss(x, t), reduction)


@gradus("nn.functional.pairwise_distance")
def _(c, a, b, p=2.0, eps=1e-6, keepdim=False):
    return c.pairwise_distance(a, b, p=positive(float(p)), eps=positive(float(eps)), keepdims=keepdim)
