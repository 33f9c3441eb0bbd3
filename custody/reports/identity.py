"""What the signer publishes about itself: its instance, seal and checkpoint key, certificates.

Read from the signer's public file (settings.SIGNER_PUBLIC_DIR) or from a copy that an examiner
was given. Whoever verifies believes this file; its fingerprints stand on the genesis paper.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from custody.common.errors import UnavailableError
from custody.reports.sealing import Certificates

FILE = "signer.json"


class IdentityUnavailableError(UnavailableError):
    """The signer has published nothing readable yet."""

    code = "signer_identity_unavailable"


@dataclass(frozen=True)
class SignerIdentity:
    """``checkpoint_key`` is compressed P-256 in hex."""

    instance: str
    checkpoint_key: str
    certificates: Certificates


def public_file() -> Path:
    """Where the signer of this installation publishes its identity."""
    return Path(settings.SIGNER_PUBLIC_DIR) / FILE


def read_identity(path: Path) -> SignerIdentity:
    """Read the published file; raises IdentityUnavailableError when it does not say enough."""
    try:
        value: dict[str, Any] = json.loads(path.read_bytes())
        keys = {key["purpose"]: key for key in value["keys"]}
        return SignerIdentity(
            instance=value["instance"],
            checkpoint_key=keys["checkpoint"]["public_key"],
            certificates=Certificates.load(
                seal=bytes.fromhex(keys["seal"]["certificate"]),
                chain=(bytes.fromhex(keys["demo_ca"]["certificate"]),),
            ),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise IdentityUnavailableError("the signer has not published keys and certificates") from None
