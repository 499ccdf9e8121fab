"""Which Gradus operations are which PyTorch calls. A function has the signature of the PyTorch function, with `c` in front, writes steps
(c.op(tensors..., attributes...)) and returns what must be equal: one handle, or a list, one for each output (None: not compared; a
function of the output that gives handle and tensor: compared after a change that makes it unique, such as a magnitude)."""
import math

import torch

from opinfo_nn import NN
from opinfo_common import Skip, axes_of, axis_of, cast_to, moved, table_of, whole

TABLE = {}
gradus = table_of(TABLE)

# ---- elementwise
SAME = """abs acos acosh asin asinh atan atanh ceil cos cosh digamma erf erfc exp exp2 expm1 floor isfinite isinf isnan lgamma log log10
log1p log2 logical_not neg reciprocal rsqrt sigmoid sin sinh sqrt square tan tanh trunc bitwise_not"""
for name in SAME.split():
    TABLE[name] = lambda c, x, name=name: c.step(name, x)
for name, ours in {"nn.functional.softsign": "softsign", "nn.functional.logsigmoid": "log_sigmoid", "nn.functional.mish": "mish",
                   "nn.functional.silu": "silu", "nn.functional.relu": "relu", "nn.functional.relu6": "relu6", "nn.functional.selu": "selu",
                   "nn.functional.hardswish": "hard_swish"}.items():
    TABLE[name] = lambda c, x, inplace=False, ours=ours: c.step(ours, x)

BINARY = {"mul": "mul", "true_divide": "div", "pow": "pow", "maximum": "maximum", "minimum": "minimum", "max/binary": "maximum",
          "min/binary": "minimum", "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
          "logical_and": "logical_and", "logical_or": "logical_or", "logical_xor": "logical_xor", "atan2": "atan2", "fmod": "fmod",
          "remainder": "remainder", "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor",
          "bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift", "__radd__": "add", "__rmul__": "mul",
          "__rand__": "bitwise_and", "__ror__": "bitwise_or", "__rxor__": "bitwise_xor"}
for name, ours in BINARY.items():
    TABLE[name] = lambda c, a, b, ours=ours: c.step(ours, a, b)
for name, ours in {"__rsub__": "sub", "__rdiv__": "div", "__rpow__": "pow", "__rmod__": "remainder", "__rmatmul__": "matmul"}.items():
    TABLE[name] = lambda c, a, b, ours=ours: c.step(ours, b, a)


def scaled(c, x, factor):
    return x if factor == 1 else c.mul(x, factor)


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


@gradus("polygamma", "special.polygamma")
def _(c, x, n):
    return c.polygamma(n, x)


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


# ---- moves
@gradus("reshape", "view")
def _(c, x, *shape):
    return c.reshape(x, to=shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)


@gradus("reshape_as", "view_as")
def _(c, x, other):
    return c.reshape(x, to=other.shape)


@gradus("ravel")
def _(c, x):
    return c.reshape(x, to=[-1])


@gradus("flatten")
def _(c, x, start_dim=0, end_dim=-1):
    shape = x.shape or [1]
    first, last = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    return c.reshape(x, to=shape[:first] + [math.prod(shape[first:last + 1])] + shape[last + 1:])


@gradus("unflatten")
def _(c, x, dim, sizes):
    at, sizes = axis_of(dim, x.rank), list(sizes)
    if -1 in sizes:
        sizes[sizes.index(-1)] = x.shape[at] // -math.prod(sizes)
    return c.reshape(x, to=x.shape[:at] + sizes + x.shape[at + 1:])


@gradus("squeeze")
def _(c, x, dim=None):
    gone = range(x.rank) if dim is None else [axis_of(dim, x.rank)]
    return c.reshape(x, to=[n for i, n in enumerate(x.shape) if i not in gone or n != 1])


@gradus("unsqueeze")
def _(c, x, dim):
    at = axis_of(dim, x.rank + 1)
    return c.reshape(x, to=x.shape[:at] + [1] + x.shape[at:])


