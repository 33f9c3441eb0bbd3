"""SoftHSM tokens in directories of their own: one for the signer, one for the keys process.

``library.reset_on_fork`` makes SoftHSM behave after a fork as vendor modules do. SoftHSM is for
demonstration and tests; it is not a validated module.
"""

from pathlib import Path

from scripts.embedded.process import run
from scripts.embedded.users import make_directory, own, write_secret

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
_CONFIGURATION = """directories.tokendir = {tokens}
objectstore.backend = file
log.level = ERROR
slots.removable = false
slots.mechanisms = ALL
library.reset_on_fork = true
"""


def ensure_token(*, directory: Path, label: str, user: str, pin: str, so_pin: str) -> Path:
    """Initialise a token named ``label`` below ``directory`` once; return SoftHSM's configuration file."""
    make_directory(directory, user, 0o700)
    tokens = make_directory(directory / "tokens", user, 0o700)
    configuration = directory / "softhsm2.conf"
    configuration.write_text(_CONFIGURATION.format(tokens=tokens))
    own(configuration, user, 0o600)
    write_secret(directory / "pin", pin, user)
    write_secret(directory / "so_pin", so_pin, user)
    if not any(tokens.iterdir()):
        run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", so_pin, "--pin", pin],
            user=user,
            cwd=directory,
            environment={"SOFTHSM2_CONF": str(configuration)},
        )
    return configuration
