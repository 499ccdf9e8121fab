#!/usr/bin/env python3
"""Whatever is wrong with the input ends with status 2 and one sentence that holds what was wrong; nothing is left behind."""
import os
import resource
import struct

from program import expect, fine, gradus, main


def refused(parts, *words, status=2, left=(), **more):
    """`parts` stand in the message; `left` is what the folder may hold afterwards beside what it held."""
    before = set(os.listdir("."))
    run = gradus(*words, **more)
    text = run.stderr
    expect(run.returncode == status, f"{words}: status {run.returncode} and not {status}\n{run.stdout}{text}")
    for part in parts:
        expect(part in text, f"{words}: '{part}' is not in: {text}")
    for trace in ("terminate called", "what():", "Traceback", "core dumped"):
        expect(trace not in text, f"{words}: {text}")
    expect(len(text.strip().splitlines()) == 1, f"{words}: more than one line: {text}")
    expect(set(os.listdir(".")) - before <= set(left), f"{words}: left behind {set(os.listdir('.')) - before}")


def words(_):
    refused(["'digitz'", "'digits'? A recipe"], "train", "digitz")
    refused(["xor. A recipe"], "train", "qqqqqqqqqqqq")
    refused(["'no/such.toml'"], "train", "no/such.toml")
    refused(["'trian'", "'train'"], "trian", "digits")
    refused(["'--epochs'"], "train", "xor", "--epochs", "3")
    refused(["'--see'", "'--seed'"], "train", "xor", "--see", "3")
    refused(["'more'"], "train", "xor", "more")
    refused(["RECIPE"], "train")
    refused(["command is missing"])
    refused(["'lst'", "'list'"], "data", "lst")
    refused(["--seed", "'-1'", "from 0"], "train", "xor", "--seed", "-1")
    refused(["--seed", "'one'", "whole number"], "train", "xor", "--seed", "one")
    refused(["--seed", "'9223372036854775808'"], "train", "xor", "--seed", "9223372036854775808")
    refused(["--seed", "2 times", "'4'", "'5'"], "train", "xor", "--seed", "4", "--seed", "5")
    refused(["--seed needs a value"], "train", "xor", "--seed")
    refused(["'0'"], "train", "xor", "--threads", "0")
    refused(["--threads", "'9999'"], "train", "xor", "--threads", "9999")
    refused(["'--foo'"], "train", "--foo")
    refused(["'--ouut'", "'--out'"], "train", "--ouut", "x")
    refused(["'--foo'"], "--foo", "train", "xor")
    refused(["--out is empty"], "train", "xor", "--out", "")
    refused(["--data is empty"], "train", "xor", "--data", "")
    refused(["budget of 1000 bytes", "at least"], "train", "digits", "--memory-budget", "1000")
    refused(["train.memory_budget", "'much'"], "train", "digits", "--memory-budget", "much")
    refused(["'trian'", "'train'"], "help", "trian")
    refused(["command is missing", "list"], "data", "--json")
    for command in ("ops", "recipes"):
        refused(["--markdown", "--json"], command, "--markdown", "--json")
    refused(["'sigmoit'", "sigmoid"], "gradcheck", "sigmoit")
    refused(["'nothing'"], "bench", "nothing")


def keys(_):
    refused(["name", "'../../evil'"], "train", "xor", "--set", "name=../../evil")
    refused(["optim.beta1", "below 1"], "train", "xor", "--set", "optim.beta1=1")
    refused(["'optim.lrr'", "'optim.lr'"], "train", "xor", "--set", "optim.lrr=1")
    refused(["optim.lr", "'-1'", "above 0"], "train", "xor", "--set", "optim.lr=-1")
    refused(["train.epochs", "'many'", "whole number"], "train", "xor", "--set", "train.epochs=many")
    refused(["optim.name", "'adamm'", "'adam'"], "train", "xor", "--set", "optim.name=adamm")
    refused(["'tanhh'", "tanh"], "train", "xor", "--set", "model.layers=['tanhh']")
    refused(["'msee'"], "train", "xor", "--set", "loss=msee")
    refused(["'cosin'", "cosine"], "train", "xor", "--set", "schedule.name=cosin")
    refused(["'normall"], "train", "xor", "--set", "model.init=normall 0 1")
    refused(["'moonz'", "moons"], "train", "xor", "--set", "data.set=moonz")
    refused(["data.set = 'xor'", "data.file = 'mine.csv'"], "train", "xor", "--set", "data.file=mine.csv")
    for recipe in ("xor", "digits"):
        refused(["nowhere", "--data"], "train", recipe, "--data", "nowhere")
    with open("mine.toml", "w") as file:
        file.write("[data]\nset = 'xor'\n[optim]\nlr = 'fast'\n")
    refused(["mine.toml:4", "optim.lr", "'fast'"], "train", "mine.toml")
    with open("mine.toml", "w") as file:
        file.write("[data\n")
    refused(["mine.toml:1"], "train", "mine.toml")
    with open("mine.toml", "wb") as file:
        file.write(bytes(range(256)))
    refused(["mine.toml"], "train", "mine.toml")


def idx(magic, dims, body):
    return struct.pack(">I", magic) + b"".join(struct.pack(">I", d) for d in dims) + body


