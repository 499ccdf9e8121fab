#!/usr/bin/env python3
"""Checks that #include arrows only point down. The table is that of docs/design.md."""
import pathlib
import re
import sys

LAYERS = ["base", "lang", "tensor", "ops", "autodiff", "plan", "nn", "optim", "data", "train", "view", "cli", "python"]
# A side folder: what it may include, and the first layer that may include it (None: nobody does).
SIDES = {
    "scalar": (["base", "lang", "ops"], "autodiff"),
    "backend/cpu": (["base", "lang", "tensor", "ops"], None),
    "backend/cuda": (["base", "lang", "tensor", "ops"], None),
    "comm/mpi": (["base", "lang", "tensor", "ops"], None),
    "comm/nccl": (["base", "lang", "tensor", "ops"], None),
    "formats/safetensors": (["base", "lang", "tensor"], "ops"),
    "formats/npy": (["base", "lang", "tensor"], "ops"),
    "formats/onnx": (["base", "lang", "tensor", "ops", "autodiff", "linalg"], "cli"),
    "linalg": (["base", "lang", "tensor", "ops"], "autodiff"),
}
# Public headers must stay quick to compile: each of these costs 0.2 to 1 s a file.
HEAVY = re.compile(r"(fmt|CLI|nlohmann|toml\+\+|google/protobuf|oneapi|hwy)/|(dnnl\.hpp|regex|filesystem|chrono|thread|random)$")


def folder(path):
    """formats/safetensors.hpp is of that side; tensor/node.hpp and tensor.hpp are of layer tensor; backend/cpu/x.hpp of backend/cpu; gradus.hpp is above all."""
    parts = pathlib.PurePosixPath(path).parts
    pair, first = "/".join(parts[:2]), re.sub(r"\..*", "", parts[0])
    pair = re.sub(r"\.hpp$", "", pair)
    return pair if pair in SIDES else first


def allowed(source, target):
    if source == target or source == "gradus":
        return True
    if source in SIDES:
        return target in SIDES[source][0]
    if target in SIDES:
        first = SIDES[target][1]
        return first is not None and LAYERS.index(source) >= LAYERS.index(first)
    return target in LAYERS and LAYERS.index(target) < LAYERS.index(source)


def main():
    root, faults, count = pathlib.Path(__file__).resolve().parent.parent, [], 0
    for tree in ("include/gradus", "src"):
        for file in sorted((root / tree).rglob("*.[hc]pp")):
            source, count = folder(file.relative_to(root / tree).as_posix()), count + 1
            if source not in LAYERS and source not in SIDES and source != "gradus":
                faults.append(f"{file.relative_to(root)}: '{source}' is not a folder of the design")
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
                if not include:
                    continue
                quote, name = include.groups()
                if tree == "include/gradus" and HEAVY.match(name):
                    faults.append(f"{file.relative_to(root)}:{number}: <{name}> is kept out of public headers")
                if name.startswith("gradus/"):
                    name = name[len("gradus/"):]
                elif (root / "src" / name).exists():
                    pass
                elif quote == '"' and (file.parent / name).exists():
                    name = (file.parent / name).resolve().relative_to(root / tree).as_posix()
                else:
                    continue  # the system's
                if not allowed(source, folder(name)):
                    faults.append(f"{file.relative_to(root)}:{number}: {source} must not include {folder(name)} ({name})")
    print("\n".join(faults) or f"{count} files: every include points down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
