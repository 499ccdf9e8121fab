#!/usr/bin/env python3
"""`gradus plan`: the tasks of a recipe's step, for people and for scripts. Never a time."""
import os

from program import expect, fine, gradus, last_json, main

KEYS = {"recipe", "threads", "params", "batch", "ms", "predicted_ms", "arena_bytes", "outside_bytes", "work_bytes", "peak_gflops", "peak_gbytes_per_s", "kept", "kinds", "tasks"}


def scripts(_):
    out = last_json("plan", "digits", "--threads", 1)
    expect(set(out) == KEYS and out["recipe"] == "digits" and out["threads"] == 1, out.keys())
    expect(out["arena_bytes"] > 0 and out["outside_bytes"] > 4 * out["params"], out)
    tasks = out["tasks"]
    expect(len(tasks) > 3, tasks)
    for task in tasks:
        expect(set(task) == {"text", "bytes", "flops", "predicted_ms", "ms", "part"} and task["ms"] >= 0 and 0 <= task["part"] <= 1, task)
    expect(abs(sum(task["part"] for task in tasks) - 1) < 1e-6, "parts")
    expect(sum(kind["tasks"] for kind in out["kinds"]) == len(tasks) and abs(sum(kind["part"] for kind in out["kinds"]) - 1) < 1e-6, out["kinds"])
    expect(any("update" in task["text"] for task in tasks), "the plan ends with the update of the parameters")
    # Products of the forward and of the backward pass: each weight three times, the first layer's twice.
    products = sum(task["flops"] for task in tasks if "matmul" in task["text"] or "addmm" in task["text"])
    expect(products > 4 * out["batch"] * out["params"] * 0.8, (products, out["batch"], out["params"]))


def batch(_):
    small = last_json("plan", "digits", "--set", "train.batch=16", "--threads", 1)
    large = last_json("plan", "digits", "--set", "train.batch=256", "--threads", 1)
    expect(small["batch"] == 16 and large["batch"] == 256 and large["arena_bytes"] > 2 * small["arena_bytes"], (small["arena_bytes"], large["arena_bytes"]))


def people(_):
    text = fine("plan", "xor", "--threads", 1).stdout
    lines = text.splitlines()
    expect(lines[0].split()[:2] == ["time", "part"] and any(line.startswith("> ") for line in lines), text)
    expect("xor: a step of 4 rows" in text and "memory:" in text, text)


def nothing_is_left(here):
    fine("plan", "digits", "--threads", 1)
    expect(os.listdir(here) == [], os.listdir(here))


def refused(_):
    for parts, words in ((["'digitz'", "'digits'"], ["digitz"]), (["RECIPE"], []), (["'optim.lrr'"], ["xor", "--set", "optim.lrr=1"]),
                         (["'no/such.toml'"], ["no/such.toml"]), (["no/such/folder"], ["mnist-mlp", "--data", "no/such/folder"]),
                         (["--seed", "'-1'"], ["xor", "--seed", "-1"])):
        run = gradus("plan", *words)
        expect(run.returncode == 2 and all(part in run.stderr for part in parts) and len(run.stderr.strip().splitlines()) == 1, (words, run.returncode, run.stderr))


main([scripts, batch, people, nothing_is_left, refused])
