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
    "textbook": ["explain", "(y - sigmoid(W2 @ sigmoid(W1 @ x + b1) + b2))^2", "x=[[1],[2]]", "y=[[1]]", "W1=[[0.5,-0.2],[-0.2,0.4],[0.3,-0.6]]", "b1=[[0.1],[-0.1],[0.2]]", "W2=[[0.6,-0.4,0.8]]", "b2=[[0.1]]"],
    "wide": ["explain", "sum((w @ x - t)^2)", *(f"{name}=[{','.join('[' + ','.join(str(round((7 * i + 3 * k + shift) % 17 / 4 - 2.123, 3)) for k in range(8)) + ']' for i in range(8))}]" for shift, name in enumerate("wxt"))],
    "kinks": ["explain", "sum(relu(x) * w)", "x=[0, 1, -1]", "w=[1, 2, 3]"],
    "xor": ["explain", "xor"],
    "digits": ["explain", "digits", "--sample", "7"],
    "cnn": ["explain", "mnist-cnn"],
    "gpt": ["explain", "shakespeare-gpt"],
    "vanishing": ["explain", "--lesson", "vanishing"],
    "cost": ["explain", "--lesson", "cost"],
    "minima": ["explain", "--lesson", "minima"],
}
NEEDS_DATA = ("cnn", "gpt")  # real data, which may not be there
DRAWINGS = {"neurons": ["draw", "xor-2-3-1"], "layers": ["draw", "digits"], "graph": ["draw", *EXAMPLE]}


