"""SoftHSM tokens of these tests: each below a directory of its own, with a trusted wrapping key."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment
from scripts.embedded.softhsm import MODULE
from tests.signer.tokens import PIN, SO_PIN

WRAPPING_KEY = "01" * 16
_SETTINGS = """directories.tokendir = {tokens}
objectstore.backend = file
log.level = ERROR
slots.mechanisms = ALL
library.reset_on_fork = {reset}
"""


@dataclass(frozen=True)
class SoftToken:
    """A token in files; what opens it stands in ``environment`` and ``settings``."""

    directory: Path
    label: str

    @property
    def configuration(self) -> Path:
        return self.directory / "softhsm2.conf"

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.configuration)}

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "module": MODULE,
            "label": self.label,
            "pin_file": str(self.directory / "pin"),
            "profile": "softhsm2",
            "wrapping_key": WRAPPING_KEY,
        } | changes

    def run(self, program: str) -> str:
        """Run Python beside the token, in a process of its own, and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=PROJECT,
            env={**clean_environment(), **self.environment},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()


def make_soft_token(directory: Path, label: str, *, reset_on_fork: bool = True) -> SoftToken:
    """Initialise a token and let its security officer make the wrapping key."""
    token = SoftToken(directory, label)
    tokens = directory / "tokens"
    tokens.mkdir(parents=True, exist_ok=True)
    token.configuration.write_text(_SETTINGS.format(tokens=tokens, reset=str(reset_on_fork).lower()))
    (directory / "pin").write_text(PIN)
    add_label(token, label)
    return token


def add_label(token: SoftToken, label: str) -> None:
    """One more token in the same files."""
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True, env={**clean_environment(), **token.environment})
    token.run(
        "from custody.hsm.token import wrapped\n"
        f"wrapped.make_wrapping_key(module='{MODULE}', label='{label}', so_pin='{SO_PIN}',"
        f" identifier=bytes.fromhex('{WRAPPING_KEY}'))"
    )


def disabled_key(token: SoftToken) -> str:
    """CKA_ID of a key that was switched off on the token."""
    return token.run(
        "import pkcs11\n"
        "from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag\n"
        "from pkcs11.util.ec import encode_named_curve_parameters as curve\n"
        f"token = pkcs11.lib('{MODULE}').get_token(token_label='{token.label}')\n"
        f"with token.open(rw=True, user_pin='{PIN}') as session:\n"
        "    parameters = session.create_domain_parameters(\n"
        "        KeyType.EC, {Attribute.EC_PARAMS: curve('secp256k1')}, local=True)\n"
        "    _, private = parameters.generate_keypair(\n"
        "        mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, id=b'off!', label='off',\n"
        "        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY)\n"
        "    private[Attribute.SIGN] = False\n"
        "print(b'off!'.hex())"
    )
