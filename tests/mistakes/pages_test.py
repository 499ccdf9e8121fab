#!/usr/bin/env python3
"""The pages of BOOKS show the programs of their folder in examples as they are, and what they print.
With --write the pages are renewed."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# A folder of examples, and the pages that show all its programs; translations of one page keep the order of the first.
BOOKS = {"mistakes": ["mistakes.md", "mistakes.zh-CN.md"], "errors": ["first-errors.md"]}


def outputs(folder, build):
    """What each program prints; None when the programs were not built."""
    found = {}
    for source in sorted((ROOT / "examples" / folder).glob("*.cpp")):
        program = build / "examples" / f"example_{folder}.{source.stem}"
        if not program.exists():
            print(f"{program.name} was not built")
            return None
        run = subprocess.run([program], text=True, capture_output=True)
        if run.returncode != 0:
            sys.exit(f"{source.name} ends with {run.returncode}\n{run.stdout}{run.stderr}")
        found[source.stem] = run.stdout
    return found


def check(folder, pages, printed, faults):
    # A link to a program, its code, and after any words its output.
    shown_as = re.compile(r"(\]\(\.\./examples/" + folder + r"/(\w+)\.cpp\)[^\n]*\n\n```cpp\n)(.*?)(```\n(?:(?!\n## ).)*?\n```text\n)(.*?)(```\n)", re.S)
    orders = []
    for page in (ROOT / "docs" / name for name in pages):
        text = page.read_text(encoding="utf-8")

        def renewed(match):
            name = match[2]
            if name not in printed:
                faults.append(f"{page.name}: there is no program {name}.cpp")
                return match[0]
            return match[1] + (ROOT / "examples" / folder / f"{name}.cpp").read_text() + match[4] + printed[name] + match[6]

        shown = [match[2] for match in shown_as.finditer(text)]
        new = shown_as.sub(renewed, text)
        if sorted(shown) != sorted(printed):
            faults.append(f"{page.name}: shown once each must be {sorted(printed)}; shown is {sorted(shown)}")
        if new != text and "--write" in sys.argv:
            page.write_text(new, encoding="utf-8")
        elif new != text:
            here = next(i for i, (a, b) in enumerate(zip(text.splitlines(), new.splitlines() + [""]), 1) if a != b)
            faults.append(f"{page.name}:{here}: '{text.splitlines()[here - 1]}' should be '{new.splitlines()[here - 1]}'; renew with {pathlib.Path(__file__).name} --write")
        orders.append(shown)
    if any(order != orders[0] for order in orders):
        faults.append(f"{', '.join(pages)} show the programs in different orders")


def main():
    build, faults, count, missing = pathlib.Path(os.environ.get("BUILD", ROOT / "build/release")), [], 0, []
    for folder, pages in BOOKS.items():
        printed = outputs(folder, build)
        if printed is None:
            missing.append(folder)
            continue
        check(folder, pages, printed, faults)
        count += len(printed)
    print("\n".join(faults) or f"{count} programs: the pages show them as they are" + "".join(f"; those of {name} were not built" for name in missing))
    return 1 if faults else 77 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
