#!/usr/bin/env python3
"""The pages in a headless Chromium, as `./check pages` runs it: run.py GRADUS [WORD...] makes them with that program and prints
"passed: NAME" or "FAILED: NAME: why" for each test whose name has one of the words. With $GRADUS_AXE, the file axe.min.js of axe-core,
that looks at every page too."""
import os
import pathlib
import subprocess
import sys
import tempfile

from browser import ELEMENT, Browser

HERE = pathlib.Path(__file__).resolve().parent
CHECK = (HERE / "check.js").read_text(encoding="utf-8")
AXE = pathlib.Path(os.environ["GRADUS_AXE"]).read_text(encoding="utf-8") if os.environ.get("GRADUS_AXE") else ""
EXAMPLE = ["(x*w+b-t)^2", "x=2", "w=-3", "b=1", "t=4"]
# Every kind of page, each once in each language.
PAGES = {
    "expression": ["explain", *EXAMPLE],
    "matrices": ["explain", "sum((w @ x - t)^2)", "w=[[1,2],[3,4]]", "x=[[1],[2]]", "t=[[0],[1]]"],
    "xor": ["explain", "xor"],
    "digits": ["explain", "digits"],
    "vanishing": ["explain", "--lesson", "vanishing"],
    "cost": ["explain", "--lesson", "cost"],
    "minima": ["explain", "--lesson", "minima"],
}


class Failed(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failed(text)


def make_pages(gradus):
    """Writes all pages into the current folder: NAME.en.html, NAME.zh.html."""
    os.environ["OMP_WAIT_POLICY"] = "passive"  # the browser runs beside it
    for lang in ("en", "zh"):
        for name, words in PAGES.items():
            subprocess.run([gradus, *words, "--lang", lang, "--html", f"{name}.{lang}.html"], check=True, capture_output=True)
    locale = {"en": "C", "zh": "zh_CN.UTF-8"}
    for lang in ("en", "zh"):
        subprocess.run([gradus, "train", "digits", "--set", "train.epochs=4", "--out", f"run.{lang}"], check=True, capture_output=True, env={**os.environ, "LC_ALL": locale[lang]})
        os.rename(f"run.{lang}/report.html", f"report.{lang}.html")
    return sorted(pathlib.Path(".").glob("*.html"))


def quiet(browser, page):
    """Nothing on the console, and no request but for the page itself."""
    said = browser.console()
    expect(not said, f"the console says {said[:3]}")
    asked = [url for url in browser.requests() if not url.startswith("data:") and url != pathlib.Path(page).resolve().as_uri()]
    expect(not asked, f"it asks for {asked}")


def in_every_look(browser, page):
    """From narrow to wide, light and dark: width, contrast, names, structure; no message and no request."""
    faults = []
    for width in (360, 1600):
        for dark in (False, True):
            browser.look(width, dark=dark)
            browser.open(page)
            look = f"{width} px, {'dark' if dark else 'light'}"
            faults += [f"{look}: {fault}" for fault in browser.run(CHECK)]
            if AXE:
                browser.run(AXE + "; window.axe = axe")
                found = browser.do("/execute/async", {"script": "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 110)).join(' | '))))", "args": []})
                faults += [f"{look}: axe: {fault}" for fault in found]
            quiet(browser, page)
    expect(not faults, f"{len(faults)} faults\n    " + "\n    ".join(sorted(set(faults))[:12]))


def stepping(browser, page):
    browser.look(1600)
    browser.open(page)
    shown = "return document.querySelector('.controls output').textContent"
    count = browser.run("return document.querySelectorAll('ol.steps>li[data-at]').length")
    now = "return [...document.querySelectorAll('ol.steps>li')].findIndex(li => li.classList.contains('now'))"
    buttons = browser.all(".controls button")
    previous, following, play, whole = (browser.one(f"#{name}") for name in ("previous", "next", "play", "all"))
    expect(len(buttons) == 4 and browser.run(now) == -1, "it begins with everything")
    expect(browser.run(shown).split()[0] == str(count), browser.run(shown))
    browser.click(following)
    expect(browser.run(now) == 0 and browser.run(shown).split()[0] == "1", f"one step: {browser.run(shown)}")
    drawn = browser.run("return !!document.querySelector(`.graph .node[data-step='${document.querySelector('ol.steps>li').dataset.at}']`)")
    expect(browser.run("return document.querySelectorAll('.graph .node.now').length") == drawn, "the node of the step is marked")
    later = browser.run("return document.querySelectorAll('ol.steps>li.later').length")
    expect(later == count - 1, f"{later} of {count} steps are still to come")
    # Values that are not computed yet, and gradients that have not come back yet, are not to be seen.
    hidden = "return [...document.querySelectorAll('.graph .node .{}')].filter(e => getComputedStyle(e).opacity > 0.5).length"
    expect(browser.run(hidden.format("grad")) == 0, "no gradient has come back after the first step")
    for _ in range(count - 1):
        browser.click(following)
    expect(browser.run(now) == count - 1, "the last step")
    expect(browser.run(hidden.format("grad")) > 3, "all gradients have come back")
    browser.click(previous)
    expect(browser.run(now) == count - 2, "one step back")
    browser.click(whole)
    expect(browser.run(now) == -1 and browser.run("return document.querySelector('#all').getAttribute('aria-pressed')") == "true", "show all")
    browser.run("document.activeElement.blur()")
    for key, place in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("End", count - 1), ("ArrowRight", count - 1), ("Home", 0), ("Escape", -1)):
        browser.press(key)
        expect(browser.run(now) == place, f"{key}: step {browser.run(now)}, not {place}")
    browser.click(play)
    expect(browser.run(now) == 0, "play begins")
    browser.click(play)
    quiet(browser, page)


