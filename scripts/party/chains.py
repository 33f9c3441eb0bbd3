"""Names by which the owner of a key can call a chain."""

from custody.chains.bitcoin.networks import NETWORKS, network_of
from custody.common.errors import InvalidInputError

_CHAINS = {network.name: network.chain for network in NETWORKS}
_KNOWN = f"one of {', '.join(_CHAINS)}, or a CAIP-2 id such as {_CHAINS['mainnet']}"


def chain_of(text: str) -> str:
    """Return the CAIP-2 id meant by a name or an id; raises InvalidInputError that lists the names."""
    try:
        return network_of(_CHAINS.get(text, text)).chain
    except InvalidInputError as error:
        raise InvalidInputError(f"--chain takes {_KNOWN}", code=error.code, field="chain") from None