@gradus("expand", "broadcast_to")
def _(c, x, *shape):
    shape = list(shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)
    lead = len(shape) - x.rank
    return c.expand(x, to=[x.shape[i - lead] if n == -1 else n for i, n in enumerate(shape)])


@gradus("expand_as")
def _(c, x, other):
    return c.expand(x, to=other.shape)


@gradus("permute")
def _(c, x, *order):
    order = order[0] if len(order) == 1 and not isinstance(order[0], int) else order
    return c.permute(x, order=[axis_of(i, x.rank) for i in order])


def swapped(c, x, a, b):
    order = list(range(x.rank))
    if order:
        a, b = axis_of(a, x.rank), axis_of(b, x.rank)
        order[a], order[b] = order[b], order[a]
    return c.permute(x, order=order)


@gradus("transpose")
def _(c, x, a, b):
    return swapped(c, x, a, b)


@gradus("mT", "mH")
def _(c, x):
    return swapped(c, x, -1, -2)


@gradus("T", "H", "t")
def _(c, x):
    return c.permute(x, order=list(range(x.rank))[::-1])


@gradus("movedim")
def _(c, x, source, destination):
    return c.permute(x, order=moved(x.rank, whole(source), whole(destination)))


@gradus("flip")
def _(c, x, dims):
    return c.flip(x, axes=list(dims))


@gradus("fliplr")
def _(c, x):
    return c.flip(x, axes=[1])


@gradus("flipud")
def _(c, x):
    return c.flip(x, axes=[0])


@gradus("roll")
def _(c, x, shifts, dims=()):
    return c.roll(x, shifts=whole(shifts), axes=whole(dims))


def part(c, x, axis, first, last, step=1):
    return c.slice(x, axis=axis, first=first, last=last, step=step)


def entry(c, x, axis, i):
    axis = axis_of(axis, x.rank)
    i = axis_of(i, x.shape[axis])
    return c.reshape(part(c, x, axis, i, i + 1), to=x.shape[:axis] + x.shape[axis + 1:])


@gradus("narrow", "narrow_copy")
def _(c, x, dim, start, length):
    if not isinstance(start, int):
        start = int(start.tensor)
    start = start if start >= 0 else start + x.shape[dim]
    return part(c, x, dim, start, start + length)


@gradus("select")
def _(c, x, dim, index):
    return entry(c, x, dim, index)


@gradus("unbind")
def _(c, x, dim=0):
    return [entry(c, x, dim, i) for i in range(x.shape[dim])]


def cut(c, x, sizes, axis):
    ends = [sum(sizes[:i + 1]) for i in range(len(sizes))]
    return [part(c, x, axis, end - size, end) for size, end in zip(sizes, ends)]


@gradus("split", "split_with_sizes")
def _(c, x, size, dim=0):
    n = x.shape[dim]
    return cut(c, x, [min(size, n - i) for i in range(0, n, size)] if isinstance(size, int) else list(size), dim)


@gradus("chunk")
def _(c, x, chunks, dim=0):
    return cut(c, x, [t.shape[dim] for t in x.tensor.chunk(chunks, dim)], dim)


@gradus("cat")
def _(c, parts, dim=0):
    parts = [p for p in parts if p.shape != [0]]  # PyTorch's exception for empty vectors
    if not parts:
        raise Skip("nothing")
    return c.concat(*parts, axis=dim)


@gradus("stack")
def _(c, parts, dim=0):
    at = axis_of(dim, parts[0].rank + 1)
    return c.concat(*[c.reshape(p, to=p.shape[:at] + [1] + p.shape[at:]) for p in parts], axis=at)


@gradus("tile")
def _(c, x, dims):
    return c.tile(x, repeats=dims)


@gradus("repeat")
def _(c, x, repeats):
    return c.tile(x, repeats=repeats)


