#!/usr/bin/env python3
"""The pages say what is true: every local link leads somewhere, and every complete C++ program in them compiles."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def anchors(text):
    """The names GitHub gives to headings."""
    found = set()
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", text, re.M):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading)).strip().lower().replace(" ", "-")
        found.add(name if name not in found else f"{name}-1")
    return found


def broken_links(page, text):
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|<img[^>]*src=\"([^\"]+)\"", prose):
        target = target[0] or target[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists():
            yield f"the link {target} leads nowhere"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            yield f"no heading for the link {target}"


def broken_programs(text):
    built = {file.read_text() for file in (ROOT / "examples").rglob("*.cpp")}  # the build has compiled these
    for block in re.findall(r"^```(?:cpp|c\+\+)\n(.*?)^```", text, re.M | re.S):
        if "int main(" not in block or block in built:
            continue
        run = subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", f"-I{ROOT}/include", "-fsyntax-only", "-x", "c++", "-"],
                             input=block, text=True, capture_output=True)
        if run.returncode != 0:
            yield "a program does not compile:\n" + run.stderr


def main():
    pages = sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))
    faults = []
    for page in pages:
        text = page.read_text()
        faults += [f"{page.relative_to(ROOT)}: {fault}" for fault in [*broken_links(page, text), *broken_programs(text)]]
    print("\n".join(faults) or f"{len(pages)} pages: links and programs are good")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
