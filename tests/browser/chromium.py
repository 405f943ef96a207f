"""A browser that reaches nothing but this machine, and pages that are watched: what they load, log and violate."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

PLAIN = "tandem.test"
"""A name of this machine that is no secure origin, as no host is on plain HTTP but the loopback."""
_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--host-resolver-rules=MAP {PLAIN} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_AXE = Path(__file__).parent.parent.parent / ".tools/node/node_modules/axe-core/axe.min.js"
_REPORT = """
addEventListener('securitypolicyviolation', (event) =>
  tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
_REQUESTS = """
let asked = 0, changed = performance.now();
const fetched = window.fetch;
window.fetch = (...all) => {
  asked += 1;
  return fetched(...all).finally(() => { asked -= 1; changed = performance.now(); });
};
new PerformanceObserver(() => { changed = performance.now(); }).observe({ type: 'resource' });
window.isIdle = () => document.readyState === 'complete' && asked === 0 && performance.now() - changed > 500;
"""
"""Playwright's "networkidle", as the page sees it: Chromium sometimes does not report that a request ended."""
_TRANSFER = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const before = loaded.filter(({ responseStart }) => responseStart <= paint);
  return [paint, before.reduce((sum, { transferSize }) => sum + transferSize, 0)];
}"""


class Paint(NamedTuple):
    """A page's first contentful paint: after how many ms, and after how many bytes as they were sent."""

    ms: float
    bytes: int


class Watched:
    """A page, and all that it did which a page of ours must not do."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        self.violations: list[str] = []
        page.on("request", self._requested)
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.expose_function("tellViolation", lambda told: self.violations.append(told))  # noqa: PLW0108 - Playwright marks it
        page.add_init_script(_REPORT + _REQUESTS)

    def open(self, path: str) -> Page:
        """Load a page and all that it loads by itself."""
        self.page.goto(self.base + path)
        self.wait_until_idle()
        return self.page

    def wait_until_idle(self) -> None:
        """Wait until the page has asked for nothing and got nothing for half a second."""
        self.page.wait_for_function("() => isIdle()")

    def paint(self) -> Paint:
        """What it took until there was something to see."""
        ms, size = self.page.evaluate(_TRANSFER)
        return Paint(ms, size)

    def serious_faults(self) -> list[str]:
        """Serious and critical faults that axe-core finds, with the element that has each."""
        self.page.evaluate(_axe())
        found: dict[str, Any] = self.page.evaluate("axe.run({ resultTypes: ['violations'] })")
        return [
            f"{fault['id']}: {node['html']} {json.dumps(node['any'][:1])[:300]}"
            for fault in found["violations"]
            if fault["impact"] in {"serious", "critical"}
            for node in fault["nodes"]
        ]

    def blames(self) -> list[str]:
        """Requests to other hosts, errors that it logged, and reports of its policy: there should be none."""
        return [*self.elsewhere, *self.errors, *self.violations]

    def blameless(self) -> None:
        """Assert that there are none."""
        assert not self.blames(), self.blames()

    def _requested(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in {"data", "blob"} and url.hostname not in {"127.0.0.1", PLAIN}:
            self.elsewhere.append(request.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Skips or fails the test where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        _do_without("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


def _axe() -> str:
    if not _AXE.exists():
        _do_without("axe-core is not there; `make contract` brings it")
    return _AXE.read_text(encoding="utf-8")


def _do_without(reason: str) -> None:
    if "browser" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)
