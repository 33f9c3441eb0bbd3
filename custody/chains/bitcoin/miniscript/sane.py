"""Which witness scripts are miniscript that can be relied on."""

from dataclasses import dataclass

from embit.hashes import hash160

from custody.chains.bitcoin.miniscript.fragments import Fragment, demand
from custody.chains.bitcoin.miniscript.grammar import Parser
from custody.chains.bitcoin.miniscript.tokens import tokenize
from custody.common.errors import InvalidInputError

# Limits of P2WSH (Bitcoin Core, policy and consensus). Operations and elements are counted over all
# branches together, which is stricter than the network for scripts with very many keys.
MAX_SCRIPT = 3_600
MAX_OPERATIONS = 201
MAX_ELEMENTS = 100


@dataclass(frozen=True)
class Miniscript:
    """A sane miniscript: its text, and who may sign in some path (33-byte keys or 20-byte key hashes).

    In the text a ``pkh`` carries the hash of its key: a script does not tell the key.
    """

    text: str
    signers: tuple[bytes, ...]


def parse_miniscript(script: bytes, *, field: str = "script") -> Miniscript:
    """Read a witness script; raises InvalidInputError ``unknown_script`` unless it is sane miniscript.

    Sane (BIP379): well typed, every path needs a signature, no third party can change a witness, time
    locks of one path do not exclude each other, no key occurs twice, and it can be spent within limits.
    """
    try:
        found = _expression(script)
        _check_sane(found)
    except InvalidInputError as error:
        raise InvalidInputError(error.detail, code="unknown_script", field=field) from None
    return Miniscript(found.text, found.signers)


def _expression(script: bytes) -> Fragment:
    if len(script) > MAX_SCRIPT:
        raise InvalidInputError("script is too large to be spent")
    tokens, operations = tokenize(script)
    if operations > MAX_OPERATIONS:
        raise InvalidInputError("script is too large to be spent")
    return Parser(tokens).whole()


def _check_sane(found: Fragment) -> None:
    demand(found.is_a("B"))
    # The constant 0 counts as guarded by a signature, which nobody can give.
    if "s" not in found.has or not found.signers:
        raise InvalidInputError("no signature guards some path of the script")
    if "m" not in found.has:
        raise InvalidInputError("script can be malleated")
    if "k" not in found.has:
        raise InvalidInputError("script mixes time locks of height and time")
    if found.elements > MAX_ELEMENTS:
        raise InvalidInputError("script is too large to be spent")
    hashes = {signer if len(signer) == 20 else bytes(hash160(signer)) for signer in found.signers}
    if len(hashes) != len(found.signers):
        raise InvalidInputError("a key occurs twice")
