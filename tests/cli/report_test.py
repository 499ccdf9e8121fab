#!/usr/bin/env python3
"""gradus report and compare, and the page that training leaves, as a person and a script use them."""
import html.parser
import json
import os
import re
import signal
import subprocess
import time

from program import GRADUS, expect, fine, gradus, last_json, main

VOID = {"meta", "link", "br", "img", "input"}


class Page(html.parser.HTMLParser):
    """Every element is closed in its order, and no id stands twice."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.sources = [], set(), []
        self.feed(text)
        expect(not self.open, f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            expect(values["id"] not in self.ids, f"the id {values['id']} stands twice")
            self.ids.add(values["id"])
        self.sources += [values[key] for key in ("src", "href") if key in values]
        if tag == "img":
            expect(values.get("alt"), "a picture without words")
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag, f"</{tag}> within {self.open[-3:]}")
        self.open.pop()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def page_of(path):
    text = read(path)
    page = Page(text)
    expect(all(source.startswith("data:") for source in page.sources), f"requests: {page.sources}")
    expect(len(text) < 2_000_000, f"{len(text)} bytes")
    return text, page


def training_leaves_a_page(_):
    out = last_json("train", "digits", "--set", "train.epochs=3", env={"LC_ALL": "C"})
    text, page = page_of(out["run"] + "/report.html")
    for part in ("curve-loss", "curve-accuracy", "curve-lr", "flow-gradient", "flow-update", "flow-dead"):
        expect(part in page.ids, f"no {part} among {sorted(page.ids)}")
    for part in (out["digest"], "What was taken for what", "data:image/png", f"gradus train {out['run']}/config.toml --threads {out['threads']}"):
        expect(part in text, f"no {part!r} in the page")
    again = last_json("train", out["run"] + "/config.toml", "--threads", out["threads"])
    expect(again["digest"] == out["digest"], "the command of the page does not repeat the run")
    expect("训练报告" in read(last_json("train", "xor", env={"LC_ALL": "zh_CN.UTF-8"})["run"] + "/report.html"), "the locale")


def the_report_changes_no_bit(_):
    # Dropout draws, and batch norm's running statistics, are what a look could disturb; noise and a holdout too.
    layers = 'model.layers=["linear 32","batch_norm","relu","dropout 0.3","linear 10"]'
    words = ["train", "digits", "--set", layers, "--set", "train.epochs=4", "--set", "data.holdout=0.2"]
    for more in ([], ["--set", "train.compile=false"]):
        with_it, without = last_json(*words, *more), last_json(*words, *more, "--no-report")
        expect(with_it["digest"] == without["digest"], f"another digest with the report {more}")
        expect(not {"flow.jsonl", "samples.json", "report.html"} & set(os.listdir(without["run"])), os.listdir(without["run"]))
        looks = [json.loads(line) for line in read(with_it["run"] + "/flow.jsonl").splitlines()]
        expect(looks[0]["step"] == 0 and looks[-1]["step"] == with_it["steps"] and "update" in looks[-1]["layers"][0], [look["step"] for look in looks])


def interrupted_and_resumed(_):
    words = ["train", "digits", "--set", "train.epochs=6", "--set", "schedule.name=constant"]
    whole = last_json(*words, "--out", "whole")
    last_json(*words, "--set", "train.epochs=2", "--out", "part")
    out = last_json(*words, "--out", "part", "--resume")
    expect(out["digest"] == whole["digest"], "a resumed run has other bits")
    steps = [json.loads(line)["step"] for line in read("part/flow.jsonl").splitlines()]
    expect(steps == sorted(set(steps)) and steps[0] == 0 and steps[-1] == whole["steps"], f"looks at {steps}")


def killed(_):
    """kill -9 in the middle: the page is whole, and report makes a newer one."""
    run = subprocess.Popen([GRADUS, "train", "digits", "--set", "train.epochs=100000", "--out", "a"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while not os.path.exists("a/report.html") and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.5)
    run.send_signal(signal.SIGKILL)
    run.wait()
    text, page = page_of("a/report.html")
    expect("Not ended" in text or "尚未结束" in text, "the state")
    expect({"curve-loss", "flow-gradient"} <= page.ids, sorted(page.ids))
    expect("config.toml" in text and "confusion" in text, "what it gets wrong, and how to repeat it")
    with open("a/metrics.jsonl", "a") as file:
        file.write('{"epoch":')
    out = last_json("report", "a")
    expect(out["report"] == "a/report.html" and out["warnings"] == [], out)
    page_of("a/report.html")


def interrupted(_):
    """Ctrl-C: the page is of the last step, and its own command goes on from there."""
    run = subprocess.Popen([GRADUS, "train", "digits", "--set", "train.epochs=3000", "--set", "data.holdout=0.2", "--set", "schedule.name=constant", "--out", "a"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while (not os.path.exists("a/metrics.jsonl") or read("a/metrics.jsonl").count("\n") < 40) and time.monotonic() < end:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    run.wait()
    notes, samples, text = json.loads(read("a/run.json")), json.loads(read("a/samples.json")), page_of("a/report.html")[0]
    expect(notes["stopped"] and samples["step"] == notes["steps"] and samples["part"] == "valid", f"samples of step {samples['step']}, the run of {notes['steps']}")
    expect(json.loads(read("a/flow.jsonl").splitlines()[-1])["step"] == notes["steps"], "the last look")
    expect(f"after step {notes['steps']} " in text and f"Interrupted after {notes['steps']} steps" in text, "the page does not say of which step it is")
    command = re.search(r"<pre[^>]*>gradus (train [^<]* --resume[^<]*)</pre>", text).group(1)
    expect(command.startswith("train a/config.toml --out a --resume --threads "), command)
    out = last_json(*command.split(), "--set", f"train.epochs={notes['epochs'] + 1}")
    expect(out["run"] == "a" and out["steps"] > notes["steps"] and json.loads(read("a/run.json"))["resumed"][0]["step"] == notes["steps"], out)


def diverged(_):
    run = gradus("train", "digits", "--set", "optim.name=sgd", "--set", "optim.lr=1e30", "--set", "optim.clip_norm=0", "--out", "a")
    expect(run.returncode == 1, run.stderr)
    out = last_json("report", "a")
    expect(any("the loss became" in text for text in out["warnings"]) and any(text.startswith("Where it came from") for text in out["warnings"]), out)
    expect("Diverged" in read("a/report.html") and "optim.clip_norm=1" in read("a/report.html"), "the page of a run that diverged")
    expect("report: a/report.html" in run.stderr, run.stderr)


def kinds_of_data(_):
    """A table, a text, two classes, numbers: each has its rows in the page."""
    with open("t.csv", "w") as file:
        file.write("size,colour,price\n" + "".join(f"{i},{'red' if i % 3 else 'blue'},{1000 * i + (i % 7)}\n" for i in range(60)))
    with open("t.toml", "w") as file:
        file.write('[data]\nfile = "t.csv"\n[model]\nlayers = ["linear 4", "tanh", "linear 1"]\n[train]\nepochs = 3\n')
    text, page = page_of(last_json("train", "t.toml")["run"] + "/report.html")
    expect(">colour</th>" in text and ">red</td>" in text and ">error</th>" in text and "Predicted against true" in text and "flow-saturated" in page.ids, "a table")
    with open("words.txt", "w") as file:
        file.write("hello world, <hello> & gradus\n" * 400)
    text, _ = page_of(last_json("train", "shakespeare-lstm", "--data", "words.txt", "--set", "train.steps=3", "--set", "train.batch=4", "--set",
                                'model.layers=["embedding 4","lstm 8","linear symbols"]', "--set", "data.context=16")["run"] + "/report.html")
    expect('class="losses"' in text and "The darker a character" in text, "a text")
    expect("Over the steps" in text and re.search(r'data-x="1 2 3" data-y="[0-9.]+ [0-9.]+ [0-9.]+"', text), "a run by steps has no curves")
    text, _ = page_of(last_json("train", "moons", "--set", "train.epochs=2")["run"] + "/report.html")
    expect("What was taken for what" in text, "two classes")
    text, _ = page_of(last_json("train", "xor")["run"] + "/report.html")
    expect("What was taken for what" in text and "The target loss is reached after" in text, "two answers")


def report_and_compare(_):
    a, b = (last_json("train", "xor", "--set", f"optim.lr={lr}", "--out", name) for lr, name in ((0.05, "a"), (0.02, "b")))
    before = read("a/report.html")
    expect(fine("report", "a").stdout.strip() == "a/report.html" and read("a/report.html") == before, "training and report leave different pages")
    expect(last_json("report", "a/", "--lang", "zh", "--out", "zh.html")["bytes"] == os.path.getsize("zh.html"), "the size")
    expect("梯度流" in page_of("zh.html")[0] and read("a/report.html") == before, "--lang zh --out")
    out = last_json("compare", "a", "b", "--html", "c.html")
    expect(out["differences"] == {"optim.lr": ["0.05", "0.02"]}, out["differences"])
    expect([r["digest"] for r in out["runs"]] == [a["digest"], b["digest"]] and out["runs"][0]["figures"]["test_loss"] == a["test_loss"], out["runs"])
    lines = fine("compare", "a", "b").stdout.splitlines()
    expect(lines[0].split() == ["run", "a", "b"] and ["optim.lr", "0.05", "0.02"] in [line.split() for line in lines], lines)
    expect("curve-train_loss" in page_of("c.html")[1].ids, "curves")
    for words in (["report", "nowhere"], ["report", "."], ["compare", "a"], ["compare", "a", "nowhere"], ["report"], ["compare"], ["report", "a", "--lang", "xx"]):
        expect(gradus(*words).returncode == 2, f"{words}")
    last_json("train", "xor", "--tensorboard", "boards", "--out", "c")
    expect(os.listdir("boards/c") == ["events.out.tfevents.gradus"], "an event file")
    expect(last_json("report", "c", "--tensorboard", "again")["tensorboard"] == "again/c/events.out.tfevents.gradus", "the path")


main([training_leaves_a_page, the_report_changes_no_bit, interrupted_and_resumed, killed, interrupted, diverged, kinds_of_data, report_and_compare])
