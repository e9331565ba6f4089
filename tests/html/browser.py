"""Drives headless Chromium through the DevTools protocol over a pipe, with the standard library alone."""
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

DEADLINE = 20.0  # seconds for any single answer or condition


def find():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Failed(Exception):
    pass


class Browser:
    """One browser process with a profile of its own; close() ends it and all its children."""

    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="pingsieve-html-")
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        log = os.path.join(self.profile, "log")

        def inherit():  # the protocol's descriptors are 3 and 4
            first, second = os.dup(to_browser), os.dup(from_browser)
            low = [fd for fd in (first, second) if fd in (3, 4)]
            if low:  # out of the way of one another
                first, second = os.dup(first), os.dup(second)
            os.dup2(first, 3)
            os.dup2(second, 4)

        options = ["--headless=new", "--disable-gpu", "--no-first-run", "--no-default-browser-check",
                   "--disable-extensions", "--disable-component-update", "--disable-background-networking",
                   "--disable-sync", "--metrics-recording-only", "--disable-dev-shm-usage", "--mute-audio",
                   "--force-device-scale-factor=1", "--hide-scrollbars", "--remote-debugging-pipe",
                   f"--user-data-dir={self.profile}/profile", "about:blank"]
        if os.geteuid() == 0:
            options.insert(0, "--no-sandbox")
        with open(log, "wb") as output:
            self._process = subprocess.Popen([path, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             preexec_fn=inherit, close_fds=False, start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self.events = []

    def close(self):
        os.close(self._write)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)  # the group of its own that it was started in
        except ProcessLookupError:
            pass
        self._process.wait()
        os.close(self._read)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _receive(self, deadline):
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise Failed("the browser does not answer")
            data = os.read(self._read, 1 << 16)
            if not data:
                raise Failed("the browser has ended")
            self._buffer += data
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data):]
        deadline = time.monotonic() + DEADLINE
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, session, method):
        """The next event of that name, which may have come already."""
        deadline = time.monotonic() + DEADLINE
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId") == session:
                    return self.events.pop(i)["params"]
            self.events.append(self._receive(deadline))

    def page(self, url, **options):
        return Page(self, url, **options)


class Page:
    """A page in a context of its own (no state is shared), loaded when the constructor returns."""

    def __init__(self, browser, url, width=1280, height=900, dark=False, script=True, init=None):
        self._browser = browser
        self._context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(domain + ".enable")
        self.resize(width, height)
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.scheme(dark)
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        if init:
            self.call("Page.addScriptToEvaluateOnNewDocument", source=init)
        self.go(url)

    def go(self, url):
        """To another page, in the same context, which is much faster than a new one; forgets what was heard of the last."""
        self._browser.events.clear()
        self.url = url
        if "errorText" in (answer := self.call("Page.navigate", url=url)):
            raise Failed(f"{url}: {answer['errorText']}")
        self._browser.wait(self._session, "Page.loadEventFired")

    def close(self):
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def call(self, method, **params):
        return self._browser.call(method, self._session, **params)

    def resize(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)

    def scheme(self, dark):
        self.call("Emulation.setEmulatedMedia", media="",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def value(self, expression):
        """The value of an expression, a promise awaited; works also where the page's own script may not run."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
                           userGesture=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{expression}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer["result"].get("value")

    def until(self, expression):
        deadline = time.monotonic() + DEADLINE
        while not self.value(expression):
            if time.monotonic() > deadline:
                raise Failed(f"never true: {expression}")

    def press(self, key):
        codes = {"Enter": (13, "\r"), " ": (32, " "), "Tab": (9, "")}
        code, text = codes[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                      text=text if kind == "keyDown" else "")

    def click(self, expression):
        """Clicks with the mouse on the middle of an element."""
        x, y = self.value(f"(() => {{ const e = {expression}; e.scrollIntoView({{block: 'center'}});"
                          "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def complaints(self):
        """Console messages, exceptions and reports of the browser so far."""
        self.value("1")  # messages that were on the way have arrived
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            params = event["params"]
            if event["method"] == "Runtime.consoleAPICalled":
                found.append("console: " + json.dumps(params["args"]))
            elif event["method"] == "Runtime.exceptionThrown":
                found.append("exception: " + json.dumps(params["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded":
                found.append("log: " + params["entry"]["text"])
            elif event["method"] == "Audits.issueAdded":
                found.append("issue: " + params["issue"]["code"])
        return found

    def requests(self):
        self.value("1")
        return [event["params"]["request"]["url"] for event in self._browser.events
                if event.get("sessionId") == self._session and event["method"] == "Network.requestWillBeSent"]

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000),
                               "scale": 1})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