def lighting(browser, page, with_numbers):
    """A click on a weight lights its ways to the result, and nothing else; a second one ends it. The keyboard can do the same. Ways through
    matrices have no products of numbers to be shown."""
    browser.look(1600)
    browser.open(page)
    lit = "return document.querySelectorAll('.graph .{}.lit').length"
    weight, result = browser.one(".graph .node.parameter"), browser.one(".graph .node.result")
    off = browser.run("return document.querySelectorAll('.graph .node.input').length")
    browser.click(weight)
    expect(browser.run(lit.format("edge")) >= 3, f"{browser.run(lit.format('edge'))} edges are lit")
    expect(browser.run("return arguments[0].classList.contains('lit')", {ELEMENT: result}), "the result is lit")
    expect(off and browser.run(lit.format("node.input")) == 0, "inputs are not on the way of a weight")
    expect(browser.run("return arguments[0].getAttribute('aria-pressed')", {ELEMENT: weight}) == "true", "it says that it is chosen")
    if with_numbers:
        step = browser.run("return arguments[0].dataset.step", {ELEMENT: weight})
        expect(browser.run(f"return document.querySelector('#paths{step}').open"), "its paths are shown as numbers too")
    browser.click(weight)
    expect(browser.run(lit.format("edge")) == 0, "a second click ends it")
    browser.run("arguments[0].focus()", {ELEMENT: weight})
    browser.press("Enter")
    expect(browser.run(lit.format("edge")) >= 3, "Enter does the same")
    quiet(browser, page)


def scales(browser, page):
    """The curves of a page: linear or logarithmic by click and by key, values under the pointer, and as a table."""
    browser.look(1600)
    browser.open(page)
    which = "return [...arguments[0].querySelectorAll('.plot svg')].filter(s => s.checkVisibility()).map(s => s.classList.contains('log') ? 'log' : 'linear').join()"
    chart = {ELEMENT: browser.run("return [...document.querySelectorAll('figure.chart')].find(f => f.querySelectorAll('input[type=radio]').length === 2)")[ELEMENT]}
    labels = [found[ELEMENT] for found in browser.run("return [...arguments[0].querySelectorAll('label')]", chart)]
    browser.click(labels[0])
    expect(browser.run(which, chart) == "linear", browser.run(which, chart))
    browser.click(labels[1])
    expect(browser.run(which, chart) == "log", f"after a click: {browser.run(which, chart)}")
    browser.run("arguments[0].querySelector('input:checked').focus()", chart)
    browser.press("ArrowLeft")
    expect(browser.run(which, chart) == "linear", "the arrow keys switch too")
    svg = browser.run("return [...arguments[0].querySelectorAll('.plot svg')].find(s => s.checkVisibility())", chart)[ELEMENT]
    value = "const o = arguments[0].querySelector('output'); return o && o.checkVisibility() ? o.textContent : ''"
    expect(browser.run(value, chart) == "", "no value before the pointer comes")
    browser.point(svg)
    under = browser.run(value, chart)
    expect(any(c.isdigit() for c in under), f"under the pointer: '{under}'")
    browser.point(svg, 100)
    expect(browser.run(value, chart) != under, "another place has another value")
    browser.run("arguments[0].focus()", {ELEMENT: svg})
    browser.press("Home")
    first = browser.run(value, chart)
    browser.press("ArrowRight")
    expect(first and browser.run(value, chart) != first, "the arrow keys go from value to value")
    expect(browser.run("return arguments[0].querySelectorAll('table td').length", chart) > 3, "the values as a table")
    quiet(browser, page)


def without_script(browser, page, *words):
    """The page says everything without JavaScript."""
    browser.look(1600)
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        tree = browser.devtools("Accessibility.getFullAXTree")["nodes"]
        text = " ".join(str(node.get("name", {}).get("value", "")) for node in tree)
        for word in words:
            expect(word in text, f"'{word}' is not to be read without JavaScript")
        expect(not any(node.get("role", {}).get("value") == "button" and node.get("name", {}).get("value", "").startswith("◀") for node in tree), "buttons that can do nothing are shown")
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", value=False)


def tests(pages):
    for page in pages:
        yield f"look {page.name}", in_every_look, page
    yield "steps forward and back", stepping, "expression.en.html"
    yield "steps of a network", stepping, "xor.zh.html"
    yield "a weight lights its paths", lighting, "expression.en.html", True
    yield "a weight of a network", lighting, "xor.en.html", False
    yield "scales of the report", scales, "report.en.html"
    yield "scales of a lesson", scales, "vanishing.zh.html"
    yield "explain without script", without_script, "expression.en.html", "-36", "54", "81"
    yield "report without script", without_script, "report.en.html", "train_loss", "test_accuracy"


def main(gradus, *words):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gradus-pages-") as folder:
        os.chdir(folder)
        pages = make_pages(gradus)
        browser = Browser()
        try:
            for name, test, *arguments in tests(pages):
                if words and not any(word in name for word in words):
                    continue
                try:
                    test(browser, *arguments)
                    print(f"passed: {name}", flush=True)
                except (Failed, RuntimeError, KeyError, TypeError) as error:
                    failed += 1
                    print(f"FAILED: {name}: {error}", flush=True)
        finally:
            browser.close()
            os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve()), *sys.argv[2:]))
