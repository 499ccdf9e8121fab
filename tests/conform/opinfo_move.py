"""The part of the table of opinfo.py where elements change place: moves, and places given by integers."""
import math

import torch

from opinfo_common import Skip, axis_of, moved, part, scaled, swapped, table_of, whole, with_axis

MOVE = {}
gradus = table_of(MOVE)

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
    if mode == "circular" and min(pad) < 0:
        raise Skip("PyTorch continues the ring that is left after the cut")
    return padded(c, x, pad, {"reflect": "reflection_pad", "replicate": "replication_pad", "circular": "circular_pad"}[mode])


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


@gradus("index_add")
def _(c, x, dim, index, source, alpha=1):
    return c.add(x, scaled(c, c.index_add(source, c.reshape(index, to=[-1]), axis=dim, size=with_axis(x).shape[dim]), alpha))


@gradus("scatter_add")
def _(c, x, dim, index, source):
    if index.shape != source.shape or any(a != b for i, (a, b) in enumerate(zip(with_axis(x).shape, with_axis(index).shape)) if i != axis_of(dim, x.rank)):
        raise Skip("a part of x")
    return c.add(x, c.scatter_add(source, index, axis=dim, size=x.shape[dim]))


@gradus("index_select")
def _(c, x, dim, index):
    if not x.rank:
        raise Skip("0-d")
    return c.index_select(x, c.reshape(index, to=[-1]), axis=dim)


@gradus("take")
def _(c, x, index):
    at = index.tensor  # negative ones count from the end in PyTorch
    return c.take(x, torch.where(at < 0, at + x.tensor.numel(), at))


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


def places(x, at, dim):
    """Among equal elements PyTorch may name any; of different ones there is one answer."""
    ordered = x.tensor.detach().sort(dim).values
    n = ordered.shape[dim]
    return None if (ordered.narrow(dim, 1, n - 1) == ordered.narrow(dim, 0, n - 1)).any() else at


@gradus("sort")
def _(c, x, dim=-1, descending=False, stable=False):
    with_axis(x)
    return [c.sort(x, axis=dim, descending=descending), places(x, c.argsort(x, axis=dim, descending=descending), dim)]


@gradus("argsort")
def _(c, x, dim=-1, descending=False):
    at = c.argsort(with_axis(x), axis=dim, descending=descending)
    if places(x, at, dim) is None:
        raise Skip("equal elements")
    return at


@gradus("msort")
def _(c, x):
    return c.sort(x, axis=0)


@gradus("topk")
def _(c, x, k, dim=-1, largest=True, sorted=True):
    with_axis(x)
    return [c.topk(x, k=k, axis=dim, largest=largest), places(x, c.argtopk(x, k=k, axis=dim, largest=largest), dim)]


@gradus("unique")
def _(c, x, sorted=True, return_inverse=False, return_counts=False, dim=None):
    if dim is not None or not sorted:
        raise Skip("along an axis, or in any order")
    return [c.unique(x)] + ([c.unique_inverse(x)] if return_inverse else []) + ([c.unique_counts(x)] if return_counts else [])


@gradus("searchsorted")
def _(c, sequence, values, out_int32=False, right=False, side="left", sorter=None):
    if sorter is not None or out_int32:
        raise Skip("sorter")
    return c.searchsorted(sequence, values, right=right or side == "right")


@gradus("bincount")
def _(c, x, weights=None, minlength=0):
    return c.bincount(x, *([] if weights is None else [weights]), minlength=minlength)
