"""The program as a subprocess, for the tests beside this file."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

GRADUS = os.environ.get("GRADUS", "")
if not GRADUS:
    print("the program is not built ($GRADUS is not set)")
    sys.exit(77)


class Failed(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failed(text)


def gradus(*words, env=None, **more):
    more.setdefault("timeout", 600)
    return subprocess.run([GRADUS, *map(str, words)], capture_output=True, text=True, errors="replace",
                          env={**os.environ, **(env or {})}, **more)


def fine(*words, **more):
    run = gradus(*words, **more)
    expect(run.returncode == 0, f"{words}: status {run.returncode}\n{run.stdout}{run.stderr}")
    return run


def last_json(*words, **more):
    return json.loads(fine(*words, "--json", **more).stdout.splitlines()[-1])


def main(tests):
    """Runs every function, or those named on the command line, each in a folder of its own; prints what failed."""
    failed = 0
    for test in [t for t in tests if t.__name__ in sys.argv[1:] or len(sys.argv) == 1]:
        here = pathlib.Path(tempfile.mkdtemp(prefix="gradus-"))
        os.chdir(here)
        try:
            test(here)
            print(f"passed: {test.__name__}")
        except (Failed, subprocess.TimeoutExpired, json.JSONDecodeError, KeyError, IndexError) as error:
            failed += 1
            print(f"FAILED: {test.__name__}: {type(error).__name__}: {error}")
        finally:
            os.chdir("/")
            shutil.rmtree(here, ignore_errors=True)
    sys.exit(1 if failed else 0)
