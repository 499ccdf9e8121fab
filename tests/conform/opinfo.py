#!/usr/bin/python3
"""Makes reference vectors from PyTorch's OpInfo database, for `gradus conform opinfo FILE`.

    tests/conform/opinfo.py FILE [--seeds N] [--only NAME]

For every sample call of an operation that tests/conform/opinfo_table.py knows, PyTorch computes in float64 on the CPU its value and,
for a fixed cotangent, its vector-Jacobian products. FILE is one safetensors file: the tensors, and under the metadata key "calls" a
JSON list that says of each call which Gradus operations with which attributes on which tensors must give the same.
Needs Debian's python3-torch (1.13.1), python3-numpy and python3-scipy.
"""
import argparse
import collections
import json
import math
import struct
import sys
import types
import unittest
import warnings

sys.dont_write_bytecode = True
# torch.testing imports a package that Debian does not have, for a class of tests that we do not run.
expecttest = types.ModuleType("expecttest")
expecttest.TestCase, expecttest.ACCEPT = unittest.TestCase, False
sys.modules.setdefault("expecttest", expecttest)
warnings.filterwarnings("ignore")

import torch  # noqa: E402
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.testing._internal.opinfo.core import gradcheck_wrapper_hermitian_input  # noqa: E402

from opinfo_common import Skip  # noqa: E402
from opinfo_table import TABLE  # noqa: E402

LARGEST = 2000  # elements of a call; the database also has some large ones for speed tests
MOST = 3000     # calls for one entry of the database and seed


class Handle:
    """A tensor of a call: an input, or the result of a step."""

    def __init__(self, index, tensor=None):
        self.index, self.tensor = index, tensor

    @property
    def shape(self):
        return list(self.tensor.shape)

    @property
    def rank(self):
        return self.tensor.dim()


