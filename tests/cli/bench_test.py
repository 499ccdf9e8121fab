#!/usr/bin/env python3
"""`gradus bench`: its names, the keys of its JSON, the networks it measures, and that a plan gives what eager gives. Never a time."""
import math
import os
import pathlib
import subprocess
import sys

from program import GRADUS, expect, fine, gradus, last_json, main

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KEYS = ["workload", "threads", "ms_min", "ms_median", "reps", "params", "gflop", "gflops", "peak_rss_mb", "check"]
# Parameters as the peers' networks have them; None: none are trained.
PARAMS = {"xor_full4": 13, "xor_batch1": 13, "mlp": 535818, "lenet": 1199882, "resnet18": 11173962, "lstm_char": 350593, "gpt_small": 826368,
          "eltwise10m": 0, "eltwise10m_nograd": 0, "scalar_chain1000": 0, "ln_gelu_drop": 2048, "infer_mlp_b1": 535818, "infer_lenet_b1": 1199882,
          "gemm1024": 0}
SLOW = {"chain1000"}  # tests/cli/budget_long.py
# A net that has learned nothing has the loss of a guess, log(classes); after five steps it is less.
LOSS = {"xor_full4": (0.2, 0.4), "mlp": (0.4, 2.2), "lenet": (0.4, 2.2), "resnet18": (0.2, 2.2), "lstm_char": (3, 4.17), "gpt_small": (3, 4.17)}
# 10^9 operations of a step, counted by hand: 6 for each multiply-add of the forward pass, less 2 where no gradient of the input is needed.
GFLOP = {"mlp": 0.30815, "lenet": 4.58018, "resnet18": 106.527916, "lstm_char": 4.231004, "gpt_small": 11.376525, "infer_mlp_b1": 0.00107,
         "infer_lenet_b1": 0.0239849, "gemm1024": 2.147484}


def names(_):
    known = last_json("bench")["workloads"]
    expect(set(PARAMS) | SLOW | {"scalar_value", "eager_op", "gemm", "conv", "peak", "bandwidth"} == set(known), known)
    lines = fine("bench").stdout.splitlines()
    expect(len(lines) == len(known) + 1 and lines[-1].startswith("all "), lines)


def checks(_):
    """Each workload gives in a plan what it gives in eager, from the same start."""
    for name, params in PARAMS.items():
        out = last_json("bench", name, "--check", "--threads", 1)
        expect(out["workload"] == name and out["threads"] == 1 and out["params"] == params, out)
        expect(out["equal"] and abs(out["check"] - out["check_eager"]) <= 1e-3 * abs(out["check_eager"]), out)
        expect(abs(out["gflop"] - GFLOP.get(name, out["gflop"])) < 1e-3 * out["gflop"] + 1e-12, out)
        expect(out["tasks"] > 0, out)
        low, high = LOSS.get(name, (-math.inf, math.inf))
        expect(low < out["check"] < high, out)


def keys(_):
    for words in (["xor_full4"], ["xor_batch1"], ["scalar_chain1000"], ["infer_mlp_b1"], ["gemm", "64x32x16"], ["conv", "2x3x8x8", "4x3x3", "padding=1"],
                  ["scalar_value"], ["eager_op"], ["peak"], ["bandwidth"]):
        out = last_json("bench", *words, "--min-time", "0", "--threads", 1)
        expect([key for key in KEYS if key not in out] == [], (words, out))
        expect(out["workload"] == words[0] and out["reps"] >= 5 and 0 < out["ms_min"] <= out["ms_median"] and out["peak_rss_mb"] > 1, out)
        if words[0] not in ("scalar_value", "eager_op", "peak", "bandwidth"):
            expect(out["equal"] and out["limit_ms"] >= 0 and 0 <= out["share"] < 2, out)
    out = last_json("bench", "peak", "--min-time", "0", "--threads", 1)
    expect(out["gflops"] > 0.5 and out["gflops_1_thread"] > 0.5, out)


