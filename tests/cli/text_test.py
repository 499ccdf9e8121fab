#!/usr/bin/env python3
"""Text from end to end: training on a file of one's own, what is written, and what is refused."""
import json
import os
import struct

from program import expect, fine, gradus, last_json, main

SMALL = ["--set", "model.layers=['embedding 8', 'positions', 'transformer heads=2', 'layer_norm', 'linear symbols']", "--set", "data.context=16"]


def refused(parts, *words, **more):
    run = gradus(*words, **more)
    expect(run.returncode == 2, f"{words}: status {run.returncode}\n{run.stdout}{run.stderr}")
    for part in parts:
        expect(part in run.stderr, f"{words}: '{part}' is not in: {run.stderr}")
    expect(len(run.stderr.strip().splitlines()) == 1, f"{words}: more than one line: {run.stderr}")


def write_text(name="mine.txt"):
    with open(name, "w") as file:
        file.write("how much wood would a woodchuck chuck?\nas much as he could.\n" * 60)


def a_text(_):
    write_text()
    out = last_json("train", "shakespeare-gpt", "--data", "mine.txt", "--set", "train.steps=60", *SMALL)
    expect(out["steps"] == 60 and out["ended"] == "all steps are done", out)
    expect({"test_loss", "perplexity", "test_accuracy", "train_loss"} <= set(out), out)
    run = out["run"]
    expect(abs(last_json("eval", run)["test_loss"] - out["test_loss"]) < 1e-9, "eval")
    os.rename("mine.txt", "moved.txt")
    expect(last_json("eval", run, "--data", "moved.txt")["test_loss"] == out["test_loss"], "eval with --data")
    written = last_json("generate", run, "--prompt", "how much", "--length", "30", "--seed", "4")
    expect(written["text"].startswith("how much") and len(written["text"]) == 38 and written["seed"] == 4 and written["temperature"] == 0.8, written)
    expect(fine("generate", run, "--prompt", "how much", "--length", "30", "--seed", "4").stdout == written["text"] + "\n", "text and --json differ")
    greedy = [fine("generate", run, "--temperature", "0", "--length", "20", "--seed", s).stdout for s in (1, 2)]
    expect(greedy[0] == greedy[1], "greedy text depends on the seed")
    expect(len(fine("generate", run).stdout) == 501, "500 characters unless said otherwise")
    with open("lines.txt", "w") as file:
        file.write("how muc\nwoodchu\n")
    expect(len(fine("predict", run, "lines.txt").stdout.splitlines()) == 2, "predict")
    refused(["'X'", "--prompt"], "generate", run, "--prompt", "X")
    refused(["--prompt", "UTF-8"], "generate", run, "--prompt", os.fsdecode(b"\xff\xfe"))
    refused(["--temperature", "'warm'"], "generate", run, "--temperature", "warm")
    refused(["--temperature", "-1"], "generate", run, "--temperature", "-1")
    refused(["--length", "'0'"], "generate", run, "--length", "0")
    refused(["--length", "'many'"], "generate", run, "--length", "many")
    refused(["nowhere"], "generate", "nowhere")


def words(_):
    with open("names.txt", "w") as file:
        file.writelines(name + "\n" for name in ["anna", "otto", "nora", "tara", "rosa"] * 20)
    out = last_json("train", "names-mlp", "--data", ".", "--set", "train.epochs=3")
    expect({"valid_loss", "test_loss", "perplexity"} <= set(out), out)
    run = fine("generate", out["run"], "--length", "7")
    expect(len(run.stdout.splitlines()) == 7, run.stdout)
    written = last_json("generate", out["run"], "--prompt", "an", "--length", "2")
    expect(len(written["words"]) == 2 and all(word.startswith("an") for word in written["words"]), written)


def what_is_refused(_):
    nothing = {"GRADUS_DATA": ""}
    for recipe, file in (("shakespeare-gpt", "tinyshakespeare/input.txt"), ("shakespeare-lstm", "tinyshakespeare/input.txt"), ("names-mlp", "names/names.txt")):
        refused([file, "looked for", "--data"], "train", recipe, env=nothing)
    refused(["nowhere"], "train", "shakespeare-gpt", "--data", "nowhere")
    write_text("short.txt")
    os.truncate("short.txt", 100)
    refused(["short.txt", "data.context"], "train", "shakespeare-lstm", "--data", "short.txt")
    run = last_json("train", "xor")["run"]
    refused([run, "has not learned from text"], "generate", run)
    refused(["RUN"], "generate")
    expect(os.listdir(".") and not any(name.startswith("shakespeare") for name in os.listdir("runs")), os.listdir("runs"))


def pictures(_):
    """The recipes with convolutions, on a folder of a few pictures under MNIST's names: two kinds that are easily told apart."""
    def idx(magic, dims, body):
        return struct.pack(">I", magic) + b"".join(struct.pack(">I", d) for d in dims) + body
    def picture(kind, shift):
        return bytes(200 if (x if kind else y) in range(8 + shift, 14 + shift) else 0 for y in range(28) for x in range(28))
    os.makedirs("set")
    for part, n in (("train", 48), ("t10k", 16)):
        with open(f"set/{part}-images-idx3-ubyte", "wb") as file:
            file.write(idx(0x803, (n, 28, 28), b"".join(picture(i % 2, i % 7) for i in range(n))))
        with open(f"set/{part}-labels-idx1-ubyte", "wb") as file:
            file.write(idx(0x801, (n,), bytes(i % 2 for i in range(n))))
    for recipe, params in (("mnist-cnn", 1199882), ("lenet5", 61706), ("fashion-cnn", None)):
        out = last_json("train", recipe, "--data", "set", "--set", "train.epochs=3", "--set", "train.batch=16", "--set", "schedule.warmup=0", "--out", recipe)
        expect(params is None or out["params"] == params, out)
        expect(out["test_accuracy"] >= 0.75, f"{recipe}: {out}")
        expect(last_json("eval", recipe)["test_loss"] == out["test_loss"], recipe)
        again = last_json("train", recipe, "--data", "set", "--set", "train.epochs=3", "--set", "train.batch=16", "--set", "schedule.warmup=0", "--out", recipe + "-2")
        expect(again["digest"] == out["digest"], f"{recipe}: two runs of one seed differ")


main([a_text, words, what_is_refused, pictures])