@gradus("repeat_interleave")
def _(c, x, repeats, dim=None):
    if not isinstance(repeats, int) or dim is None:
        raise Skip("one number along one axis")
    return c.repeat_interleave(x, repeats=repeats, axis=dim)


@gradus("diagonal")
def _(c, x, offset=0, dim1=0, dim2=1):
    return c.diagonal(x, offset=offset, axis1=dim1, axis2=dim2)


@gradus("diag_embed")
def _(c, x, offset=0, dim1=-2, dim2=-1):
    return c.diag_embed(x, offset=offset, axis1=dim1, axis2=dim2)


@gradus("diag")
def _(c, x, k=0):
    return c.diag_embed(x, offset=k) if x.rank == 1 else c.diagonal(x, offset=k)


@gradus("trace")
def _(c, x):
    return c.sum(c.diagonal(x), axes="all")


@gradus("tril")
def _(c, x, diagonal=0):
    return c.tril(x, offset=diagonal)


@gradus("triu")
def _(c, x, diagonal=0):
    return c.triu(x, offset=diagonal)


@gradus("unfold")
def _(c, x, dimension, size, step):
    if x.rank == 0:
        raise Skip("0-d")
    return c.unfold(x, axis=dimension, size=size, step=step)


def padded(c, x, pad, op, **more):
    n = len(pad) // 2
    return c.step(op, x, before=[pad[2 * (n - 1 - i)] for i in range(n)], after=[pad[2 * (n - 1 - i) + 1] for i in range(n)], **more)


@gradus("constant_pad_nd")
def _(c, x, pad, value=0.0):
    return padded(c, x, pad, "constant_pad", value=float(value))


@gradus("nn.functional.pad")
def _(c, x, pad, mode="constant", value=0.0):
    if mode == "constant":
        return padded(c, x, pad, "constant_pad", value=float(value or 0.0))
    return padded(c, x, pad, {"reflect": "reflection_pad", "replicate": "replication_pad", "circular": "circular_pad"}[mode])


# ---- reductions
def reduction(op, **fixed):
    def made(c, x, dim=None, keepdim=False, *, dtype=None, **kwargs):
        return c.step(op, cast_to(c, x, dtype), axes=axes_of(dim, x), keepdims=keepdim, **fixed)
    return made


for name, ours in {"sum": "sum", "mean": "mean", "amax": "max", "amin": "min", "prod": "prod", "all": "all", "any": "any"}.items():
    TABLE[name] = reduction(ours)


def extreme(op, arg):
    def made(c, x, dim=None, keepdim=False):
        if dim is None:
            return c.step(op, x, axes="all")
        return [c.step(op, x, axes=axes_of(dim, x), keepdims=keepdim), c.step(arg, x, axis=dim, keepdims=keepdim) if x.rank else None]
    return made


TABLE["max/reduction_with_dim"], TABLE["min/reduction_with_dim"] = extreme("max", "argmax"), extreme("min", "argmin")
TABLE["max/reduction_no_dim"], TABLE["min/reduction_no_dim"] = extreme("max", "argmax"), extreme("min", "argmin")


@gradus("aminmax")
def _(c, x, dim=None, keepdim=False):
    return [c.min(x, axes=axes_of(dim, x), keepdims=keepdim), c.max(x, axes=axes_of(dim, x), keepdims=keepdim)]


def placed(op):
    def made(c, x, dim=None, keepdim=False):
        if x.rank == 0:
            raise Skip("0-d")
        if dim is None:
            if keepdim:
                raise Skip("keepdim without dim")
            return c.step(op, c.reshape(x, to=[-1]), axis=0)
        return c.step(op, x, axis=dim, keepdims=keepdim)
    return made


TABLE["argmax"], TABLE["argmin"] = placed("argmax"), placed("argmin")


