#!/usr/bin/env python3
"""Signals, standard streams that are closed or full, terminals and pipes."""
import json
import os
import pty
import random
import signal
import subprocess
import time

from program import GRADUS, expect, fine, gradus, last_json, main

LONG = ["train", "moons", "--threads", "1", "--set", "data.size=400", "--set", "train.epochs=150", "--set", "optim.clip_norm=1"]


def start(*words, **more):
    return subprocess.Popen([GRADUS, *LONG, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def ended(run):
    """What it printed; it has a minute to end."""
    try:
        return run.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        raise


def resumed_runs_end_with_the_same_bits(_):
    before = time.time()
    whole = last_json(*LONG, "--out", "whole")
    length, caught = time.time() - before, 0
    random.seed(0)
    for trial in range(12):
        number, status = ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129))[trial % 3]
        run = start("--out", f"run-{trial}", preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if trial % 2 == 0 else None)
        while not os.path.exists(f"run-{trial}/config.toml") and run.poll() is None:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.9) * length)
        run.send_signal(number)
        out, err = ended(run)
        if run.returncode == 0:
            continue  # it was faster
        caught += 1
        expect(run.returncode == status, f"status {run.returncode} and not {status}: {err}")
        expect("--resume" in err, err)
        expect(os.path.exists(f"run-{trial}/checkpoints/latest"), "nothing was saved")
        again = last_json(*LONG, "--out", f"run-{trial}", "--resume")
        expect(again["digest"] == whole["digest"] and again["steps"] == whole["steps"], f"trial {trial}: other bits")
        expect(again["test_loss"] == whole["test_loss"], "other figures")
    expect(caught >= 3, f"only {caught} runs could be interrupted")


def nohup_keeps_a_run_going(_):
    run = start("--out", "run", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    while not os.path.exists("run/config.toml") and run.poll() is None:
        time.sleep(0.001)
    run.send_signal(signal.SIGHUP)
    out, err = ended(run)
    expect(run.returncode == 0, f"{run.returncode} {err}")


def killed_runs_go_on(_):
    whole = last_json(*LONG, "--out", "whole")
    run = start("--out", "run", "--set", "train.checkpoint_seconds=0")
    while not os.path.exists("run/checkpoints/latest") and run.poll() is None:
        time.sleep(0.001)
    time.sleep(0.05)
    run.kill()
    run.communicate()
    expect(last_json(*LONG, "--out", "run", "--resume")["digest"] == whole["digest"], "other bits after kill -9")


def an_interrupted_run_says_so_in_json(_):
    run = start("--json", "--out", "run", "--set", "train.epochs=1000000")
    while not os.path.exists("run/config.toml") and run.poll() is None:
        time.sleep(0.001)
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    out, err = ended(run)
    expect(run.returncode == 130, f"{run.returncode} {err}")
    out = json.loads(out.splitlines()[-1])
    expect(out["ended"] == "interrupted" and "test_loss" not in out, out)  # test rows are read at the end only


def shell(command):
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "G": GRADUS})


def streams(_):
    for closed in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        run = shell(f"$G train xor --out 'run{closed}' --overwrite {closed}")
        expect(run.returncode == 0, f"{closed}: {run.returncode} {run.stderr}")
        fine("eval", f"run{closed}")  # nothing was printed into a file of the run
    run = shell("set -o pipefail; $G ops --markdown | head -n 1")
    expect(run.returncode == 0, f"closed pipe: {run.returncode} {run.stderr}")
    run = shell("$G ops > /dev/full")
    expect(run.returncode == 1 and "standard output" in run.stderr, f"full: {run.returncode} {run.stderr}")


def terminal(_):
    try:
        master, slave = pty.openpty()
    except OSError as error:
        print(f"skipped: no terminal can be made here: {error}")
        return
    run = subprocess.run([GRADUS, *LONG, "--out", "run"], stdout=subprocess.PIPE, stderr=slave, env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    seen = b""
    try:
        while part := os.read(master, 65536):
            seen += part
    except OSError:
        pass
    expect(run.returncode == 0 and b"\r\x1b[K" in seen and b" left" in seen and b"loss" in seen, seen[-300:])
    run = gradus(*LONG, "--out", "plain")
    expect("\r" not in run.stderr and "\x1b" not in run.stderr and "epoch 150/150" in run.stderr, run.stderr)
    expect(len(run.stderr.splitlines()) < 40, "plain lines are to be thinned")


main([resumed_runs_end_with_the_same_bits, nohup_keeps_a_run_going, killed_runs_go_on, an_interrupted_run_says_so_in_json, streams, terminal])
