"""What a page looks like and says while it is used: pictures, errors, waiting as a person would."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

from scripts.embedded.layout import PROJECT

SCREENS = PROJECT / ".local" / "screens"
WIDTHS = (390, 1440)


def watch(page: Page) -> list[str]:
    """Errors of the console; a blocked script or style shows up here."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def reload_until(page: Page, wanted: Locator) -> None:
    """Ask again each second, as a person would, until ``wanted`` is on the page."""
    for _ in range(90):
        if wanted.count():
            return
        page.wait_for_timeout(1_000)
        page.reload()
    raise AssertionError(f"not on the page: {wanted}")


def has_no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def take_screens(name: str, page_at: Callable[[int, Any], Page]) -> None:
    """Pictures of one page at both widths, and once in the dark, as .local/screens/<name>-….png."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page = page_at(width, "light")
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)
        page.context.close()
    dark = page_at(WIDTHS[1], "dark")
    dark.screenshot(path=SCREENS / f"{name}-dark.png", full_page=True)
    dark.context.close()
