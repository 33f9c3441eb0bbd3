"""The opcodes and pushes miniscript is made of, each in its one canonical spelling.

``…VERIFY`` opcodes are split in two, so that the grammar sees VERIFY in one form; a VERIFY that
should have been part of the opcode before it is refused.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.reader import Reader
from custody.chains.bitcoin.script import script_number
from custody.common.errors import InvalidInputError

OPCODES = {
    0x63: "IF",
    0x64: "NOTIF",
    0x67: "ELSE",
    0x68: "ENDIF",
    0x69: "VERIFY",
    0x6B: "TOALTSTACK",
    0x6C: "FROMALTSTACK",
    0x73: "IFDUP",
    0x76: "DUP",
    0x7C: "SWAP",
    0x82: "SIZE",
    0x87: "EQUAL",
    0x92: "0NOTEQUAL",
    0x93: "ADD",
    0x9A: "BOOLAND",
    0x9B: "BOOLOR",
    0xA6: "RIPEMD160",
    0xA8: "SHA256",
    0xA9: "HASH160",
    0xAA: "HASH256",
    0xAC: "CHECKSIG",
    0xAE: "CHECKMULTISIG",
    0xB1: "CHECKLOCKTIMEVERIFY",
    0xB2: "CHECKSEQUENCEVERIFY",
}
WITH_VERIFY = {0x88: "EQUAL", 0xAD: "CHECKSIG", 0xAF: "CHECKMULTISIG"}
MULTISIG = (0xAE, 0xAF)
OP_1, OP_16 = 0x51, 0x60
MAX_PUSH = 0x4B
NUMBER, PUSH, END = "number", "push", "end"


@dataclass(frozen=True, slots=True)
class Token:
    """An opcode by name, a number or a push of data."""

    kind: str
    data: bytes = b""
    number: int = 0


def tokenize(script: bytes) -> tuple[list[Token], int]:
    """Return the tokens and how many operations count against the limit of consensus.

    Each key of a CHECKMULTISIG is one operation more.
    Raises InvalidInputError for opcodes outside miniscript and for pushes longer than needed.
    """
    reader = Reader(script, field="")
    tokens: list[Token] = []
    operations = 0
    before = 0
    while not reader.at_end():
        code = reader.take(1)[0]
        if code <= MAX_PUSH or OP_1 <= code <= OP_16:
            tokens.append(_pushed(code, reader))
        else:
            operations += 1 + (tokens[-1].number if tokens and code in MULTISIG else 0)
            tokens.extend(_operation(code, before))
        before = code
    return tokens, operations


def _operation(code: int, before: int) -> list[Token]:
    if code in WITH_VERIFY:
        return [Token(WITH_VERIFY[code]), Token("VERIFY")]
    name = OPCODES.get(code)
    if name is None or (name == "VERIFY" and OPCODES.get(before) in WITH_VERIFY.values()):
        raise InvalidInputError("not a miniscript")
    return [Token(name)]


def _pushed(code: int, reader: Reader) -> Token:
    if code == 0:
        return Token(NUMBER, number=0)
    if code >= OP_1:
        return Token(NUMBER, number=code - OP_1 + 1)
    data = reader.take(code)
    if len(data) > 4:
        return Token(PUSH, data)
    value = int.from_bytes(data, "little")
    if value <= 16 or data != script_number(value):
        raise InvalidInputError("not a miniscript")
    return Token(NUMBER, number=value)
