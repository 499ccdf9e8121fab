"""The part of the table of opinfo.py that sums: reductions, products, linear algebra."""
import torch

from opinfo_common import Skip, axes_of, cast_to, part, scaled, swapped, table_of, with_axis

SUM = {}
gradus = table_of(SUM)

# ---- reductions
def reduction(op, **fixed):
    def made(c, x, dim=None, keepdim=False, *, dtype=None, **kwargs):
        return c.step(op, cast_to(c, x, dtype), axes=axes_of(dim, x), keepdims=keepdim, **fixed)
    return made


for name, ours in {"sum": "sum", "mean": "mean", "amax": "max", "amin": "min", "prod": "prod", "all": "all", "any": "any", "nansum": "nansum",
                   "nanmean": "nanmean"}.items():
    SUM[name] = reduction(ours)


def extreme(op, arg):
    def made(c, x, dim=None, keepdim=False):
        if dim is None:
            return c.step(op, x, axes="all")
        return [c.step(op, x, axes=axes_of(dim, x), keepdims=keepdim), c.step(arg, x, axis=dim, keepdims=keepdim) if x.rank else None]
    return made


SUM["max/reduction_with_dim"], SUM["min/reduction_with_dim"] = extreme("max", "argmax"), extreme("min", "argmin")
SUM["max/reduction_no_dim"], SUM["min/reduction_no_dim"] = extreme("max", "argmax"), extreme("min", "argmin")


@gradus("aminmax")
def _(c, x, dim=None, keepdim=False):
    with_axis(x)
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


SUM["argmax"], SUM["argmin"] = placed("argmax"), placed("argmin")


def spread(op):
    def made(c, x, dim=None, unbiased=None, keepdim=False, correction=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        amount = correction if correction is not None else 1 if unbiased is None else int(unbiased)
        return c.step(op, x, axes=axes_of(dim, x), correction=amount, keepdims=keepdim)
    return made


SUM["var"], SUM["std"] = spread("var"), spread("std")


def spread_and_mean(op):
    def made(c, x, dim=None, unbiased=None, keepdim=False, correction=None):
        first = spread(op)(c, x, dim, unbiased, keepdim, correction)
        return [first, c.mean(x, axes=axes_of(None if isinstance(dim, bool) else dim, x), keepdims=keepdim)]
    return made


SUM["var_mean"], SUM["std_mean"] = spread_and_mean("var"), spread_and_mean("std")


@gradus("logsumexp")
def _(c, x, dim, keepdim=False):
    return c.logsumexp(x, axes=axes_of(dim, x), keepdims=keepdim)


for name in ("cumsum", "cumprod"):
    SUM[name] = lambda c, x, dim, dtype=None, name=name: c.step(name, with_axis(cast_to(c, x, dtype)), axis=dim)
for name in ("cummax", "cummin"):
    SUM[name] = lambda c, x, dim, name=name: [c.step(name, with_axis(x), axis=dim), c.step(name.replace("cum", "cumarg"), x, axis=dim)]


@gradus("linalg.vector_norm")
def _(c, x, ord=2, dim=None, keepdim=False, dtype=None):
    if float(torch.tensor(float(ord), dtype=torch.float32)) != ord:
        raise Skip("PyTorch 1.13 rounds ord to float32")
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


SUM["__rmatmul__"] = lambda c, a, b: SUM["matmul"](c, b, a)
for name, ours in {"mm": "matmul", "bmm": "matmul", "dot": "dot", "vdot": "dot", "outer": "outer"}.items():
    SUM[name] = lambda c, a, b, ours=ours: c.step(ours, a, b)


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


@gradus("linalg.inv", "linalg.inv_ex")
def _(c, x, check_errors=False):
    return [c.inv(x)]


@gradus("linalg.det")
def _(c, x):
    c.no_gradient = bool((x.tensor.det() == 0).any())  # PyTorch 1.13 then gives 0, whatever the cofactors are
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


# ---- along one axis
for name, ours in {"softmax": "softmax", "log_softmax": "log_softmax", "nn.functional.softmin": "softmin"}.items():
    SUM[name] = lambda c, x, dim=None, dtype=None, _stacklevel=3, ours=ours: c.step(ours, with_axis(cast_to(c, x, dtype)), axis=dim)
