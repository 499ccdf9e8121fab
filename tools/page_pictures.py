#!/usr/bin/env python3
"""Draws the pages that the README shows: a real explanation and the report of a real run, as a headless Chromium shows them.

    tools/page_pictures.py build/release/gradus        # writes docs/explain.png and docs/report.png
"""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/pages"))
from browser import Browser  # noqa: E402

WIDTH, HEIGHT, MOST_BYTES = 1200, 860, 150_000


def main(gradus):
    with tempfile.TemporaryDirectory(prefix="gradus-pages-") as folder:
        def make(*words):
            subprocess.run([gradus, *words], cwd=folder, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C", "OMP_WAIT_POLICY": "passive"})

        make("explain", "(x*w+b-t)^2", "x=2", "w=-3", "b=1", "t=4", "--html", "explain.html")
        make("train", "digits", "--out", "runs/digits-1")
        browser = Browser()
        try:
            browser.look(WIDTH, HEIGHT)
            for page, picture in (("explain.html", "explain.png"), ("runs/digits-1/report.html", "report.png")):
                browser.open(pathlib.Path(folder, page))
                data = base64.b64decode(browser.devtools("Page.captureScreenshot", format="png")["data"])
                if len(data) > MOST_BYTES:
                    sys.exit(f"{picture} has {len(data)} bytes, and {MOST_BYTES} at most are wanted: make the window smaller")
                (ROOT / "docs" / picture).write_bytes(data)
                print(f"docs/{picture}: {len(data)} bytes")
        finally:
            browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(str(pathlib.Path(sys.argv[1]).resolve()))
