"""Chain ids of CAIP-2 and CAIP-19."""

import pytest

from custody.chains.bitcoin.networks import NETWORKS, network_of
from custody.common.errors import InvalidInputError


@pytest.mark.parametrize(
    ("name", "chain", "coin"),
    [
        ("mainnet", "bip122:000000000019d6689c085ae165831e93", 0),
        ("test", "bip122:000000000933ea01ad0ee984209779ba", 1),
        ("signet", "bip122:00000008819873e925422c1ff0f99f7c", 1),
        ("regtest", "bip122:0f9188f13cb7b2c71f2a335e3a4fc328", 1),
    ],
)
def test_names_chain_and_asset_as_the_registries_do(name: str, chain: str, coin: int) -> None:
    network = network_of(chain)
    assert (network.name, network.asset) == (name, f"{chain}/slip44:{coin}")


def test_gives_each_network_an_id_of_its_own() -> None:
    assert len({network.chain for network in NETWORKS}) == len(NETWORKS)


@pytest.mark.parametrize(
    "chain", ["", "bip122:", "bip122:00", "eip155:1", "BIP122:0f9188f13cb7b2c71f2a335e3a4fc328"]
)
def test_refuses_an_unknown_chain(chain: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        network_of(chain)
    assert (refusal.value.code, refusal.value.field) == ("unknown_chain", "chain")
