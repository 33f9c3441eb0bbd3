"""A SoftHSM token of the test process itself, in a temporary directory."""

import os
import subprocess
from pathlib import Path

from custody.hsm.token.session import TokenSession
from scripts.embedded.softhsm import MODULE

PIN = "123456"
SO_PIN = "87654321"


def make_token(directory: Path, label: str) -> None:
    """Initialise a token below ``directory`` and point this process's SoftHSM there."""
    (directory / "tokens").mkdir(exist_ok=True)
    use_tokens_below(directory)
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True)


def use_tokens_below(directory: Path) -> None:
    """Point this process's SoftHSM to ``tokens`` below ``directory``; it reads that when it starts."""
    configuration = directory / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {directory / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
        "slots.mechanisms = ALL\nlibrary.reset_on_fork = true\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(configuration)


def session_on(label: str, *, pin: str = PIN, module: str = MODULE) -> TokenSession:
    return TokenSession(module=module, label=label, pin=lambda: pin)
