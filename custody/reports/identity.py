"""What the signer publishes about itself: its instance, seal and checkpoint key, certificates.

Read from a copy of the signer's public file, as an examiner is given it. Whoever verifies believes
this file, so the eight words of its checkpoint key are compared by another way.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custody.common.errors import InvalidInputError
from custody.reports.sealing import Certificates

FILE = "signer.json"


@dataclass(frozen=True)
class SignerIdentity:
    """``checkpoint_key`` is compressed P-256 in hex."""

    instance: str
    checkpoint_key: str
    certificates: Certificates


def read_identity(path: Path) -> SignerIdentity:
    """Read the published file; raises OSError, and InvalidInputError when it does not say enough."""
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
    except (ValueError, KeyError, TypeError):
        detail = f"{path}: does not say keys and certificates of a signer"
        raise InvalidInputError(detail, code="bad_identity") from None
