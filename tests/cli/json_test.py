#!/usr/bin/env python3
"""What scripts rely on: the keys of the last line, the digest, equal bits for equal seeds, where runs are put."""
import hashlib
import json
import os
import tomllib

from program import expect, fine, gradus, last_json, main


def train(_):
    out = last_json("train", "xor", "--seed", "3")
    keys = {"recipe", "steps", "epochs", "seconds", "params", "train_loss", "test_loss", "test_accuracy", "test_error", "threads", "seed", "digest", "run"}
    expect(keys <= set(out), f"missing: {keys - set(out)}")
    expect(out["recipe"] == "xor" and out["seed"] == 3 and out["params"] == 33, out)
    expect(out["train_loss"] < 0.01 and out["test_accuracy"] == 1 and out["test_error"] == 0, out)
    expect(out["run"] == "runs/xor-1", out["run"])
    with open(out["run"] + "/model.safetensors", "rb") as file:
        expect(hashlib.sha256(file.read()).hexdigest() == out["digest"], "the digest is not that of the file")
    with open(out["run"] + "/config.toml", "rb") as file:
        config = tomllib.load(file)
    expect(config["train"]["seed"] == 3 and config["optim"]["lr"] == 0.05 and config["data"]["set"] == "xor", config)
    with open(out["run"] + "/metrics.jsonl") as file:
        lines = [json.loads(line) for line in file]
    expect([line["epoch"] for line in lines] == list(range(1, out["epochs"] + 1)), "a line for each epoch")
    expect(lines[-1]["train_loss"] == out["train_loss"], "the last line and the result differ")
    expect(set(os.listdir(out["run"])) == {"config.toml", "run.json", "metrics.jsonl", "flow.jsonl", "samples.json", "model.safetensors", "checkpoints", "report.html"}, os.listdir(out["run"]))


def seeds(_):
    digests = [last_json("train", "xor", "--seed", s)["digest"] for s in (0, 1, 2, 0)]
    expect(digests[0] == digests[3] and len(set(digests)) == 3, digests)
    expect(sorted(os.listdir("runs")) == ["xor-1", "xor-2", "xor-3", "xor-4"], os.listdir("runs"))
    run = fine("--seed", "1", "--json", "train", "xor", "--out", "before").stdout
    expect(json.loads(run.splitlines()[-1])["digest"] == digests[1], "options before the command are not honoured")
    expect(last_json("train", "runs/xor-2/config.toml")["digest"] == digests[1], "config.toml does not do the same again")
    expect(last_json("train", "xor", "--set", "train.seed=1")["digest"] == digests[1], "--seed and train.seed differ")


def the_others(_):
    run = last_json("train", "digits", "--set", "train.epochs=2")
    out = last_json("eval", run["run"])
    expect(all(out[key] == run[key] for key in ("recipe", "digest", "test_loss", "test_accuracy", "test_error")), out)
    ops = last_json("ops")
    expect(isinstance(ops, list) and {"name", "family", "doc", "math", "orders"} <= set(ops[0]), ops[:1])
    check = last_json("gradcheck", "sigmoid", "matmul")
    expect({"ops", "cases", "min_cases", "failures", "worst_rel", "worst_op", "skipped"} <= set(check) and check["ops"] == 2, check)
    expect(check["failures"] == 0 and check["worst_rel"] <= 1e-7, check)
    expect("digits" in [s["name"] for s in last_json("data", "list")["sets"]], "data list")
    expect("xor" in [r["name"] for r in last_json("recipes")["recipes"]], "recipes")
    with open("new.csv", "w") as file:
        file.write("0,0\n1,0\n")
    out = last_json("predict", last_json("train", "xor")["run"], "new.csv")
    expect(out["rows"] == 2 and len(out["predictions"]) == 2, out)
    expect([*last_json("bench")["workloads"], "all"] == [line.split()[0] for line in fine("bench").stdout.splitlines()], "bench")
    expect(fine("help", "data", "list").stdout.startswith(fine("data", "list", "--help").stdout.strip()), "help data list")
    for word in ("help", "--help", "--version"):
        expect(fine(word).stdout.strip() != "", word)
    for command in ("train", "report", "compare", "eval", "predict", "generate", "ops", "gradcheck", "conform", "bench", "plan", "recipes", "data"):
        text = fine(command, "--help").stdout
        expect("--help" in text and f"gradus {command}" in text.partition("Examples:")[2], text)


def endings(_):
    expect("target" in last_json("train", "xor")["ended"], "target_loss")
    out = last_json("train", "xor", "--set", "train.target_loss=0", "--set", "train.epochs=7")
    expect(out["epochs"] == 7 and "epochs" in out["ended"], out)
    run = fine("train", "xor", "--set", "train.epochs=1", "--set", "train.target_loss=0", "--out", "one")
    expect("after 1 epoch (1 step) and" in run.stdout, run.stdout)
    expect(last_json("eval", "one")["digest"][:12] in run.stdout.split(), run.stdout)
    out = last_json("train", "moons", "--set", "train.max_seconds=0.05", "--set", "train.epochs=1000000")
    expect("time" in out["ended"] and out["seconds"] >= 0.05 and "test_loss" in out, out)


def textbook(_):
    run = fine("train", "xor-2-10-1", "--json")
    lines = [line for line in run.stdout.splitlines() if line.startswith("Epoch ")]
    expect(len(lines) == 10 and lines[0].startswith("Epoch 100, Cost: 0.0"), run.stdout)
    expect(float(lines[-1].split()[-1]) < 0.0004, lines[-1])
    out = json.loads(run.stdout.splitlines()[-1])
    expect(out["test_accuracy"] == 1, out)
    run = fine("train", "xor-2-3-1")
    lines = [line for line in run.stdout.splitlines() if line.startswith("Epoch ")]
    expect(len(lines) == 300 and lines[0].startswith("Epoch 10, Cost: 0.2") and float(lines[-1].split()[-1]) < 0.01, lines[-1:])


def iris(_):
    """The example of a table: acceptance with the real file where there is one."""
    source = os.environ.get("GRADUS_DATA", "") + "/tabular/iris.csv"
    if not os.path.exists(source):
        print("skipped: iris.csv is not here")
        return
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    recipe = root + "/recipes/iris.toml"
    with open(recipe) as file:
        expect(len(file.readlines()) <= 15, "the recipe is longer than 15 lines")
    run = last_json("train", recipe)
    expect(run["test_accuracy"] >= 0.9, run)
    expect(last_json("eval", run["run"])["test_accuracy"] == run["test_accuracy"], "eval")
    with open(source) as file:
        rows = [line.strip().rsplit(",", 1) for line in file if line.strip()]
    with open("new.csv", "w") as file:
        file.writelines(row[0] + "\n" for row in rows)
    names = fine("predict", run["run"], "new.csv").stdout.splitlines()
    expect(len(names) == len(rows) and set(names) == {row[1] for row in rows}, set(names))
    right = sum(name == row[1] for name, row in zip(names, rows))
    expect(right >= 0.9 * len(rows), right)


main([train, seeds, the_others, endings, textbook, iris])
