#!/usr/bin/env python3
"""Runs the commands of docs/first-steps.md and of its translation, in order, in a folder of their own with the files that the page shows,
and compares what they print with the page, but for digits of numbers. A network that predicts must do it as the page has it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GRADUS = os.environ.get("GRADUS", "")


def blocks(text):
    """(kind, file's name or None, content) of each fenced block; a name in backquotes alone on the line above makes it a file."""
    for match in re.finditer(r"(?:^`([\w.]+)`\n\n)?^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield match[2], match[1], match[3]


def shape(text):
    """Text with every number and digest as one sign, and blanks as one blank."""
    return re.sub(r"[ \t]+", " ", re.sub(r"\b[0-9a-f]{12}\b|\d[\d,.]*(e-?\d+)?", "N", text)).strip()


def faults_of(page):
    commands, environment = 0, {**os.environ, "OMP_WAIT_POLICY": "passive", "LC_ALL": "C", "GRADUS_DATA": ""}
    output, command = None, ""
    with tempfile.TemporaryDirectory(prefix="gradus-") as folder:
        for kind, name, content in blocks(page.read_text(encoding="utf-8")):
            if name:
                pathlib.Path(folder, name).write_text(content)
            elif kind == "sh":
                for command in content.splitlines():
                    commands += 1
                    run = subprocess.run(["bash", "-c", 'set -- ' + command + '; shift; exec "$GRADUS" "$@"'], cwd=folder, text=True, capture_output=True, env=environment, timeout=600)
                    if run.returncode != 0:
                        yield f"{command}: status {run.returncode}\n{run.stderr}"
                        return
                    for made in re.findall(r"--(?:html|out) (\S+)", command):
                        if not pathlib.Path(folder, made).exists():
                            yield f"{command}: there is no {made}"
                    output = run.stdout
            elif kind == "text":
                same = output == content if "predict" in command else shape(output or "") == shape(content)
                if not same:
                    yield f"{command} prints\n{output}\nand the page has\n{content}"
        for named in re.findall(r"`(runs/[\w./-]+)`", page.read_text(encoding="utf-8")):
            if not pathlib.Path(folder, named).exists() and not named.endswith("-2"):
                yield f"there is no {named}"
    if commands != 6:
        yield f"{commands} commands, and there should be six"


def main():
    if not GRADUS:
        print("the program is not built ($GRADUS is not set)")
        return 77
    pages = [ROOT / "docs" / name for name in ("first-steps.md", "first-steps.zh-CN.md")]
    faults = [f"{page.name}: {fault}" for page in pages for fault in faults_of(page)]
    same = [[b for b in blocks(page.read_text(encoding="utf-8"))] for page in pages]
    if same[0] != same[1]:
        faults.append("the two pages have different commands, files or outputs")
    print("\n".join(faults) or "the commands of both pages do what the pages say")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
