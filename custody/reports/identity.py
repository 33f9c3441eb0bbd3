"""What the signer publishes about itself: its instance, seal and checkpoint key, certificates.

Read from a copy of the signer's public file, as an examiner is given it. Whoever verifies believes
this file, so the eight words of its checkpoint key are compared by another way.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from asn1crypto import x509

from custody.common.errors import InvalidInputError
from custody.reports.sealing import Certificates
from custody.statements.request import CertificateUse

FILE = "signer.json"
USES: dict[str, CertificateUse] = {use: use for use in get_args(CertificateUse)}


@dataclass(frozen=True)
class SignerIdentity:
    """``checkpoint_key`` is compressed P-256 in hex; ``certificates`` by use, oldest first."""

    instance: str
    checkpoint_key: str
    certificates: tuple[tuple[CertificateUse, Certificates], ...]

    @property
    def roots(self) -> list[x509.Certificate]:
        """Whatever stands above a certificate of a seal."""
        return [above for _, known in self.certificates for above in known.chain]

    def use_of(self, certificate: x509.Certificate) -> CertificateUse | None:
        """What a seal by this certificate says; None for one that is not the signer's."""
        own = (use for use, known in self.certificates if known.seal.sha256 == certificate.sha256)
        return next(own, None)


def read_identity(path: Path) -> SignerIdentity:
    """Read the published file; raises OSError, and InvalidInputError when it does not say enough."""
    try:
        value: dict[str, Any] = json.loads(path.read_bytes())
        keys = {key["purpose"]: key for key in value["keys"]}
        return SignerIdentity(
            instance=value["instance"],
            checkpoint_key=keys["checkpoint"]["public_key"],
            certificates=tuple(_certificates(value["keys"])),
        )
    except (ValueError, KeyError, TypeError):
        detail = f"{path}: does not say keys and certificates of a signer"
        raise InvalidInputError(detail, code="bad_identity") from None


def _certificates(keys: list[dict[str, Any]]) -> Iterator[tuple[CertificateUse, Certificates]]:
    """Those of all seal keys; a copy of the first release names one of each and no use."""
    for key in keys:
        if key["purpose"] != "seal":
            continue
        ca = next((item["certificate"] for item in keys if item["purpose"] == "demo_ca"), None)
        first = {"use": "DRAFT", "certificate": key.get("certificate"), "chain": [ca]}
        for known in key.get("certificates", [first]):
            chain = tuple(bytes.fromhex(above) for above in known["chain"])
            own = Certificates.load(seal=bytes.fromhex(known["certificate"]), chain=chain)
            yield (USES[known["use"]], own)
