#!/usr/bin/env python3
"""Lines per folder, and the files that grow too long: above 300 lines they are named, above 500 this fails."""
import collections
import pathlib
import sys

NAMED, LIMIT = 300, 500
TREES = ["include", "src", "tests", "examples", "bench", "tools", "cmake", "python"]
ENDINGS = {".hpp", ".cpp", ".h", ".cu", ".py", ".sh", ".cmake", ".txt"}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    folders, files = collections.Counter(), {}
    for tree in TREES:
        for file in (root / tree).rglob("*"):
            if file.is_file() and (file.suffix in ENDINGS or file.suffix == ""):
                lines = file.read_bytes().count(b"\n")
                folders[file.parent.relative_to(root).as_posix()] += lines
                files[file.relative_to(root).as_posix()] = lines
    for name in sorted(folders):
        print(f"{folders[name]:7}  {name}/")
    print(f"{sum(folders.values()):7}  in {len(files)} files")
    long = sorted(((lines, name) for name, lines in files.items() if lines > NAMED), reverse=True)
    for lines, name in long:
        print(f"{lines:7}  {name}{'   above the limit of ' + str(LIMIT) if lines > LIMIT else ''}")
    return 1 if any(lines > LIMIT for lines, _ in long) else 0


if __name__ == "__main__":
    sys.exit(main())
