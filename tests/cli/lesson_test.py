#!/usr/bin/env python3
"""gradus explain --lesson as a person and a script use it."""
import json
import os
import pty
import subprocess

from program import GRADUS, expect, fine, gradus, last_json, main


def text_and_numbers(_):
    text = fine("explain", "--lesson", "vanishing").stdout
    expect("first / last" in text and "\x1b" not in text and not text.rstrip("\n").endswith("}"), text[:300])
    expect(max(map(len, text.splitlines())) <= 110, "long lines")
    expect("梯度消失" in fine("explain", "--lesson", "vanishing", "--lang", "zh").stdout, "--lang zh")
    out = last_json("explain", "--lesson", "vanishing")
    expect([v["name"] for v in out["variants"]] == ["sigmoid_xavier", "relu_he", "residual", "batch_norm"], out.keys())
    expect(out == last_json("explain", "--lesson", "vanishing", "--threads", "1"), "the same numbers for every number of threads")
    expect(out["variants"] != last_json("explain", "--lesson", "vanishing", "--seed", "1")["variants"], "--seed")


def pages(_):
    run = fine("explain", "--lesson", "minima", "--html", "minima.html")
    page = open("minima.html", encoding="utf-8").read()
    expect(run.stdout == "" and "written: minima.html" in run.stderr, run)
    expect(page.count("<svg") >= 4 and "<table" in page and page.count("http") == page.count("http://www.w3.org/2000/svg"), "the page")


def wrong_use(_):
    for words in (["--lesson", "vanish"], ["xor", "--lesson", "cost"], ["--lesson", ""], []):
        run = gradus("explain", *words)
        expect(run.returncode == 2 and run.stdout == "", f"{words}: {run}")
    expect("vanishing, cost, minima" in gradus("explain", "--lesson", "foo").stderr, "the names")
    expect("--lesson minima" in fine("explain", "--help").stdout, "--help")


def a_bar_on_a_terminal(_):
    """Standard error is a terminal here: a line with the time that is left appears and goes again; standard output stays clean."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen([GRADUS, "explain", "--lesson", "cost", "--json"], stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    expect(json.loads(run.communicate(timeout=600)[0])["lesson"] == "cost", "JSON beside a bar")
    expect(run.returncode == 0, run.returncode)
    expect(b" left" in shown and shown.endswith(b"\r\x1b[K"), shown[-200:])


main([text_and_numbers, pages, wrong_use, a_bar_on_a_terminal])
