"""One site and one Chromium per module; pages that log an error to the console fail their test.

Playwright keeps an event loop running in this thread as long as it lives, and Django refuses to
touch a database beside one; so it ends with the module, before other tests go on.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.embedded.bitcoind import Node
from scripts.embedded.world import World
from tests.browser.site import Site

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",
]  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(live_web: World, node: Node, chromium: Browser) -> Site:
    """The live world with web pages and the people of the demonstration."""
    return Site.prepare(live_web, node, chromium)
