"""What must stand in no log: secrets of the world, codes and keys, data of people.

Every process of a worker writes its log below ``logs``; the test process adds its own. When a
worker's world ends, all of them are searched, so each test of the run is also a test of the logs.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.accounts.models import Client, User
from custody.web.logs import json_formatter
from tests.cast import PASSWORD

SHORTEST = 8
"""Characters; shorter values would be found everywhere by chance."""

PATTERNS = {
    "an e-mail address": re.compile(r"(?<![\w.+-])(?!(worker|signer)@)[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}"),
    "an extended private key": re.compile(r"\b[xtyzuv]prv[1-9A-HJ-NP-Za-km-z]{100,}"),
    "a private key in WIF": re.compile(r"\b[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51}\b"),
    "a private key in PEM": re.compile(r"BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY"),
    "an access token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."),
    "an otpauth address": re.compile(r"otpauth://"),
    "a session or form token": re.compile(r"(sessionid|csrfmiddlewaretoken|csrftoken)[\"']?[=:]"),
}


@dataclass(frozen=True)
class Leak:
    """Where something private stands; the thing itself is not repeated."""

    log: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.log.name}, line {self.line}: {self.what}"


def search(logs: Iterable[Path], secrets: dict[str, str]) -> Iterator[Leak]:
    """Find patterns and the values of ``secrets`` (name to value) in log files."""
    known = {name: value for name, value in secrets.items() if len(value) >= SHORTEST}
    for log in logs:
        for number, line in enumerate(log.read_text(errors="replace").splitlines(), start=1):
            for what in _found(line, known):
                yield Leak(log, number, what)


def _found(line: str, secrets: dict[str, str]) -> Iterator[str]:
    yield from (what for what, pattern in PATTERNS.items() if pattern.search(line))
    yield from (f"the value of {name}" for name, value in secrets.items() if value in line)


def secrets_of_files(*directories: Path) -> dict[str, str]:
    """PINs and everything kept below a ``secrets`` folder of a run or world."""
    files = [file for root in directories for file in (*root.glob("secrets/*"), *root.glob("*/hsm/pin"))]
    return {str(file): file.read_text().strip() for file in files if file.is_file()}


def secrets_of_people() -> dict[str, str]:
    """Names, e-mail addresses, authenticator keys and the password of everybody in the database."""
    found = {"the password of the tests": PASSWORD}
    for user in User.objects.all():
        found |= {f"{user.pk} {field}": getattr(user, field) for field in ("name", "email", "totp_key")}
    return found | {f"{client.pk} name": client.name for client in Client.objects.all()}


def log_own_lines(directory: Path) -> None:
    """Write what the test process itself logs to a file of ``directory``, as the product would."""
    handler = logging.FileHandler(directory / "tests.log")
    handler.setFormatter(json_formatter())
    logging.getLogger().addHandler(handler)