def text(value):
    """An attribute as the program reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, torch.dtype):
        return {torch.float64: "f64", torch.int64: "i64", torch.bool: "bool"}[value]
    if isinstance(value, float):
        return "inf" if value == math.inf else "-inf" if value == -math.inf else repr(value)
    if isinstance(value, (list, tuple, torch.Size)):
        return "[" + ", ".join(str(int(v)) for v in value) + "]"
    return str(value)


class Call:
    """What the table writes to: c.matmul(a, b), c.sum(x, axes=[0]) are steps; numbers become inputs without a derivative."""

    def __init__(self):
        self.inputs, self.steps = [], []
        self.no_gradient = False  # the table says so, and why

    def input(self, tensor):
        if tensor.dtype not in (torch.float64, torch.int64, torch.bool, torch.uint8):
            raise Skip(f"dtype {tensor.dtype}")
        handle = Handle(len(self.inputs), tensor)
        self.inputs.append(handle)
        return handle

    def constant(self, number):
        kind = torch.bool if isinstance(number, bool) else torch.int64 if isinstance(number, int) else torch.float64
        return self.input(torch.tensor(number, dtype=kind))

    def step(self, op, *operands, **attributes):
        handles = [x if isinstance(x, Handle) else self.input(x) if isinstance(x, torch.Tensor) else self.constant(x) for x in operands]
        handle = Handle(None)
        self.steps.append((op, handles, {k: text(v) for k, v in attributes.items()}, handle))
        return handle

    def __getattr__(self, op):
        return lambda *operands, **attributes: self.step(op.rstrip("_"), *operands, **attributes)

    def program(self):
        """The steps with tensors by number: inputs first, then results."""
        for k, (_, _, _, handle) in enumerate(self.steps):
            handle.index = len(self.inputs) + k
        return [{"op": op, "in": [h.index for h in handles], "attributes": attributes} for op, handles, attributes, _ in self.steps]


def tree(f, x):
    if isinstance(x, (list, tuple)) and not isinstance(x, torch.Size):
        return type(x)(tree(f, v) for v in x)
    if isinstance(x, dict):
        return {k: tree(f, v) for k, v in x.items()}
    return f(x)


def tensors_of(x):
    found = []
    tree(lambda v: found.append(v) if isinstance(v, torch.Tensor) else None, x)
    return found


class Vectors:
    """The file that is being made. All numbers stand in two long vectors, floats in one and integers in the other."""

    def __init__(self):
        self.calls, self.blocks, self.lengths = [], {"f64": [], "i64": []}, {"f64": 0, "i64": 0}

    def tensor(self, tensor):
        """Where the tensor is: dtype, shape, and the place of its first number."""
        kind = "f64" if tensor.dtype == torch.float64 else "i64"
        at = self.lengths[kind]
        self.lengths[kind] += tensor.numel()
        self.blocks[kind].append(tensor.detach().to(torch.float64 if kind == "f64" else torch.int64).contiguous().numpy().tobytes())
        return [{torch.float64: "f64", torch.int64: "i64", torch.bool: "bool", torch.uint8: "u8"}[tensor.dtype], list(tensor.shape), at]

    def add(self, name, call, steps, result, value, cotangent, gradients):
        self.calls.append({"call": name, "inputs": [self.tensor(h.tensor) for h in call.inputs], "steps": steps, "result": result, "value": self.tensor(value),
                           "cotangent": self.tensor(cotangent) if gradients else None,
                           "gradients": [{"of": index, "value": self.tensor(gradient)} for index, gradient in gradients]})

    def write(self, path):
        sizes = {kind: 8 * length for kind, length in self.lengths.items()}
        entries = {"f64": {"dtype": "F64", "shape": [self.lengths["f64"]], "data_offsets": [0, sizes["f64"]]},
                   "i64": {"dtype": "I64", "shape": [self.lengths["i64"]], "data_offsets": [sizes["f64"], sizes["f64"] + sizes["i64"]]}}
        header = json.dumps({"__metadata__": {"calls": json.dumps(self.calls), "torch": torch.__version__}, **entries}).encode()
        header += b" " * (-len(header) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(header)) + header)
            file.writelines(self.blocks["f64"])
            file.writelines(self.blocks["i64"])


def cotangent_of(value, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(value.shape, generator=generator, dtype=torch.float64) * 2 - 1


def describe(op, sample):
    short = lambda v: "x".join(map(str, v.shape)) or "0-d" if isinstance(v, torch.Tensor) else repr(v)
    parts = [str(tree(short, sample.input))] + [str(tree(short, a)) for a in sample.args] + [f"{k}={tree(short, v)}" for k, v in sample.kwargs.items()]
    return f"{op.name}{'/' + op.variant_test_name if op.variant_test_name else ''}({', '.join(parts)})"


def record(vectors, op, table, sample, number, seed):
    """One sample: as many records as the table says outputs."""
    arguments = [sample.input, list(sample.args), dict(sample.kwargs)]
    if sum(t.numel() for t in tensors_of(arguments)) > LARGEST:
        raise Skip("large")
    # Leaves of our own, so that no sample shares a history with another.
    fresh = tree(lambda v: v.detach().clone().requires_grad_(v.requires_grad) if isinstance(v, torch.Tensor) else v, arguments)
    symmetric = op.gradcheck_wrapper is gradcheck_wrapper_hermitian_input  # the database's way to give eigh what it needs
    output = (op.gradcheck_wrapper(op.op, fresh[0], *fresh[1], **fresh[2]) if symmetric else op.op(fresh[0], *fresh[1], **fresh[2]))
    outputs = list(output) if isinstance(output, (list, tuple)) else [output]
    call = Call()
    handles = {}

    def handle(v):
        if not isinstance(v, torch.Tensor):
            return v
        handles[id(v)] = call.input(v)
        return handles[id(v)]

    taken = tree(handle, fresh)
    if symmetric:
        order = list(range(taken[0].rank))
        order[-2:] = order[:-3:-1]
        x, taken[0] = taken[0], call.add(taken[0], call.permute(taken[0], order=order))
        taken[0].tensor = x.tensor
    results = table(call, taken[0], *taken[1], **taken[2])
    results = results if isinstance(results, list) else [results]
    if len(results) > len(outputs):
        raise Skip("more results than outputs")
    steps = call.program()
    leaves = [v for v in tensors_of(fresh) if v.requires_grad]
    for k, (result, value) in enumerate(zip(results, outputs)):
        if result is None:
            continue
        if callable(result):  # the table's own view of this output, such as a magnitude
            result, value = result(value)
        if value.dtype.is_complex or value.numel() > LARGEST:
            raise Skip("result")
        if value.dtype not in (torch.float64, torch.int64, torch.bool, torch.uint8):
            raise Skip(f"dtype {value.dtype}")
        cotangent, gradients = None, []
        # What a derivative is at NaN and infinity is a convention; the value is compared there too.
        defined = all(bool(t.isfinite().all()) for t in tensors_of(fresh)) and not bool(value.isnan().any())
        if value.dtype == torch.float64 and value.requires_grad and leaves and op.supports_autograd and defined and not call.no_gradient:
            cotangent = cotangent_of(value, number)
            try:
                found = torch.autograd.grad(value, leaves, cotangent, retain_graph=True, allow_unused=True)
            except (RuntimeError, NotImplementedError):
                found = []  # PyTorch has no derivative here; the value remains
            # None: PyTorch lost the way to this input. A "zero tensor" has no memory of its own.
            gradients = [(handles[id(leaf)].index, torch.zeros_like(leaf) + g) for leaf, g in zip(leaves, found) if g is not None]
        name = describe(op, sample) + (f" output {k}" if len(results) > 1 else "") + (f" seed {seed}" if seed else "")
        vectors.add(name, call, steps, result.index, value, cotangent, gradients)


def samples(op, seed):
    dtype = torch.float64 if op.supports_dtype(torch.float64, "cpu") else torch.int64
    if not op.supports_dtype(dtype, "cpu"):
        return []
    torch.manual_seed(seed)
    wanted = dtype == torch.float64 and op.supports_autograd
    # Reference inputs hold the samples, and where there are such broadcasts, zero sizes and extreme values; they know no seed.
    make = op.reference_inputs if seed == 0 else op.sample_inputs
    for attempt in (make, op.sample_inputs)[: 2 if seed == 0 else 1]:
        try:
            return list(attempt("cpu", dtype, requires_grad=wanted))
        except Exception as error:  # a fault of the database itself
            print(f"{op.name}: {attempt.__name__}: {error!r}"[:200], file=sys.stderr)
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--seeds", type=int, default=1, help="how often samples are drawn (1)")
    parser.add_argument("--only", help="one operation of PyTorch")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    vectors, reasons, unused = Vectors(), collections.Counter(), set(TABLE)
    for seed in range(arguments.seeds):
        for op in op_db:
            name = op.name + ("/" + op.variant_test_name if op.variant_test_name else "")
            table = TABLE.get(name) or TABLE.get(op.name)
            if table is None or (arguments.only and arguments.only not in (op.name, name)):
                continue
            unused -= {name, op.name}
            for number, sample in enumerate(samples(op, seed)):
                if number >= MOST:
                    break
                try:
                    record(vectors, op, table, sample, number, seed)
                except Skip as skip:
                    reasons[f"{name}: {skip}"] += 1
                except Exception as error:
                    reasons[f"{name}: ERROR {error!r}"[:160]] += 1
    vectors.write(arguments.file)
    if not arguments.only:
        for name in sorted(unused):
            print(f"in the table, but not in the database: {name}", file=sys.stderr)
    for reason, count in sorted(reasons.items()):
        print(f"left out {count}: {reason}", file=sys.stderr)
    print(f"{len(vectors.calls)} calls in {arguments.file}")


if __name__ == "__main__":
    main()
