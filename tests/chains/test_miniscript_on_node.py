"""The node's own miniscript as second opinion: which scripts are sane, and what they say."""

from contextlib import suppress

from hypothesis import HealthCheck, event, given, settings

from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.client import RpcError
from custody.chains.bitcoin.miniscript import parse_miniscript
from custody.common.errors import InvalidInputError
from scripts.embedded.bitcoind import Node
from tests.chains.miniscripts import compiled, expressions, with_keys
from tests.harness.bitcoin import REGTEST


def is_sane_to_the_node(node: Node, text: str) -> bool:
    with suppress(RpcError):
        node.client().call("getdescriptorinfo", f"wsh({text})")
        return True
    return False


def reading_of(script: bytes) -> str | None:
    with suppress(InvalidInputError):
        return with_keys(parse_miniscript(script).text)
    return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(text=expressions())
def test_the_node_agrees_which_scripts_are_sane_and_what_they_say(node: Node, text: str) -> None:
    script = compiled(text)
    found = reading_of(script)
    event("refused" if found is None else "sane")
    if found is None:
        assert not is_sane_to_the_node(node, text)
        return
    checked = node.client().call("getdescriptorinfo", f"wsh({found})")["descriptor"]
    assert node.client().call("deriveaddresses", checked) == [p2wsh_address(script, REGTEST)]