def spread(op):
    def made(c, x, dim=None, unbiased=None, keepdim=False, correction=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        amount = correction if correction is not None else 1 if unbiased is None else int(unbiased)
        return c.step(op, x, axes=axes_of(dim, x), correction=amount, keepdims=keepdim)
    return made


TABLE["var"], TABLE["std"] = spread("var"), spread("std")


def spread_and_mean(op):
    def made(c, x, dim=None, unbiased=None, keepdim=False, correction=None):
        first = spread(op)(c, x, dim, unbiased, keepdim, correction)
        return [first, c.mean(x, axes=axes_of(None if isinstance(dim, bool) else dim, x), keepdims=keepdim)]
    return made


TABLE["var_mean"], TABLE["std_mean"] = spread_and_mean("var"), spread_and_mean("std")


@gradus("logsumexp")
def _(c, x, dim, keepdim=False):
    return c.logsumexp(x, axes=axes_of(dim, x), keepdims=keepdim)


for name in ("cumsum", "cumprod"):
    TABLE[name] = lambda c, x, dim, dtype=None, name=name: c.step(name, x, axis=dim)
for name in ("cummax", "cummin"):
    TABLE[name] = lambda c, x, dim, name=name: [c.step(name, x, axis=dim)]


@gradus("linalg.vector_norm")
def _(c, x, ord=2, dim=None, keepdim=False, dtype=None):
    return c.norm(x, p=float(ord), axes=axes_of(dim, x), keepdims=keepdim)


@gradus("norm")
def _(c, x, p="fro", dim=None, keepdim=False, dtype=None):
    if p == "nuc":
        raise Skip("nuclear norm")
    return c.norm(x, p=2.0 if p in ("fro", None) else float(p), axes=axes_of(dim, x), keepdims=keepdim)


@gradus("dist")
def _(c, a, b, p=2):
    return c.norm(c.sub(a, b), p=float(p), axes="all")


# ---- products
@gradus("matmul")
def _(c, a, b):
    if a.rank >= 2 and b.rank >= 2:
        return c.matmul(a, b)
    if a.rank == 1 and b.rank == 1:
        return c.dot(a, b)
    raise Skip("vectors")


TABLE["__rmatmul__"] = lambda c, a, b: TABLE["matmul"](c, b, a)
for name, ours in {"mm": "matmul", "bmm": "matmul", "dot": "dot", "vdot": "dot", "outer": "outer"}.items():
    TABLE[name] = lambda c, a, b, ours=ours: c.step(ours, a, b)


@gradus("mv")
def _(c, a, b):
    return c.tensordot(a, b, axes_a=[1], axes_b=[0])


@gradus("inner")
def _(c, a, b):
    if not a.rank or not b.rank:
        raise Skip("0-d")
    return c.tensordot(a, b, axes_a=[-1], axes_b=[-1])


@gradus("addmm", "baddbmm")
def _(c, x, a, b, beta=1, alpha=1):
    return c.add(scaled(c, x, beta), scaled(c, c.matmul(a, b), alpha))


@gradus("addmv")
def _(c, x, a, b, beta=1, alpha=1):
    return c.add(scaled(c, x, beta), scaled(c, c.tensordot(a, b, axes_a=[1], axes_b=[0]), alpha))


@gradus("addr")
def _(c, x, a, b, beta=1, alpha=1):
    if beta == 0 and x.tensor.isnan().any():
        raise Skip("beta 0 hides NaN")
    return c.add(scaled(c, x, beta), scaled(c, c.outer(a, b), alpha))


@gradus("addbmm")
def _(c, x, a, b, beta=1, alpha=1):
    return c.add(scaled(c, x, beta), scaled(c, c.sum(c.matmul(a, b), axes=[0]), alpha))


@gradus("linalg.multi_dot")
def _(c, parts):
    out = parts[0]
    if any(p.rank != 2 for p in parts):
        raise Skip("vectors")
    for p in parts[1:]:
        out = c.matmul(out, p)
    return out


@gradus("linalg.vecdot")
def _(c, a, b, dim=-1):
    return c.sum(c.mul(a, b), axes=[dim])


@gradus("tensordot")
def _(c, a, b, dims=2):
    dims = [list(range(a.rank - dims, a.rank)), list(range(dims))] if isinstance(dims, int) else dims
    return c.tensordot(a, b, axes_a=dims[0], axes_b=dims[1])


@gradus("einsum")
def _(c, operands, equation):
    if not isinstance(equation, str):
        raise Skip("sublists")
    return c.einsum(*operands, equation=equation)


# ---- linear algebra
@gradus("linalg.cholesky", "cholesky")
def _(c, x, upper=False):
    return c.cholesky(x, upper=upper)


@gradus("linalg.cholesky_ex")
def _(c, x, upper=False, check_errors=False):
    return [c.cholesky(x, upper=upper)]


@gradus("cholesky_solve")
def _(c, b, factor, upper=False):
    c.no_gradient = True  # PyTorch 1.13 gives one to the triangle that is not read
    return c.solve_triangular(factor, c.solve_triangular(factor, b, upper=upper, transposed=upper), upper=upper, transposed=not upper)


@gradus("linalg.solve_triangular")
def _(c, a, b, upper, left=True, unitriangular=False):
    if left:
        return c.solve_triangular(a, b, upper=upper, unit=unitriangular)
    turned = swapped(c, b, -1, -2)
    turned.tensor = b.tensor.mT
    result = c.solve_triangular(a, turned, upper=upper, unit=unitriangular, transposed=True)
    result.tensor = torch.empty(torch.broadcast_shapes(a.tensor.shape[:-2], b.tensor.shape[:-2]) + tuple(b.tensor.shape[:-3:-1]))
    return swapped(c, result, -1, -2)


@gradus("triangular_solve")
def _(c, b, a, upper=True, transpose=False, unitriangular=False):
    return [c.solve_triangular(a, b, upper=upper, unit=unitriangular, transposed=transpose)]


@gradus("linalg.solve")
def _(c, a, b, left=True):
    if not left:
        raise Skip("from the right")
    return c.solve(a, b)


@gradus("linalg.inv", "linalg.inv_ex", "inverse")
def _(c, x, check_errors=False):
    return [c.inv(x)]


@gradus("linalg.det")
def _(c, x):
    return c.det(x)


@gradus("logdet")
def _(c, x):
    return c.logdet(x)


@gradus("linalg.slogdet")
def _(c, x):
    y = c.slogdet(x)
    batch = x.shape[:-2]
    return [c.reshape(part(c, y, -1, i, i + 1), to=batch) for i in range(2)]


@gradus("linalg.qr")
def _(c, x, mode="reduced"):
    if mode == "r":
        raise Skip("without q")
    m = x.shape[-2]
    y = c.qr(x, mode=mode)
    r = part(c, y, -2, m, m + x.shape[-1])
    r.tensor = x.tensor
    return [part(c, y, -2, 0, m), swapped(c, r, -1, -2)]


def magnitude(handle):
    """Vectors are unique up to their sign."""
    return lambda value: (handle, value.abs())


@gradus("linalg.svdvals")
def _(c, x):
    m, k = x.shape[-2], min(x.shape[-2:])
    return c.reshape(part(c, c.svd(x), -2, m, m + 1), to=x.shape[:-2] + [k])


@gradus("linalg.eigvalsh")
def _(c, x, UPLO="L"):
    return c.reshape(part(c, c.eigh(x), -1, 0, 1), to=x.shape[:-1])


@gradus("linalg.eigh")
def _(c, x, UPLO="L"):
    n = x.shape[-1]
    y = c.eigh(x)
    return [c.reshape(part(c, y, -1, 0, 1), to=x.shape[:-1]), magnitude(c.abs(part(c, y, -1, 1, n + 1)))]


@gradus("linalg.svd")
def _(c, x, full_matrices=True):
    m, n = x.shape[-2:]
    k = min(m, n)
    y = c.svd(x)
    if full_matrices and m != n:
        return [None, c.reshape(part(c, y, -2, m, m + 1), to=x.shape[:-2] + [k])]
    v = part(c, y, -2, m + 1, m + 1 + n)
    v.tensor = x.tensor
    return [magnitude(c.abs(part(c, y, -2, 0, m))), c.reshape(part(c, y, -2, m, m + 1), to=x.shape[:-2] + [k]), magnitude(c.abs(swapped(c, v, -1, -2)))]


# ---- places
@gradus("gather")
def _(c, x, dim, index, sparse_grad=False):
    if not x.rank or not index.rank:
        raise Skip("0-d")
    if any(a > b for i, (a, b) in enumerate(zip(index.shape, x.shape)) if i != axis_of(dim, x.rank)):
        raise Skip("index beyond x")
    sized = x  # PyTorch takes the corner of x that the index reaches
    for i, (a, b) in enumerate(zip(index.shape, x.shape)):
        if i != axis_of(dim, x.rank) and a != b:
            sized = part(c, sized, i, 0, a)
    return c.gather(sized, index, axis=dim)


@gradus("take_along_dim")
def _(c, x, index, dim=None):
    if dim is None or [n for i, n in enumerate(x.shape) if i != dim] != [n for i, n in enumerate(index.shape) if i != dim]:
        raise Skip("broadcast")
    return c.gather(x, index, axis=dim)


@gradus("index_select")
def _(c, x, dim, index):
    if not x.rank:
        raise Skip("0-d")
    return c.index_select(x, c.reshape(index, to=[-1]), axis=dim)


@gradus("take")
def _(c, x, index):
    return c.take(x, index)


@gradus("masked_select")
def _(c, x, mask):
    return c.masked_select(x, mask)


@gradus("scatter")
def _(c, x, dim, index, src, reduce=None):
    if reduce is not None or not x.rank or not index.rank or not hasattr(src, "shape") or src.shape != index.shape:
        raise Skip("another kind")
    return c.scatter(x, index, src, axis=dim)


@gradus("nonzero", "argwhere")
def _(c, x, as_tuple=False):
    if as_tuple:
        raise Skip("tuple")
    return c.nonzero(x)


@gradus("nn.functional.one_hot")
def _(c, x, num_classes=-1):
    return c.one_hot(x, classes=num_classes if num_classes >= 0 else int(x.tensor.max()) + 1)


@gradus("sort")
def _(c, x, dim=-1, descending=False, stable=False):
    if not x.rank:
        raise Skip("0-d")
    at = c.argsort(x, axis=dim, descending=descending)
    at.tensor = x.tensor
    return [c.gather(x, at, axis=dim)] + ([at] if stable else [])


@gradus("msort")
def _(c, x):
    return c.gather(x, c.argsort(x, axis=0), axis=0)


@gradus("topk")
def _(c, x, k, dim=-1, largest=True, sorted=True):
    if not x.rank:
        raise Skip("0-d")
    return [c.gather(x, part(c, c.argsort(x, axis=dim, descending=largest), dim, 0, k), axis=dim)]


@gradus("searchsorted")
def _(c, sequence, values, out_int32=False, right=False, side="left", sorter=None):
    if sorter is not None or out_int32:
        raise Skip("sorter")
    return c.searchsorted(sequence, values, right=right or side == "right")


@gradus("bincount")
def _(c, x, weights=None, minlength=0):
    if weights is not None:
        raise Skip("weights")
    return c.bincount(x, size=max(minlength, int(x.tensor.max()) + 1 if x.tensor.numel() else 0))


# ---- along one axis
def with_axis(x):
    if not x.rank:
        raise Skip("0-d")
    return x


for name, ours in {"softmax": "softmax", "log_softmax": "log_softmax", "nn.functional.softmin": "softmin"}.items():
    TABLE[name] = lambda c, x, dim=None, dtype=None, _stacklevel=3, ours=ours: c.step(ours, with_axis(cast_to(c, x, dtype)), axis=dim)

TABLE.update(NN)
