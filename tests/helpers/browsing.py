"""Drives a Chromium as a person would: by what is to be seen on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from selenium.webdriver.remote.webelement import WebElement

PATIENCE = 20.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # A name that is no secure context by itself.
    "--host-resolver-rules=MAP shop.test 127.0.0.1",
)
SEEN = """
const [selector, text] = arguments;
return [...document.querySelectorAll(selector)].filter((element) =>
  element.checkVisibility() && (element.innerText ?? element.textContent).includes(text));
"""
RUN_AXE = """
const [only, done] = arguments;
const options = only ? {runOnly: {type: "rule", values: only}} : {};
axe.run(document, {...options, resultTypes: ["violations"]}).then(
  ({violations}) => done(violations.map(({id, nodes}) =>
    [id, ...nodes.slice(0, 3).map((node) => `${node.target}: ${node.failureSummary}`)])),
  (error) => done([["axe", String(error)]]));
"""


class Browser:
    """A Chromium with a profile of its own."""

    def __init__(self, chromium: str, driver: str, folders: pytest.TempPathFactory) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (*FLAGS, f"--user-data-dir={folders.mktemp('chromium')}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        self.driver.set_script_timeout(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def command(self, name: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.command("Emulation.setDeviceMetricsOverride", **metrics)

    def look(self, scheme: str = "light", media: str = "") -> None:
        """Prefer light or dark, and show the page as a medium has it."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.command("Emulation.setEmulatedMedia", media=media, features=features)

    def open(self, url: str) -> Self:
        # A fragment alone would be no new page.
        self.driver.get("about:blank")
        self.driver.get(url)
        return self

    def leave(self) -> None:
        self.driver.get("about:blank")
        self.complaints()

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str, text: str = "") -> list[WebElement]:
        """Return the visible elements that have this text."""
        found: list[WebElement] = self.js(SEEN, selector, text)
        return found

    def one(self, selector: str, text: str = "") -> WebElement:
        """Wait for a visible element that has this text, and return the first."""
        return self.until(lambda: self.all(selector, text), f"{selector} with {text!r}")[0]

    def until(self, there: Callable[[], Any], what: str) -> Any:
        waiting = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.03)
        return waiting.until(lambda _: there(), f"{what} did not come")

    def click(self, selector: str, text: str = "") -> None:
        element = self.one(selector, text)
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def field(self, label: str) -> WebElement:
        """Return the control with a label that begins with this word."""
        for element in self.all("label", label):
            if element.text.split()[0] == label:
                return self.driver.find_element(By.ID, str(element.get_attribute("for")))
        raise AssertionError(f"no field is called {label}")

    def fill(self, label: str, value: str) -> None:
        field = self.field(label)
        field.clear()
        field.send_keys(value)

    def choose(self, label: str, text: str) -> None:
        """Choose the first option of a list that has this text."""
        choice = Select(self.field(label))
        choice.select_by_visible_text(next(o.text for o in choice.options if text in o.text))

    def press(self, *keys: str) -> WebElement:
        """Press keys wherever the focus is; give what has the focus then."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(getattr(Keys, key, key))
        return self.driver.switch_to.active_element

    def text(self, selector: str) -> str:
        return self.one(selector).text

    def complaints(self) -> list[str]:
        """Return new messages in the browser's log, except those about 4xx and 5xx."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["source"] != "network"
        ]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.js(wide))

    def violations(self, axe: str, *only: str) -> list[Any]:
        """Have axe-core look at the page, by all of its rules or by some; give what it finds."""
        if not self.js("return Boolean(window.axe)"):
            self.js(axe)
        found: list[Any] = self.driver.execute_async_script(RUN_AXE, only or None)
        return found

    def copied(self, click: Callable[[], None]) -> str:
        """Return what a click copies to the clipboard."""
        self.command(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        click()
        script = "const done = arguments[0]; navigator.clipboard.readText().then(done, done);"
        return str(self.driver.execute_async_script(script))