class Failed(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failed(text)


def make_pages(gradus, wanted):
    """Writes what is wanted of NAME.en.html, NAME.zh.html and NAME.en.svg into the current folder."""
    os.environ["OMP_WAIT_POLICY"] = "passive"  # the browser runs beside it

    def make(*words, check=True, **variables):
        subprocess.run([gradus, *words], check=check, capture_output=True, env={**os.environ, **variables})

    for page in wanted:
        name, lang, kind = page.split(".")
        if kind == "svg":
            make(*DRAWINGS[name], "--lang", lang, "--out", page)
        elif name in PAGES:
            make(*PAGES[name], "--lang", lang, "--html", page, check=name not in NEEDS_DATA)
        else:
            for run, locale in (("run.en", "C"), ("run.zh", "zh_CN.UTF-8")):
                if not os.path.exists(run):
                    make("train", "digits", "--set", "train.epochs=4", "--out", run, LC_ALL=locale)
            if name == "report":
                os.symlink(f"run.{lang}/report.html", page)
            elif name == "sample":
                make("explain", f"run.{lang}", "--sample", "17", "--lang", lang, "--html", page)
            else:
                make("compare", "run.en", "run.zh", "--lang", lang, "--html", page)


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


def values_of_a_chart(browser, page):
    """By key and by pointer, in both scales: what is told of a place are the numbers of the curves there, and the spots lie on their lines."""
    browser.look(1600)
    browser.open(page)
    state = """const f = arguments[0], svg = [...f.querySelectorAll('.plot svg')].find(s => s.checkVisibility()), o = f.querySelector('output');
        return {log: svg.classList.contains('log'), told: o.checkVisibility() ? o.textContent : '', low: +svg.dataset.low, high: +svg.dataset.high,
            series: [...f.querySelectorAll('.names li')].map(li => ({name: li.textContent, x: li.dataset.x.split(' ').map(Number), y: li.dataset.y.split(' ').map(Number)})),
            spots: [...svg.querySelectorAll('.spot')].map(s => [+s.getAttribute('cx'), +s.getAttribute('cy')]),
            lines: [...svg.querySelectorAll('path.line')].flatMap(p => [...p.getAttribute('d').matchAll(/[ML]([\\d.-]+) ([\\d.-]+)/g)].map(m => [+m[1], +m[2]]))}"""
    charts = [found[ELEMENT] for found in browser.run("return [...document.querySelectorAll('figure.chart')].filter(f => f.checkVisibility())")]
    expect(charts, "there are charts")

    def check(chart, place, what):
        now = browser.run(state, {ELEMENT: chart})
        told = now["told"].split("\n")
        expect(abs(float(told[0].split()[-1]) - place) <= 1e-3 * abs(place), f"{what}: it tells '{told[0]}', not {place}")
        wanted = [(one["name"], one["y"][one["x"].index(place)]) for one in now["series"] if place in one["x"]]
        expect(len(told) == 1 + len(wanted), f"{what}: {told} of {wanted}")
        for line, (name, value) in zip(told[1:], wanted):
            shown, number = line.rsplit("  ", 1)
            expect(shown == name and (value is None or number == "–" or abs(float(number) - value) <= 2e-3 * abs(value)), f"{what}: '{line}' for {name} = {value}")
        for x, y in now["spots"]:
            expect(any(abs(x - a) < 0.2 and abs(y - b) < 0.2 for a, b in now["lines"]), f"{what}: a spot at {x}, {y} lies on no line")

    for chart in charts:
        labels = browser.run("return [...arguments[0].querySelectorAll('label')]", {ELEMENT: chart})
        for label in labels or [None]:
            if label:
                browser.click(label[ELEMENT])
            now = browser.run(state, {ELEMENT: chart})
            places = sorted({x for one in now["series"] for x in one["x"]})
            svg = browser.run("return [...arguments[0].querySelectorAll('.plot svg')].find(s => s.checkVisibility())", {ELEMENT: chart})[ELEMENT]
            browser.run("arguments[0].focus()", {ELEMENT: svg})
            for key, i in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1), ("ArrowRight", -1), ("ArrowLeft", -2)):
                browser.press(key)
                check(chart, places[max(-len(places), min(i, len(places) - 1))], f"{key} in {'log' if now['log'] else 'linear'}")
            browser.press("Escape")
            expect(not browser.run(state, {ELEMENT: chart})["told"], "Escape takes it away")
            middle = places[len(places) // 2]
            box = browser.run("const b = arguments[0].getBoundingClientRect(); return [b.width, arguments[0].viewBox.baseVal.width]", {ELEMENT: svg})
            across = (54 + (middle - now["low"]) / ((now["high"] - now["low"]) or 1) * (box[1] - 66)) / box[1] - 0.5  # the margins of chart.cpp
            browser.point(svg, round(across * box[0]), 0)
            check(chart, middle, "the pointer")
    quiet(browser, page)


def wide_formulas(browser, page):
    """What is wider than a phone can be reached by the keyboard, says so, and is moved by its arrows; what fits is no stop on the way."""
    boxes = "return [...document.querySelectorAll('.line>span,.matrix figure,h1>span')]"
    browser.look(360)
    browser.open(page)
    faults = browser.run(boxes + ".filter(e => (e.scrollWidth > e.clientWidth + 1) !== (e.tabIndex === 0 && e.getAttribute('role') === 'group' && !!e.getAttribute('aria-label'))).map(e => e.outerHTML.slice(0, 90))")
    expect(not faults, faults[:3])
    wide = browser.run(boxes + ".find(e => e.tabIndex === 0)")
    expect(wide, "nothing is wider than 360 px")
    now = "return [...document.querySelectorAll('ol.steps>li')].findIndex(li => li.classList.contains('now'))"
    browser.run("arguments[0].focus()", wide)
    for _ in range(4):
        browser.press("ArrowRight")
    moved = browser.do("/execute/async", {"script": "const [e, done] = arguments; setTimeout(() => done(e.scrollLeft), 400)", "args": [wide]})
    expect(moved > 20 and browser.run(now) == -1, f"moved by {moved} px, step {browser.run(now)}")
    browser.look(1600)
    faults = browser.do("/execute/async", {"script": "const done = arguments[0]; setTimeout(() => done([...document.querySelectorAll('.line>span')].filter(e => e.tabIndex === 0 && e.scrollWidth <= e.clientWidth + 1).length), 200)", "args": []})
    expect(faults == 0, f"{faults} formulas that fit are stops of the keyboard")
    quiet(browser, page)


def drawing(browser, page):
    """A picture by itself: every text lies within it, light and dark."""
    for dark in (False, True):
        browser.look(1600, dark=dark)
        browser.open(page)
        outside = browser.run("""const all = document.documentElement.getBoundingClientRect();
            return [...document.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect(); return b.left < all.left - 1 || b.right > all.right + 1 || b.top < all.top - 1 || b.bottom > all.bottom + 1; }).map(t => t.textContent)""")
        expect(not outside, f"outside the picture: {outside[:4]}")
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


def tests():
    for name in (*PAGES, "report", "sample", "compare"):
        for lang in ("en", "zh"):
            yield f"look {name}.{lang}.html", in_every_look, f"{name}.{lang}.html"
    yield "steps forward and back", stepping, "expression.en.html"
    yield "steps of a network", stepping, "xor.zh.html"
    yield "a weight lights its paths", lighting, "expression.en.html", True
    yield "a weight of a network", lighting, "xor.en.html", False
    yield "scales of the report", scales, "report.en.html"
    yield "scales of a lesson", scales, "vanishing.zh.html"
    for page in ("report.en.html", "vanishing.zh.html", "cost.en.html", "compare.zh.html"):
        yield f"values of {page}", values_of_a_chart, page
    yield "wide formulas", wide_formulas, "wide.en.html"
    yield "wide formulas of a network", wide_formulas, "xor.zh.html"
    for name in DRAWINGS:
        for lang in ("en", "zh"):
            yield f"drawing {name}.{lang}.svg", drawing, f"{name}.{lang}.svg"
    yield "sample without script", without_script, "sample.zh.html", "真实类别", "样本的图像"
    yield "compare without script", without_script, "compare.en.html", "train_loss", "run.zh"
    yield "explain without script", without_script, "expression.en.html", "-36", "54", "81"
    yield "report without script", without_script, "report.en.html", "train_loss", "test_accuracy"


def main(gradus, *words):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gradus-pages-") as folder:
        os.chdir(folder)
        chosen = [test for test in tests() if not words or any(word in test[0] for word in words)]
        make_pages(gradus, sorted({test[2] for test in chosen}))
        browser = Browser()
        try:
            for name, test, *arguments in chosen:
                if not os.path.exists(arguments[0]):
                    print(f"skipped: {name}: its data are not here", flush=True)
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
