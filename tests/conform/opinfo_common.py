"""What the tables of opinfo.py share."""
import torch


class Skip(Exception):
    """This sample is no call of an operation of Gradus; the text says why."""


def table_of(table):
    def named(*names):
        def keep(f):
            for name in names:
                table[name] = f
            return f
        return keep
    return named


def axis_of(axis, rank):
    return axis + rank if axis < 0 else axis


def whole(x):
    """One number or several, as a list."""
    return [x] if isinstance(x, int) else list(x)


def axes_of(dim, x=None):
    """PyTorch's dim of a reduction: none, and none of several, is all; 0-d tensors are said to have an axis."""
    return "all" if dim is None or (x is not None and not x.rank) or (not isinstance(dim, int) and len(dim) == 0) else whole(dim)


def moved(rank, source, destination):
    source, destination = [axis_of(i, rank) for i in source], [axis_of(i, rank) for i in destination]
    order = [i for i in range(rank) if i not in source]
    for to, at in sorted(zip(destination, source)):
        order.insert(to, at)
    return order


def cast_to(c, x, dtype):
    if dtype is None or dtype == torch.float64:
        return x
    raise Skip(f"dtype {dtype}")


def scaled(c, x, factor):
    return x if factor == 1 else c.mul(x, factor)


def with_axis(x):
    if not x.rank:
        raise Skip("0-d")
    return x


def swapped(c, x, a, b):
    order = list(range(x.rank))
    if order:
        a, b = axis_of(a, x.rank), axis_of(b, x.rank)
        order[a], order[b] = order[b], order[a]
    return c.permute(x, order=order)


def part(c, x, axis, first, last, step=1):
    return c.slice(x, axis=axis, first=first, last=last, step=step)
