"""Visits to pages in Chromium that notice what a person, a screen reader or the security policy would object to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, Response
from playwright.sync_api import Error as PlaywrightError

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
PATIENCE_MILLISECONDS = 30_000  # a busy machine may be slow
NO_FRAME = "Unable to capture screenshot"
SCREENSHOT_TRIES = 5
BETWEEN_TRIES_MILLISECONDS = 500
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
WIDE_PARTS = """
[...document.querySelectorAll('body *')]
  .filter((part) => part.getBoundingClientRect().right > innerWidth)
  .map((part) => part.outerHTML.slice(0, 80)).slice(0, 5)
"""
COLLECT_VIOLATIONS = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  const place = `${event.sourceFile}:${event.lineNumber} ${event.sample}`;
  window.__violations.push(`${event.violatedDirective}: ${event.blockedURI} ${place}`);
});
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    language: str = "en"
    is_wide: bool = True
    is_dark: bool = False

    def __str__(self) -> str:
        return f"{self.language}-{'wide' if self.is_wide else 'narrow'}-{'dark' if self.is_dark else 'light'}"

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in CSS pixels."""
        return (1280, 800) if self.is_wide else (375, 812)


LOOKS = [
    Look(language, wide, dark) for language in ("en", "zh-hans") for wide in (True, False) for dark in (False, True)
]


@dataclass
class Visit:
    """A browser that is logged in, or not, and remembers every complaint."""

    base_url: str
    look: Look
    context: BrowserContext
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(COLLECT_VIOLATIONS)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("response", self._check)

    def open(self, path: str) -> Page:
        """Go to a page and wait until it is quiet."""
        self.page.goto(self.base_url + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def assert_sound(self, name: str = "", *, allowed_statuses: tuple[int, ...] = ()) -> None:
        """Expect no complaint, no serious axe finding and no sideways scrolling; keep a screenshot under ``name``."""
        if name:
            self.keep_picture(name)
        self.complaints += self.page.evaluate("window.__violations")
        allowed = [f"status of {status}" for status in allowed_statuses]
        complaints = [text for text in self.complaints if not any(status in text for status in allowed)]
        if self.page.evaluate("document.documentElement.scrollWidth") > self.look.size[0]:
            complaints.append(f"the page scrolls sideways: {self.page.evaluate(WIDE_PARTS)}")
        complaints += self.serious_findings()
        self.complaints.clear()  # axe itself tries inline styles, which the policy blocks
        if complaints:
            pytest.fail(f"{self.page.url} ({self.look}):\n" + "\n".join(complaints))

    def keep_picture(self, name: str, *, full_page: bool = False) -> None:
        """Keep a screenshot of this look; at times Chromium has no frame ready to take one of, and is asked again."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{self.look}.png"
        for _try in range(SCREENSHOT_TRIES - 1):
            try:
                self.page.screenshot(path=path, full_page=full_page)
            except PlaywrightError as error:
                if NO_FRAME not in error.message:
                    raise
                self.page.wait_for_timeout(BETWEEN_TRIES_MILLISECONDS)
            else:
                return
        self.page.screenshot(path=path, full_page=full_page)

    def serious_findings(self, frame: Frame | None = None) -> list[str]:
        """Return what axe calls serious or critical of the page or of a frame in it, each with the elements."""
        looked_at: Any = frame or self.page  # axe only needs what runs scripts
        violations = Axe().run(looked_at, options=AXE_OPTIONS).response["violations"]
        return [
            f"{finding['id']}: {[node['target'] for node in finding['nodes']]} {finding['help']}"
            for finding in violations
            if finding["impact"] in {"serious", "critical"}
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console: {message.text}")

    def _check(self, response: Response) -> None:
        if response.status >= 400 and not re.search(r"/favicon\.ico$", response.url):
            self.complaints.append(f"answer: status of {response.status} {response.url}")


def open_visit(browser: Browser, base_url: str, look: Look, session_key: str = "") -> Visit:
    """Return a visit with the language, size and colours of ``look``, logged in where there is a session."""
    width, height = look.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if look.is_dark else "light",
        locale="zh-CN" if look.language == "zh-hans" else "en-GB",
        reduced_motion="reduce",
    )
    cookies: list[SetCookieParam] = [{"name": "django_language", "value": look.language, "url": base_url}]
    if session_key:
        cookies.append({"name": "sessionid", "value": session_key, "url": base_url})
    context.add_cookies(cookies)
    return Visit(base_url=base_url, look=look, context=context)