def sizes(_):
    out = last_json("bench", "gemm", "8x4x2", "--check", "--threads", 1)
    expect(abs(out["gflop"] - 2e-9 * 8 * 4 * 2) < 1e-15 and out["sizes"] == "8x4x2", out)
    out = last_json("bench", "conv", "2x3x9x7", "4x3x3", "stride=2", "padding=1", "--check", "--threads", 1)
    expect(abs(out["gflop"] - 3 * 2e-9 * 2 * 5 * 4 * 4 * 3 * 9) < 1e-15, out)
    for parts, words in ((["'8x4'", "2 sizes"], ["gemm", "8x4"]), (["'8x4xa'"], ["gemm", "8x4xa"]), (["'0x4x4'", "from 1"], ["gemm", "0x4x4"]),
                         (["one word", "0 are given"], ["gemm"]), (["99999x99999x2", "too large"], ["gemm", "99999x99999x2"]),
                         (["two words"], ["conv", "2x3x9x7"]), (["'4x3x3x3'"], ["conv", "2x3x9x7", "4x3x3x3"]),
                         (["windows of 9", "7"], ["conv", "2x3x9x7", "4x9x9"]), (["'stride=0'"], ["conv", "2x3x9x7", "4x3x3", "stride=0"]),
                         (["'pad=1'"], ["conv", "2x3x9x7", "4x3x3", "pad=1"]), (["'512'", "no sizes"], ["mlp", "512"]),
                         (["'resnet81'", "'resnet18'"], ["resnet81"]), (["--min-time", "'-1'"], ["mlp", "--min-time", "-1"]),
                         (["--min-time", "'1s'"], ["mlp", "--min-time", "1s"]), (["--tasks", "'0'"], ["mlp", "--tasks", "0"])):
        run = gradus("bench", *words)
        expect(run.returncode == 2 and all(part in run.stderr for part in parts), (words, run.returncode, run.stderr))


def budget(_):
    """Within a memory budget the bits stay; one byte too few is refused, and the least is named."""
    run = gradus("bench", "mlp", "--memory-budget", "half", "--check", "--threads", 1)
    least = int(run.stderr.split(" at least ")[1].split()[0]) if run.returncode == 2 else 0
    expect(least > 0, run.stderr)
    out = last_json("bench", "mlp", "--memory-budget", least, "--check", "--threads", 1)
    expect(out["equal"] and out["digest"] == out["digest_unlimited"] and out["memory_bytes"] <= least == out["memory_budget"], out)
    for words, parts in (((least - 1,), [str(least - 1), f"at least {least} bytes"]), (("much",), ["--memory-budget", "'much'"]), ((0,), ["'0'"])):
        run = gradus("bench", "mlp", "--check", "--threads", 1, "--memory-budget", *words)
        expect(run.returncode == 2 and all(part in run.stderr for part in parts), run.stderr)
    run = gradus("bench", "eltwise10m", "--memory-budget", "half")
    expect(run.returncode == 2 and "trains nothing" in run.stderr, run.stderr)
    found = {last_json("bench", "xor_full4", "--check", "--digest", "--deterministic", "--threads", n)["digest"] for n in (1, 2, 3)}
    expect(len(found) == 1, found)


def tasks(_):
    out = last_json("bench", "infer_mlp_b1", "--min-time", "0", "--tasks", "2", "--threads", 1)
    listed = out["longest_tasks"]
    expect(len(listed) == min(2, out["tasks"]) and all(task["ms"] > 0 and task["bytes"] > 0 and task["text"] for task in listed), out)
    expect([task["ms"] for task in listed] == sorted((task["ms"] for task in listed), reverse=True), listed)
    expect(listed[0]["text"] in fine("bench", "infer_mlp_b1", "--min-time", "0", "--tasks", "99", "--threads", 1).stdout, "the text")


def vs_torch(_):
    """What is missing is said in one sentence, with status 2."""
    script = [sys.executable, "-B", str(ROOT / "bench" / "vs_torch")]
    env = {**os.environ, "GRADUS": GRADUS}
    for words, text, environment in ((["--only", "mlpp"], "'mlpp'", env), (["--python", "/nowhere/python3"], "/nowhere/python3", env),
                                     (["--threads", "0"], "--threads", env), ([], "'/nowhere/gradus'", {**env, "GRADUS": "/nowhere/gradus"})):
        run = subprocess.run([*script, *words], capture_output=True, text=True, env=environment)
        expect(run.returncode == 2 and text in run.stderr and "Traceback" not in run.stderr, (words, run.stderr))
    # A Python without torch: this one, told to look for modules nowhere.
    (here := pathlib.Path("python")).write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "$@"\n')
    here.chmod(0o755)
    run = subprocess.run([*script, "--python", str(here.resolve())], capture_output=True, text=True, env=env)
    expect(run.returncode == 2 and "python3-torch" in run.stderr, run.stderr)


main([names, checks, keys, sizes, budget, tasks, vs_torch])
