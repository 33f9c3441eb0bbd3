"""What guards a spent output: its kind, who may sign, and the script that a signature covers.

A closed set: P2WPKH, P2WSH of the escrow script or of sane miniscript, and P2TR, which is named but
never signed (BIP340 signatures cannot be made by the key back-ends).
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from embit.hashes import hash160

from custody.chains.bitcoin.miniscript import parse_miniscript
from custody.chains.bitcoin.psbt import fields
from custody.chains.bitcoin.psbt.wire import Map
from custody.chains.bitcoin.script import p2wsh_script, parse_multisig
from custody.common.errors import InvalidInputError


class InputKind(StrEnum):
    """How an output is spent."""

    P2WPKH = "p2wpkh"
    P2WSH_MULTISIG = "p2wsh_multisig"
    P2WSH_MINISCRIPT = "p2wsh_miniscript"
    P2TR = "p2tr"


# Virtual bytes of a signed input's witness, rounded down, so that rates come out no lower than they
# are: a signature of 71 bytes and a key; two signatures and a script of 2 of 3; any script; a signature.
WITNESS_VSIZE = {
    InputKind.P2WPKH: 26,
    InputKind.P2WSH_MULTISIG: 62,
    InputKind.P2WSH_MINISCRIPT: 26,
    InputKind.P2TR: 16,
}


@dataclass(frozen=True)
class Guard:
    """The conditions of an output.

    ``signers`` holds 33-byte keys, 20-byte hashes of keys, or for P2TR the 32-byte output key.
    ``script_code`` is what BIP143 hashes, empty for P2TR; ``witness_script`` is empty outside P2WSH,
    ``miniscript`` outside P2WSH_MINISCRIPT. ``required`` signatures make the input complete; None
    where that depends on the path chosen.
    """

    kind: InputKind
    signers: tuple[bytes, ...]
    script_code: bytes
    required: int | None = None
    witness_script: bytes = b""
    miniscript: str = ""

    def place_of(self, public_key: bytes) -> int | None:
        """Place among the signers of a 33-byte key that may sign, else None."""
        if public_key in self.signers:
            return self.signers.index(public_key)
        hashed = bytes(hash160(public_key))
        return self.signers.index(hashed) if hashed in self.signers else None


def read_guard(script_pubkey: bytes, values: Map, *, field: str) -> Guard:
    """Read what guards an output from its script and the fields of its input.

    Raises InvalidInputError ``unknown_script`` for any other kind of output or witness script,
    ``psbt_unknown_field`` for a field that the kind does not have.
    """
    if script_pubkey[:2] == b"\x00\x14" and len(script_pubkey) == 22:
        fields.check_input(values, fields.P2WPKH_FIELDS, field=field)
        return _p2wpkh(script_pubkey[2:])
    if script_pubkey[:2] == b"\x00\x20" and len(script_pubkey) == 34:
        fields.check_input(values, fields.P2WSH_FIELDS, field=field)
        return _p2wsh(script_pubkey, values, field=field)
    if script_pubkey[:2] == b"\x51\x20" and len(script_pubkey) == 34:
        fields.check_input(values, fields.P2TR_FIELDS, field=field)
        return Guard(InputKind.P2TR, (script_pubkey[2:],), b"")
    place = f"{field}/previous_output"
    raise InvalidInputError("not a kind of output that is spent here", code="unknown_script", field=place)


def _p2wpkh(key_hash: bytes) -> Guard:
    """The script code is that of P2PKH (BIP143)."""
    return Guard(InputKind.P2WPKH, (key_hash,), b"\x76\xa9\x14" + key_hash + b"\x88\xac", required=1)


def _p2wsh(script_pubkey: bytes, values: Map, *, field: str) -> Guard:
    script = fields.required(values, fields.WITNESS_SCRIPT, field=field)
    place = f"{field}/witness_script"
    if p2wsh_script(script) != script_pubkey:
        raise InvalidInputError("not the script of the spent output", code="psbt_script", field=place)
    with suppress(InvalidInputError):
        multisig = parse_multisig(script)
        return Guard(InputKind.P2WSH_MULTISIG, multisig.keys, script, multisig.required, script)
    found = parse_miniscript(script, field=place)
    return Guard(InputKind.P2WSH_MINISCRIPT, found.signers, script, None, script, found.text)
