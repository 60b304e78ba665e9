"""A browser without a window, driven by the DevTools protocol over two pipes."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from harness.report.page import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from harness.report.columns import Column

_PATIENCE = 60
"""Seconds for one answer."""
_HEIGHT = 800
_PHONE = 600
"""Pixels; what is narrower is a phone."""
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_LAUNCH = """
import fcntl, os, sys
one, two = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(one, 3), os.dup2(two, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The pipes have to be descriptors 3 and 4; they are moved out of the way first."""


_MIDDLE = """it => {
  it.scrollIntoView({block: 'center'});
  const box = it.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""


class BrowserError(Exception):
    """It did not do as it was told."""


def find() -> str | None:
    """The path of a browser that speaks the protocol; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


class Browser:
    """A browser, and what it says."""

    def __init__(self, program: str, profile: Path) -> None:
        down, self._down = os.pipe()
        self._up, up = os.pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed by `close`
        arguments = [program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(down), str(up), *arguments],
            pass_fds=(down, up),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        os.close(down)
        os.close(up)
        self._last = 0
        self._buffer = b""
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End it, and everything that it started."""
        with contextlib.suppress(BrowserError, OSError):
            self.ask("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._down)
        os.close(self._up)
        self._log.close()

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are kept."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._down, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") == self._last:
                break
            self.events.append(heard)
        if "error" in heard:
            raise BrowserError(f"{method}: {heard['error']['message']}")
        result: dict[str, Any] = heard["result"]
        return result

    def wait_for(self, method: str) -> dict[str, Any]:
        """The next event of a kind, which may have come already."""
        while True:
            for at, event in enumerate(self.events):
                if event.get("method") == method:
                    return self.events.pop(at)
            self.events.append(self._hear())

    def _hear(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._up], [], [], max(0, until - time.monotonic()))
            data = os.read(self._up, 1 << 20) if ready else b""
            if not data:
                self._log.seek(0)
                raise BrowserError(f"no answer: {self._log.read().decode(errors='replace')[-2000:]}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        heard: dict[str, Any] = json.loads(line)
        return heard


class View(NamedTuple):
    """How a page is looked at."""

    width: int
    scheme: str = "light"
    media: str = "screen"
    scripts: bool = True


class Page:
    """A page in a browser, looked at in one way."""

    def __init__(self, browser: Browser, path: Path, view: View) -> None:
        self.browser, self.view = browser, view
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.target: str = target
        self.session: str = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.resize(view.width)
        self.ask(
            "Emulation.setEmulatedMedia",
            media=view.media,
            features=[
                {"name": "prefers-color-scheme", "value": view.scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ],
        )
        if not view.scripts:
            self.ask("Emulation.setScriptExecutionDisabled", value=True)
        browser.events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        browser.wait_for("Page.loadEventFired")

    def resize(self, width: int) -> None:
        """As wide as that, and as high as a screen."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=_HEIGHT,
            deviceScaleFactor=1,
            mobile=width < _PHONE,
        )

    def press(self, key: str, code: int) -> None:
        """A key, down and up; `code` is its virtual key code."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text
            )

    def click(self, selector: str) -> None:
        """Into the middle of the first element that is selected."""
        place = self.value(f"({_MIDDLE})(document.querySelector({json.dumps(selector)}))")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask(
                "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1
            )

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.ask("Page.printToPDF")["data"])

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.ask(method, self.session, **params)

    def value(self, script: str) -> Any:
        """What a script returns."""
        told = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise BrowserError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    def complaints(self) -> list[str]:
        """What the browser wrote into its console."""
        self.value("1")
        found = []
        for event in self.browser.events:
            if event.get("method") == "Log.entryAdded":
                found.append(event["params"]["entry"]["text"])
            elif event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                found.append(str(event["params"]))
        return found

    def requests(self) -> list[str]:
        """Every address it asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self.browser.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        """Close it; the browser stays."""
        self.browser.ask("Target.closeTarget", targetId=self.target)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests; where there is none that works, they are skipped."""
    program = find()
    if program is None:
        pytest.skip("there is no Chromium on PATH")
    browser = Browser(program, tmp_path_factory.mktemp("profile"))
    try:
        try:
            browser.ask("Browser.getVersion")
        except (BrowserError, OSError) as error:
            pytest.skip(f"{program} does not work here: {error}")
        yield browser
    finally:
        browser.close()


@pytest.fixture
def show(browser: Browser, both: tuple[Column, ...], tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Shows the report on two engines, or on others."""
    path = tmp_path / "report.html"
    pages: list[Page] = []

    def show(view: View, columns: Sequence[Column] = both) -> Page:
        path.write_text(page(columns), encoding="utf-8")
        pages.append(Page(browser, path, view))
        return pages[-1]

    yield show
    for shown in pages:
        shown.close()
