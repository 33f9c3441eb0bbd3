"""The search for private data in logs finds each kind, and nothing in ordinary lines."""

import logging
from pathlib import Path

import pytest

from tests.harness.leaks import log_own_lines, search, secrets_of_files

KEY = "L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ"
XPRV = (
    "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33"
    "yuGBxrMPHi"
)


def found_in(tmp_path: Path, line: str, **secrets: str) -> list[str]:
    log = tmp_path / "web.log"
    log.write_text(f"started\n{line}\n")
    return [str(leak) for leak in search([log], secrets)]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"event": "no mail to anna@example.org"}', "an e-mail address"),
        (f"importing {XPRV}", "an extended private key"),
        (f"key {KEY} refused", "a private key in WIF"),
        ("-----BEGIN EC PRIVATE KEY-----", "a private key in PEM"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiMSJ9.c2ln", "an access token"),
        ("otpauth://totp/Custody:anna", "an otpauth address"),
        ("Cookie: sessionid=abcdef", "a session or form token"),
    ],
)
def test_finds_what_must_not_be_logged_without_repeating_it(tmp_path: Path, line: str, what: str) -> None:
    assert found_in(tmp_path, line) == [f"web.log, line 2: {what}"]


def test_finds_a_known_secret(tmp_path: Path) -> None:
    assert found_in(tmp_path, "PIN 0123456789abcdef is wrong", pin="0123456789abcdef") == [
        "web.log, line 2: the value of pin"
    ]


def test_a_value_that_is_too_short_to_mean_anything_is_not_searched(tmp_path: Path) -> None:
    assert found_in(tmp_path, "deal 7", name="7") == []


@pytest.mark.parametrize(
    "line",
    [
        "[2026-11-21 09:00:00,000: WARNING/MainProcess] worker@host.example ready.",
        '{"request": "GET /portal/deals/dea_01KZ", "event": "request_finished"}',
        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
        "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    ],
)
def test_ordinary_lines_are_clean(tmp_path: Path, line: str) -> None:
    assert found_in(tmp_path, line) == []


def test_pins_and_secret_files_are_known(tmp_path: Path) -> None:
    for name in ("secrets/secret_key", "signer/hsm/pin", "signer/store"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"value of {name}\n")
    assert sorted(secrets_of_files(tmp_path).values()) == [
        "value of secrets/secret_key",
        "value of signer/hsm/pin",
    ]


def test_the_test_process_writes_a_log_too(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        log_own_lines(tmp_path)
        logging.getLogger("custody.test").warning("seen %d", 3)
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    assert '"event": "seen 3"' in (tmp_path / "tests.log").read_text()
