"""EVM chains by CAIP-2 id: namespace ``eip155``, the reference is the chain id in decimal digits.

Which of them an installation serves is decided by its signed registry of assets; any number is
well-formed here.
"""

import re

from custody.common.errors import InvalidInputError

NAMESPACE = "eip155"
# Integers of canonical JSON end below 2^53, and so do chain ids here.
MAX_CHAIN_ID = 2**53 - 1
_CHAIN = re.compile(rf"{NAMESPACE}:([1-9][0-9]{{0,15}})\Z")


def chain_of(chain_id: int) -> str:
    """CAIP-2 id, e.g. ``eip155:1``."""
    return f"{NAMESPACE}:{chain_id}"


def chain_id_of(chain: str, *, field: str = "chain") -> int:
    """Return the chain id of a CAIP-2 id; raise InvalidInputError for another namespace or spelling."""
    match = _CHAIN.match(chain)
    if match is None or int(match[1]) > MAX_CHAIN_ID:
        raise InvalidInputError("not a known EVM chain", code="unknown_chain", field=field)
    return int(match[1])
