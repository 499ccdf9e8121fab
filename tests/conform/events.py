#!/usr/bin/env python3
"""TensorBoard itself reads the event files of `gradus train --tensorboard` and finds the figures of the run.

events.py GRADUS, with a Python that has the package tensorboard; prints "N passed, N failed"."""
import json
import math
import os
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing import event_accumulator, event_file_loader

passed = failed = 0


def expect(condition, text):
    global passed, failed
    passed, failed = (passed + 1, failed) if condition else (passed, failed + 1)
    if not condition:
        print("failed " + text)


def near(a, b):
    return a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)  # the file holds float32


gradus = os.path.abspath(sys.argv[1])
with tempfile.TemporaryDirectory(prefix="gradus-") as here:
    os.chdir(here)
    out = subprocess.run([gradus, "train", "moons", "--set", "train.epochs=12", "--set", "data.holdout=0.2", "--tensorboard", "boards", "--out", "runs/moons", "--json"],
                         check=True, capture_output=True, text=True).stdout
    summary = json.loads(out.splitlines()[-1])
    folder = "boards/moons"
    files = os.listdir(folder)
    expect(files == ["events.out.tfevents.gradus"], f"one file in the folder of the run: {files}")
    # Every record is whole: its two sums are right, or reading ends early.
    events = list(event_file_loader.LegacyEventFileLoader(f"{folder}/{files[0]}").Load())
    expect(events[0].file_version == "brain.Event:2", "the version")
    expect(all(a.wall_time <= b.wall_time + 1e-6 for a, b in zip(events, events[1:])) and events[0].wall_time > 1.5e9, "the times rise")

    board = event_accumulator.EventAccumulator(folder, size_guidance={event_accumulator.SCALARS: 0, event_accumulator.HISTOGRAMS: 0})
    board.Reload()
    tags = board.Tags()
    with open("runs/moons/metrics.jsonl") as file:
        lines = [json.loads(line) for line in file]
    names = [name for name in lines[0] if name not in ("epoch", "step", "seconds")]
    expect({"train_loss", "valid_loss", "lr"} <= set(names) <= set(tags["scalars"]), f"a scalar for each figure: {tags['scalars']}")
    for name in names:
        found = [(e.step, e.value) for e in board.Scalars(name)]
        expect(len(found) == len(lines) and all(s == line["step"] and near(v, line[name]) for (s, v), line in zip(found, lines)), f"{name}: {found[:3]}")
    for name in ("test_loss", "test_accuracy"):
        found = board.Scalars(name)
        expect(len(found) == 1 and found[0].step == summary["steps"] and near(found[0].value, summary[name]), f"{name}: {found}")

    with open("runs/moons/flow.jsonl") as file:
        looks = [json.loads(line) for line in file]
    for layer in looks[0]["layers"]:
        tag = f"{layer['name']} {layer['text']}"
        for key in ("gradient", "dead", "saturated"):
            if key in layer:
                expect([e.step for e in board.Scalars(f"{key}/{tag}")] == [look["step"] for look in looks], f"{key}/{tag}")
        if "weights" not in layer:
            continue
        for look, event in zip(looks, board.Histograms(f"weights/{tag}")):
            bars, value = next(l["weights"] for l in look["layers"] if l["name"] == layer["name"]), event.histogram_value
            expect(event.step == look["step"] and near(value.min, bars["low"]) and near(value.max, bars["high"]) and value.num == sum(bars["counts"])
                   and list(value.bucket) == bars["counts"] and near(value.bucket_limit[-1], bars["high"]), f"weights/{tag} at step {look['step']}")

    # A run that is done gives the same file.
    subprocess.run([gradus, "report", "runs/moons", "--tensorboard", "again", "--out", "page.html"], check=True, capture_output=True)
    again = event_accumulator.EventAccumulator("again/moons", size_guidance={event_accumulator.SCALARS: 0})
    again.Reload()
    expect([e.value for e in again.Scalars("train_loss")] == [e.value for e in board.Scalars("train_loss")], "made anew by gradus report")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
