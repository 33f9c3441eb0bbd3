"""Parameters of the Bitcoin networks by CAIP-2 id; relies on nothing.

The reference of a ``bip122`` chain id is the first half of its genesis block hash (CAIP-2,
namespace bip122), which lets the monitor prove that a node really serves the configured chain.
"""

from dataclasses import dataclass

from custody.common.errors import InvalidInputError

NAMESPACE = "bip122"


@dataclass(frozen=True)
class Network:
    """One network: address prefixes, genesis block hash (hex as shown), SLIP-44 coin type, and after how
    many blocks the subsidy halves."""

    name: str
    genesis: str
    hrp: str
    p2pkh: int
    p2sh: int
    coin_type: int
    halving_interval: int = 210_000

    @property
    def chain(self) -> str:
        """CAIP-2 id, e.g. ``bip122:000000000019d6689c085ae165831e93``."""
        return f"{NAMESPACE}:{self.genesis[:32]}"

    @property
    def asset(self) -> str:
        """CAIP-19 id of the native coin; all test networks share ``slip44:1``."""
        return f"{self.chain}/slip44:{self.coin_type}"


NETWORKS = (
    Network(
        "mainnet", "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", "bc", 0x00, 0x05, 0
    ),
    Network("test", "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943", "tb", 0x6F, 0xC4, 1),
    Network(
        "testnet4", "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043", "tb", 0x6F, 0xC4, 1
    ),
    Network(
        "signet", "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6", "tb", 0x6F, 0xC4, 1
    ),
    Network(
        "regtest",
        "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
        "bcrt",
        0x6F,
        0xC4,
        1,
        halving_interval=150,
    ),
)
_BY_CHAIN = {network.chain: network for network in NETWORKS}


def network_of(chain: str, *, field: str = "chain") -> Network:
    """Return the network of a CAIP-2 id; raise InvalidInputError when it is unknown."""
    network = _BY_CHAIN.get(chain)
    if network is None:
        raise InvalidInputError("not a known Bitcoin chain", code="unknown_chain", field=field)
    return network
