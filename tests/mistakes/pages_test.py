#!/usr/bin/env python3
"""docs/mistakes.md and its translation show the programs of examples/mistakes as they are, and what they print.
With --write the pages are renewed."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ROOT / "examples" / "mistakes"
PAGES = [ROOT / "docs" / "mistakes.md", ROOT / "docs" / "mistakes.zh-CN.md"]
# A link to a program, its code, and after any words its output.
SHOWN = re.compile(r"(\]\(\.\./examples/mistakes/(\w+)\.cpp\)[^\n]*\n\n```cpp\n)(.*?)(```\n(?:(?!\n## ).)*?\n```text\n)(.*?)(```\n)", re.S)


def outputs(build):
    """What each program prints; None when the programs were not built."""
    found = {}
    for source in sorted(PROGRAMS.glob("*.cpp")):
        program = build / "examples" / f"example_mistakes.{source.stem}"
        if not program.exists():
            print(f"{program.name} was not built")
            return None
        run = subprocess.run([program], text=True, capture_output=True)
        if run.returncode != 0:
            sys.exit(f"{source.name} ends with {run.returncode}\n{run.stdout}{run.stderr}")
        found[source.stem] = run.stdout
    return found


def main():
    printed = outputs(pathlib.Path(os.environ.get("BUILD", ROOT / "build/release")))
    if printed is None:
        return 77
    faults, headings = [], []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")

        def renewed(match):
            name = match[2]
            if name not in printed:
                faults.append(f"{page.name}: there is no program {name}.cpp")
                return match[0]
            return match[1] + (PROGRAMS / f"{name}.cpp").read_text() + match[4] + printed[name] + match[6]

        shown = [match[2] for match in SHOWN.finditer(text)]
        new = SHOWN.sub(renewed, text)
        if sorted(shown) != sorted(printed):
            faults.append(f"{page.name}: shown once each must be {sorted(printed)}; shown is {sorted(shown)}")
        if new != text and "--write" in sys.argv:
            page.write_text(new, encoding="utf-8")
        elif new != text:
            here = next(i for i, (a, b) in enumerate(zip(text.splitlines(), new.splitlines() + [""]), 1) if a != b)
            faults.append(f"{page.name}:{here}: '{text.splitlines()[here - 1]}' should be '{new.splitlines()[here - 1]}'; renew with {pathlib.Path(__file__).name} --write")
        headings.append([match[2] for match in SHOWN.finditer(text)])
    if headings[0] != headings[1]:
        faults.append("the two pages show the programs in different orders")
    print("\n".join(faults) or f"{len(printed)} programs: both pages show them as they are")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