def idx_files(_):
    """A folder under MNIST's names with two pictures for training and one to test."""
    def write(**changed):
        os.makedirs("set", exist_ok=True)
        files = {"train-images-idx3-ubyte": idx(0x803, (2, 28, 28), bytes(2 * 784)), "train-labels-idx1-ubyte": idx(0x801, (2,), bytes([3, 9])),
                 "t10k-images-idx3-ubyte": idx(0x803, (1, 28, 28), bytes(784)), "t10k-labels-idx1-ubyte": idx(0x801, (1,), bytes([0]))}
        files.update({name.replace("_", "-"): body for name, body in changed.items()})
        for name, body in files.items():
            with open("set/" + name, "wb") as file:
                file.write(body)

    train = ["train", "mnist-mlp", "--data", "set", "--set", "train.epochs=1", "--out", "run"]
    refused(["missing-folder"], "train", "mnist-mlp", "--data", "missing-folder")
    os.makedirs("empty")
    refused(["empty", "fashion_mnist", "dataset-fashion-mnist"], "train", "fashion-mlp", "--data", "empty")
    write()
    fine(*train)
    fine(*train, "--overwrite")
    write(train_images_idx3_ubyte=idx(0x803, (2, 28, 28), bytes(1000)))
    refused(["train-images-idx3-ubyte"], *train[:-1], "other")
    write(train_images_idx3_ubyte=idx(0x12345678, (2, 28, 28), bytes(2 * 784)))
    refused(["train-images-idx3-ubyte", "offset 0"], *train[:-1], "other")
    write(train_labels_idx1_ubyte=idx(0x801, (2,), bytes([3, 10])))
    refused(["train-labels-idx1-ubyte", "10"], *train[:-1], "other")
    write(train_labels_idx1_ubyte=idx(0x801, (1,), bytes([3])))
    refused(["train-labels-idx1-ubyte"], *train[:-1], "other")


def tables(_):
    with open("mine.toml", "w") as file:
        file.write("[data]\nfile = 'mine.csv'\n[model]\nlayers = ['linear 2']\n")
    rows = [f"{i}.5,{i % 3},{'ab'[i % 2]}" for i in range(20)]

    def write(lines):
        with open("mine.csv", "w") as file:
            file.write("\n".join(lines) + "\n")

    refused(["mine.csv"], "train", "mine.toml")
    write(rows)
    fine("train", "mine.toml", "--out", "run", "--set", "train.epochs=1")
    write(rows[:7] + ["7.5,1"] + rows[8:])
    refused(["mine.csv:8"], "train", "mine.toml")
    write(rows[:7] + ["seven,1,b"] + rows[8:])
    refused(["mine.csv:8", "seven"], "train", "mine.toml")
    write(rows[:7] + ["nan,1,b"] + rows[8:])
    refused(["mine.csv:8", "nan"], "train", "mine.toml")
    write([])
    refused(["mine.csv:1:", "no rows"], "train", "mine.toml")
    write([row.rpartition(",")[0] + ",b" + str(i % 2) for i, row in enumerate(rows)])
    refused(["data.separator", "'long'", "one character"], "train", "mine.toml", "--set", "data.separator=long")
    refused(["data.header", "'maybe'"], "train", "mine.toml", "--set", "data.header=maybe")
    write(["colour,kind"] + ["red,a", "blue,b"] * 10)
    refused(["mine.csv", "data.header"], "train", "mine.toml")
    fine("train", "mine.toml", "--out", "texts", "--set", "train.epochs=1", "--set", "data.header=yes")
    write([row.replace(",", ";") for row in rows])
    fine("train", "mine.toml", "--out", "semicolons", "--set", "train.epochs=1")
    fine("predict", "semicolons", "mine.csv")
    write(rows)
    refused(["'kind'"], "train", "mine.toml", "--set", "data.target=kind")
    refused(["linear 2"], "train", "mine.toml", "--set", "model.layers=['linear 3']")
    write(["1,2,3,4"])
    refused(["mine.csv"], "predict", "run", "mine.csv")
    refused(["'nowhere'"], "predict", "nowhere", "mine.csv")
    refused(["'nowhere'"], "eval", "nowhere")
    refused(["missing.csv"], "predict", "run", "missing.csv")
    os.makedirs("empty")
    refused(["'empty'", "config.toml"], "eval", "empty")


def output_folders(_):
    for out in ("/proc/gradus", "/dev/null/run", "/dev/null"):
        refused([out], "train", "xor", "--out", out)
    if os.geteuid() != 0:  # root may write everywhere
        os.makedirs("locked", mode=0o555)
        refused(["locked"], "train", "xor", "--out", "locked/run")
        refused(["locked"], "train", "xor", "--out", "locked")
    os.makedirs("full")
    open("full/file", "w").close()
    refused(["'full'", "--overwrite"], "train", "xor", "--out", "full")
    refused(["'full'", "config.toml"], "train", "xor", "--out", "full", "--resume")


def a_full_disk(_):
    """The run goes, and then its files do not fit: the run has failed, and the input was fine."""
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    run = gradus("train", "digits", "--out", "run", "--set", "train.epochs=1", preexec_fn=small_files)
    last = run.stderr.strip().splitlines()[-1]
    expect(run.returncode == 1 and last.startswith("gradus: ") and "run/checkpoints" in last, f"status {run.returncode}: {run.stderr}")
    expect(os.listdir("run/checkpoints") == [], os.listdir("run/checkpoints"))


def divergence(_):
    run = gradus("train", "moons", "--set", "optim.name=sgd", "--set", "optim.lr=1e30", "--set", "model.layers=['linear 4','relu','linear 2']")
    expect(run.returncode == 1 and " in step " in run.stderr and "optim.lr" in run.stderr, f"status {run.returncode}: {run.stderr}")


main([words, keys, idx_files, tables, output_folders, a_full_disk, divergence])
