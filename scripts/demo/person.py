"""A person of the demonstration with a browser and an authenticator app."""

import time
from base64 import b32decode
from typing import Any

from scripts.demo import totp
from scripts.demo.browser import Browser, Page

STEP_SECONDS = 30
# The server accepts one step of drift, so the next code works up to 30 seconds early.
EARLY_STEPS = 1


class Person:
    """Logs in with both factors; uses each code once, as the server demands."""

    def __init__(self, login: dict[str, Any], base: str) -> None:
        self.login = login
        self.browser = Browser(base)
        self._key = b32decode(login["totp_secret"])
        self._last_step = 0

    @property
    def name(self) -> str:
        return str(self.login["name"])

    def code(self) -> str:
        """A code not used before; waits for the clock when the next one would be too early."""
        step = max(int(time.time()) // STEP_SECONDS, self._last_step + 1)
        while step > int(time.time()) // STEP_SECONDS + EARLY_STEPS:
            time.sleep(0.5)
        self._last_step = step
        return totp.code(self._key, step * STEP_SECONDS)

    def log_in(self) -> "Person":
        """Password, then code."""
        self.browser.get("/account/login/")
        self.browser.post(
            "/account/login/", {"email": self.login["email"], "password": self.login["password"]}
        )
        self.browser.post("/account/code/", {"token": self.code()})
        return self

    def get(self, path: str) -> Page:
        return self.browser.get(path)

    def post(self, path: str, fields: dict[str, str], files: dict[str, bytes] | None = None) -> Page:
        return self.browser.post(path, fields, files)
