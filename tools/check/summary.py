#!/usr/bin/env python3
"""Sums one run of ctest: summary.py FOLDER, with ctest.junit and the XML files of the GoogleTest programs.

Names what failed and what was skipped on standard error; prints "PASSED FAILED SKIPPED" on standard output.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def main(folder):
    counts, failed, skipped = [0, 0, 0], [], []

    def add(name, kind, reason=""):
        counts[kind] += 1
        if kind:
            (failed if kind == 1 else skipped).append(f"{name}: {reason}" if reason else name)

    for test in xml.parse(folder / "ctest.junit").getroot().iter("testcase"):
        name, status = test.get("name"), test.get("status")
        output = (test.findtext("system-out") or "").strip().splitlines()
        cases = folder / f"{name}.xml"
        failures = counts[1]
        if cases.exists():
            for case in xml.parse(cases).getroot().iter("testcase"):
                full, skip = f"{name}: {case.get('classname')}.{case.get('name')}", case.find("skipped")
                if case.find("failure") is not None:
                    add(full, 1)
                elif skip is not None:
                    add(full, 2, " ".join((skip.get("message") or "").split("\n", 2)[-1].split()))
                else:
                    add(full, 2 if case.get("status") == "notrun" else 0, "disabled")
        elif status == "run":
            add(name, 0)
        elif test.find("skipped") is not None:
            add(name, 2, output[-1] if output else "")
        if status == "fail" and counts[1] == failures:  # a crash or a timeout leaves no case behind
            add(name, 1, "see its output above")
        elif status == "notrun" and test.find("skipped") is None:
            add(name, 1, "did not run")
    for title, names in (("failed", failed), ("skipped", skipped)):
        for name in names:
            print(f"{title}: {name}", file=sys.stderr)
    print(*counts)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
