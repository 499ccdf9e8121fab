#!/usr/bin/env python3
"""gradus conform onnx: folders and archives, the counts, the exit status, and what broken files are told."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tarfile

from program import GRADUS, expect, fine, gradus, last_json, main


# A little of protobuf: just enough to write a model and a tensor.
def varint(n):
    out = b""
    while True:
        out += bytes([n & 0x7F | (0x80 if n > 0x7F else 0)])
        n >>= 7
        if n == 0:
            return out


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(*values):
    return field(1, len(values)) + field(2, 1) + field(9, struct.pack(f"<{len(values)}f", *values))


def value_info(name):
    return field(1, name) + field(2, field(1, field(1, 1)))


def model(op):
    node = field(1, "x") + field(2, "y") + field(4, op)
    graph = field(1, node) + field(2, "g") + field(11, value_info("x")) + field(12, value_info("y"))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


def write_case(folder, op, given, expected):
    data = pathlib.Path(folder) / "test_data_set_0"
    data.mkdir(parents=True)
    (data.parent / "model.onnx").write_bytes(model(op))
    (data / "input_0.pb").write_bytes(tensor(*given))
    (data / "output_0.pb").write_bytes(tensor(*expected))


def pack(archive, folder):
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder)


def refused(parts, *words):
    run = gradus("conform", "onnx", *words)
    expect(run.returncode == 2, f"{words}: status {run.returncode}\n{run.stdout}{run.stderr}")
    for part in parts:
        expect(part in run.stderr, f"{words}: '{part}' is not in: {run.stderr}")
    expect(len(run.stderr.strip().splitlines()) == 1, run.stderr)


def folders_and_archives(_):
    write_case("cases/node/test_neg", "Neg", [1, -2], [-1, 2])
    write_case("cases/deep/er/test_loop", "Loop", [1], [1])
    pathlib.Path("cases/model_without_data").mkdir()
    pathlib.Path("cases/model_without_data/model.onnx").write_bytes(model("Neg"))
    out = last_json("conform", "onnx", "cases")
    expect((out["cases"], out["passed"], out["failed"], out["unsupported"]) == (2, 1, 0, 1), out)
    expect(out["unsupported_names"] == ["er/test_loop"], out)
    expect(out["not_supported"] == [{"operator": "Loop", "reason": "control flow", "cases": ["er/test_loop"]}], out)
    expect({"operator": "Neg", "passed": 1, "failed": 0, "unsupported": 0} in out["operators"], out)
    text = fine("conform", "onnx", "cases").stdout
    expect("2 cases: 1 passed, 0 failed, 1 unsupported" in text and "unsupported Loop: control flow (1 case)" in text, text)
    pack("cases.tar.gz", "cases")
    expect(last_json("conform", "onnx", "cases.tar.gz") == out, "the archive differs from the folder")
    os.mkdir("with")
    os.rename("cases.tar.gz", "with/cases.tar.gz")
    expect(last_json("conform", "onnx", "with") == out, "an archive in a folder differs")


def wrong_answers(_):
    write_case("cases/test_neg", "Neg", [1, -2], [-1, 3])
    run = gradus("conform", "onnx", "cases", "--json")
    expect(run.returncode == 1, run)
    out = json.loads(run.stdout.splitlines()[-1])
    expect(out["failed_names"] == ["cases/test_neg"], out)
    expect(out["failures"] == [{"case": "cases/test_neg", "operator": "Neg", "reason": "output 'y' is 2 at 1, not 3"}], out)
    run = gradus("conform", "onnx", "cases")
    expect(run.returncode == 1 and "failed cases/test_neg: Neg: output 'y' is 2 at 1, not 3" in run.stdout, run)


def broken(_):
    refused(["PATH"])
    refused(["'nowhere'"], "nowhere")
    os.mkdir("empty")
    refused(["no model.onnx", "'empty'"], "empty")
    pathlib.Path("some.txt").write_text("x")
    refused(["neither a folder nor a .tar.gz"], "some.txt")
    pathlib.Path("bad.tar.gz").write_text("x" * 100)
    refused(["bad.tar.gz", "damaged gzip"], "bad.tar.gz")
    write_case("cases/node/test_neg", "Neg", [1, -2], [-1, 2])
    pack("cases.tar.gz", "cases")
    whole = pathlib.Path("cases.tar.gz").read_bytes()
    for size in (0, 30, len(whole) // 2, len(whole) - 4):
        pathlib.Path("cut.tar.gz").write_bytes(whole[:size])
        refused(["cut.tar.gz"], "cut.tar.gz")
    one = pathlib.Path("cases/node/test_neg/model.onnx")
    one.write_bytes(one.read_bytes()[:-5])
    refused(["node/test_neg", "damaged or truncated"], "cases")
    one.write_bytes(model("Neg"))
    (one.parent / "test_data_set_0/output_0.pb").write_bytes(b"\xff")
    refused(["node/test_neg", "output_0.pb"], "cases")


if __name__ == "__main__":
    probe = subprocess.run([GRADUS, "conform", "onnx", "/nowhere"], capture_output=True, text=True)
    if "built without ONNX" in probe.stderr:
        print("built without ONNX")
        sys.exit(77)
    main([folders_and_archives, wrong_answers, broken])
