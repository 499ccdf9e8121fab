#!/usr/bin/env python3
"""gradus explain and draw as a person and a script use them."""
import os

from program import expect, fine, gradus, last_json, main

EXAMPLE = ["(x*w+b-t)^2", "x=2", "w=-3", "b=1", "t=4"]


def expression(_):
    text = fine("explain", *EXAMPLE, "--path", "w").stdout
    for line in ("dL/dw = -36", "dL/dx = 54", "dL/db = -18", "dL/dt = 18", "w → v1 → v2 → v3 → L"):
        expect(line in text, f"{line!r} is not in\n{text}")
    expect("\x1b" not in text, "colours in a pipe")
    out = last_json("explain", *EXAMPLE)
    expect(out["value"] == 81 and out["grads"] == {"x": 54, "w": -36, "b": -18, "t": 18}, out["grads"])
    expect("前向传播" in fine("explain", *EXAMPLE, "--lang", "zh").stdout, "--lang zh")
    expect("前向传播" in fine("explain", *EXAMPLE, env={"LC_ALL": "zh_CN.UTF-8"}).stdout, "the locale")


def malformed(_):
    for words in (["(x*w", "x=1", "w=2"], ["x*w", "x=1"], ["x**", "x=1"], ["nothing(x)", "x=1"], ["(" * 100000], ["+".join("x" * 50000), "x=1"], ["x", "x=[[1,2],[3]]"]):
        run = gradus("explain", *words)
        last = run.stderr.rstrip().splitlines()
        expect(run.returncode == 2 and any(line.strip().startswith("^") for line in last), f"{words[0][:40]}: {run.returncode}\n{run.stderr[:400]}")
    expect(gradus("explain", "x*2", "x=[]").returncode == 2, "no numbers")


def network(_):
    out = last_json("explain", "xor", "--sample", "1")
    expect({"0.weight", "0.bias", "2.weight", "2.bias", "x"} == set(out["grads"]), out["grads"])
    expect(all(node["rel_error"] is None or node["rel_error"] < 1e-6 for node in out["nodes"]), "differences")
    run = last_json("train", "xor", "--set", "train.epochs=20")["run"]
    out = last_json("explain", run, "--sample", "2")
    expect(out["update"][0]["step"] == 21, out["update"][0]["step"])
    expect(gradus("explain", run, "--sample", "99").returncode == 2, "--sample 99")
    expect(gradus("explain", "runs/none-1").returncode == 2, "no such run")
    expect("did you mean 'digits'" in gradus("explain", "digitz").stderr, "a typing error")


def trained(table, outputs, epochs):
    """The folder of a run on a table."""
    with open(f"{table}.toml", "w", encoding="utf-8") as file:
        file.write(f'[data]\nfile = "{table}"\n[model]\nlayers = ["linear 8", "tanh", "linear {outputs}"]\n[train]\nepochs = {epochs}\nbatch = 8\n')
    return last_json("train", f"{table}.toml")["run"]


def sample(_):
    """A row of a table is shown by its columns, and what the network says of it is what gradus predict says."""
    colours = ("red", "green", "blue")
    rows = [f"{i},{i % 7 * 1.5},{colours[i % 3]},{'long' if i > 20 else 'short'}" for i in range(40)]
    with open("kinds.csv", "w", encoding="utf-8") as file:
        file.write("\n".join(["length,width,colour,kind"] + rows) + "\n")
    run = trained("kinds.csv", 2, 30)
    row = rows[3 * 5 + 4]  # row 3 of the test rows: each fifth is one
    with open("row.csv", "w", encoding="utf-8") as file:
        file.write("length,width,colour,kind\n" + row + "\n")
    said = last_json("predict", run, "row.csv")["predictions"][0]
    found = last_json("explain", run, "--sample", "3")["sample"]
    expect(found["cells"] == [["length", "19"], ["width", "7.5"], ["colour", "green"]], found)
    expect((found["target"], found["prediction"]) == ("short", said), found)
    text = fine("explain", run, "--sample", "3").stdout
    expect(f"True class: short. The network says: {said}, with probability" in text and "colour  =  green" in text, text[:600])
    expect(f"真实类别：short。网络的判断：{said}" in fine("explain", run, "--sample", "3", "--lang", "zh").stdout, "in Chinese")
    # A number is told in its own unit.
    with open("sums.csv", "w", encoding="utf-8") as file:
        file.write("a,b,sum\n" + "".join(f"{i},{i * i % 11},{100 * (i + i * i % 11) + 0.5}\n" for i in range(40)))
    found = last_json("explain", trained("sums.csv", 1, 2), "--sample", "0")["sample"]
    expect(float(found["target"]) == 100 * (4 + 16 % 11) + 0.5 and "probability" not in found, found)


def pages_and_pictures(_):
    fine("explain", *EXAMPLE, "--html", "page.html")
    page = open("page.html", encoding="utf-8").read()
    expect("<math" in page and "<svg" in page and "src=" not in page, "the page")
    fine("draw", "xor-2-3-1", "--out", "net.svg")
    net = open("net.svg", encoding="utf-8").read()
    expect(net.count("<circle") == 6 and net.count("<path") == 9, "2 + 3 + 1 neurons and 9 weights")
    expect(fine("draw", *EXAMPLE, "--format", "dot").stdout.startswith("digraph"), "dot")
    expect(fine("draw", "digits", "--format", "mermaid").stdout.count("linear") == 2, "folded layers")
    expect(gradus("draw", "xor", "--format", "png").returncode == 2, "an unknown format")
    expect(not os.path.exists("runs"), "drawing trains nothing")


def options(_):
    net = "[[1,2]]"
    expect("梯度" in fine("draw", "xor-2-3-1", "--lang", "zh").stdout, "draw --lang zh")
    expect("梯度" in fine("draw", *EXAMPLE, env={"LC_ALL": "zh_CN.UTF-8"}).stdout, "draw by the locale")
    fine("draw", "w @ x", f"w={net}", "x=[[1],[2]]", "--picture", "network")
    for words in (["explain", "xor", "--optim", "adam"], ["explain", "xor", "--option", "lr=1"], ["explain", "xor", "--train", "w"], ["explain", *EXAMPLE, "--seed", "1"],
                  ["explain", *EXAMPLE, "--sample", "1"], ["explain", *EXAMPLE, "--data", "."], ["explain", *EXAMPLE, "--set", "optim.lr=1"], ["draw", *EXAMPLE, "--seed", "1"],
                  ["draw", *EXAMPLE, "--picture", "network"], ["draw", *EXAMPLE, "--lang", "fr"], ["explain", *EXAMPLE, "--lang", "fr"], ["draw", *EXAMPLE, "--sample", "1"]):
        run = gradus(*words)
        expect(run.returncode == 2 and run.stderr.startswith("gradus: ["), f"{words}: {run.returncode} {run.stderr}")
    run = gradus("explain", "x + 变量 * 2", "x=1")
    expect(run.returncode == 2 and run.stderr.endswith("'变' is not the beginning of a value\n  x + 变量 * 2\n      ^\n"), run.stderr)
    run = gradus("explain", "变 + x", "x=1")
    expect("'变' is not" in run.stderr and "�" not in run.stderr, run.stderr)


main([options, expression, malformed, network, sample, pages_and_pictures])
