"""The part of the table of opinfo.py that is elementwise."""
import math

import torch

from opinfo_common import Skip, scaled, table_of

MAP = {}
gradus = table_of(MAP)

# ---- elementwise
SAME = """abs acos acosh asin asinh atan atanh ceil cos cosh erf erfc exp exp2 expm1 floor isfinite isinf isnan lgamma log log10
log1p log2 logical_not neg reciprocal rsqrt sigmoid sin sinh sqrt square tan tanh trunc"""
for name in SAME.split():
    MAP[name] = lambda c, x, name=name: c.step(name, x)
for name, ours in {"nn.functional.softsign": "softsign", "nn.functional.logsigmoid": "log_sigmoid", "nn.functional.mish": "mish",
                   "nn.functional.silu": "silu", "nn.functional.relu": "relu", "nn.functional.relu6": "relu6", "nn.functional.selu": "selu",
                   "nn.functional.hardswish": "hard_swish"}.items():
    MAP[name] = lambda c, x, inplace=False, ours=ours: c.step(ours, x)

BINARY = {"mul": "mul", "true_divide": "div", "pow": "pow", "maximum": "maximum", "minimum": "minimum", "max/binary": "maximum",
          "min/binary": "minimum", "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
          "logical_and": "logical_and", "logical_or": "logical_or", "logical_xor": "logical_xor", "atan2": "atan2",
          "remainder": "remainder", "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor", "__radd__": "add", "__rmul__": "mul",
          "__rand__": "bitwise_and", "__ror__": "bitwise_or", "__rxor__": "bitwise_xor"}
for name, ours in BINARY.items():
    MAP[name] = lambda c, a, b, ours=ours: c.step(ours, a, b)
for name, ours in {"__rsub__": "sub", "__rdiv__": "div", "__rpow__": "pow", "__rmod__": "remainder", "__rmatmul__": "matmul"}.items():
    MAP[name] = lambda c, a, b, ours=ours: c.step(ours, b, a)


@gradus("add")
def _(c, a, b, alpha=1):
    return c.add(a, scaled(c, b, alpha))


@gradus("sub")
def _(c, a, b, alpha=1):
    return c.sub(a, scaled(c, b, alpha))


@gradus("rsub")
def _(c, a, b, alpha=1):
    return c.sub(b, scaled(c, a, alpha))


@gradus("div")
def _(c, a, b, rounding_mode=None):
    if rounding_mode == "floor":  # of the exact quotient, not of the rounded one: 1.0 // 0.1 is 9
        raise Skip("floor of a quotient")
    return c.div(a, b) if rounding_mode is None else c.trunc(c.div(a, b))


@gradus("fmod")
def _(c, a, b):
    p, q = (torch.as_tensor(getattr(x, "tensor", x)) for x in (a, b))
    # PyTorch 1.13 cuts the quotient after rounding it, which may have made it the next integer
    c.no_gradient = bool(((p / q).trunc() != ((p - torch.fmod(p, q)) / q).round()).any())
    return c.fmod(a, b)


@gradus("bitwise_not")
def _(c, x):
    return c.logical_not(x) if x.tensor.dtype == torch.bool else c.bitwise_xor(x, -1)


@gradus("sign", "sgn")
def _(c, x):
    if x.tensor.isnan().any():
        raise Skip("PyTorch's sign of NaN is 0, NumPy's and ours NaN")
    return c.sign(x)


@gradus("nn.functional.hardsigmoid")
def _(c, x, inplace=False):
    c.no_gradient = True  # PyTorch 1.13 multiplies by 1 / 6 rounded to float32
    return c.hard_sigmoid(x)


@gradus("addcmul")
def _(c, x, a, b, value=1):
    return c.add(x, scaled(c, c.mul(a, b), value))


@gradus("addcdiv")
def _(c, x, a, b, value=1):
    return c.add(x, scaled(c, c.div(a, b), value))


@gradus("clamp")
def _(c, x, min=None, max=None):
    return c.clip(x, -math.inf if min is None else min, math.inf if max is None else max)


@gradus("clamp_max")
def _(c, x, max):
    return c.clip(x, -math.inf, max)


@gradus("clamp_min")
def _(c, x, min):
    return c.clip(x, min, math.inf)


@gradus("lerp")
def _(c, a, b, weight):
    return c.lerp(a, b, weight)


@gradus("where")
def _(c, x, condition, other):  # OpInfo's call has the condition second
    return c.where(condition, x, other)


@gradus("masked_fill")
def _(c, x, mask, value):
    return c.where(mask, value, x)


def shift(op):
    def made(c, x, amount):
        amounts = amount if isinstance(amount, int) else amount.tensor
        if bool(torch.any((torch.as_tensor(amounts) < 0) | (torch.as_tensor(amounts) > 63))):
            raise Skip("PyTorch 1.13 shifts by what the machine makes of such amounts")
        return c.step(op, x, amount)
    return made


MAP["bitwise_left_shift"], MAP["bitwise_right_shift"] = shift("left_shift"), shift("right_shift")


@gradus("polygamma", "special.polygamma")
def _(c, x, n):
    if n == 1 or (n > 1 and x.tensor.isinf().any()):
        raise Skip("PyTorch's trigamma has an error of 1e-9; at infinity others are NaN, where the limit is 0")
    c.no_gradient = n == 0
    return c.polygamma(n, x)


@gradus("digamma")
def _(c, x):
    c.no_gradient = True  # PyTorch's trigamma has an error of 1e-9
    return c.digamma(x)


@gradus("round")
def _(c, x, decimals=0):
    if decimals:
        raise Skip("decimals")
    return c.round(x)


@gradus("frac")
def _(c, x):
    return c.sub(x, c.trunc(x))


@gradus("deg2rad")
def _(c, x):
    return c.mul(x, math.pi / 180)


@gradus("rad2deg")
def _(c, x):
    return c.mul(x, 180 / math.pi)


@gradus("nn.functional.tanhshrink")
def _(c, x):
    return c.sub(x, c.tanh(x))


@gradus("positive", "clone", "contiguous", "resolve_conj", "resolve_neg", "conj", "conj_physical", "real", "double")
def _(c, x, **_):
    return c.contiguous(x)
