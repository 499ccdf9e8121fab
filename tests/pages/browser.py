"""A headless Chromium, driven over HTTP by chromedriver (W3C WebDriver); nothing but Python's standard library."""
import json
import pathlib
import subprocess
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the standard's name for a reference to an element
KEYS = {"ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Home": "\ue011", "End": "\ue010", "Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}


class Browser:
    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        port = next(line.rsplit(" ", 1)[1].strip(".\n") for line in self.driver.stdout if "started successfully on port" in line)
        self.address = f"http://127.0.0.1:{port}"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        for attempt in range(3):  # on a busy machine it may not start in the minute that chromedriver gives it
            try:
                self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
                break
            except RuntimeError:
                if attempt == 2:
                    self.driver.kill()
                    raise
        self.do("/timeouts", {"script": 200_000})

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=240) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {json.load(error)['value']['message']}") from None

    def do(self, path, body=None, method="POST"):
        return self.call(method, f"/session/{self.session}{path}", {} if body is None and method == "POST" else body)

    def devtools(self, command, **parameters):
        return self.do("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look(self, width, height=900, dark=False):
        """The size of the page and the colours that its reader prefers; from 360 px on, which a window cannot be."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                                                              {"name": "prefers-reduced-motion", "value": "reduce"}])

    def open(self, file):
        self.events(), self.console()
        self.do("/url", {"url": pathlib.Path(file).resolve().as_uri()})

    def run(self, script, *arguments):
        return self.do("/execute/sync", {"script": script, "args": list(arguments)})

    def all(self, selector):
        return [found[ELEMENT] for found in self.do("/elements", {"using": "css selector", "value": selector})]

    def one(self, selector):
        return self.do("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, element):
        self.do(f"/element/{element}/click")

    def press(self, *keys):
        actions = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self.do("/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def point(self, element, x=0, y=0):
        """Moves the pointer to a place, counted from the middle of an element."""
        self.run("arguments[0].scrollIntoView({block: 'center'})", {ELEMENT: element})
        move = {"type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": {ELEMENT: element}}
        self.do("/actions", {"actions": [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move]}]})

    def console(self):
        return [entry["message"] for entry in self.do("/se/log", {"type": "browser"})]

    def events(self):
        return [json.loads(entry["message"])["message"] for entry in self.do("/se/log", {"type": "performance"})]

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events() if event["method"] == "Network.requestWillBeSent"]

    def close(self):
        try:
            self.do("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait(20)
