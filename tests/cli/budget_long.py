#!/usr/bin/env python3
"""Training within a memory budget: parameters, gradients and the optimizer plus half of the rest, and the least that is possible."""
import re

from program import expect, gradus, last_json, main


def half(_):
    for name in ("resnet18", "gpt_small", "chain1000"):
        out = last_json("bench", name, "--memory-budget", "half", "--check")
        expect(out["memory_bytes"] <= out["memory_budget"] < out["unlimited_bytes"], out)
        expect(out["memory_budget"] <= (out["unlimited_bytes"] + out["fixed_bytes"]) / 2, out)
        expect(out["equal"] and out["digest"] == out["digest_unlimited"], out)


def fifth(_):
    """What the chain keeps for the way back takes less than a fifth of what it takes without a budget; 264 MB are its parameters and data."""
    natural = last_json("bench", "chain1000", "--min-time", 0)
    budget = 264_000_000 + natural["arena_mb"] * 1e6 / 5
    out = last_json("bench", "chain1000", "--min-time", 0, "--memory-budget", int(budget))
    expect(out["arena_mb"] < natural["arena_mb"] / 5 and out["equal"], out)


def least(_):
    for name in ("lenet", "xor_full4"):
        run = gradus("bench", name, "--memory-budget", 1, "--check")
        found = re.search(r"at least (\d+) bytes", run.stderr)
        expect(run.returncode == 2 and found, run.stderr)
        bytes_ = int(found.group(1))
        expect(gradus("bench", name, "--memory-budget", bytes_ - 1, "--check").returncode == 2, "one byte less")
        out = last_json("bench", name, "--memory-budget", bytes_, "--check")
        expect(out["equal"] and out["memory_bytes"] <= bytes_, out)


def threads(_):
    """--deterministic: the same bits for one, two and three threads."""
    for name in ("lenet", "lstm_char", "gpt_small", "mlp", "resnet18"):
        found = {last_json("bench", name, "--check", "--digest", "--deterministic", "--threads", count)["digest"] for count in (1, 2, 3)}
        expect(len(found) == 1, (name, found))


main([half, fifth, least, threads])
