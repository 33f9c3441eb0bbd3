"""What watches a derived wallet without any secret: account, origin, descriptor, first addresses."""

from typing import Any

from custody.chains.bitcoin import hd
from custody.statements.key_account import KeyAccount

SHOWN = 5


def descriptor_of(account: KeyAccount) -> str:
    """The wallet's receiving addresses as one line with a checksum (BIP380)."""
    return hd.descriptor(account.xpub, fingerprint=account.fingerprint, path=account.path)


def first_addresses(account: KeyAccount) -> list[str]:
    """Addresses 0 and on, for comparing with what a watching program shows."""
    return [hd.child_address(account.xpub, index, chain=account.chain) for index in range(SHOWN)]


def export_of(key_id: str, account: KeyAccount) -> dict[str, Any]:
    """All of it as one JSON object."""
    return {
        "key": key_id,
        "class": "DERIVED_IN_RAM",
        "chain": account.chain,
        "fingerprint": account.fingerprint,
        "path": account.path,
        "xpub": account.xpub,
        "descriptor": descriptor_of(account),
        "addresses": first_addresses(account),
    }
