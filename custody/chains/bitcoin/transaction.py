"""Transactions as frozen values, parsed strictly from raw bytes (BIP144).

The same parser serves PSBTs and whole blocks, so that the monitor and the signer cannot read
one transaction in two ways. Hashes are shown in the reversed order everybody shows them in.
"""

import hashlib
from dataclasses import dataclass

from custody.chains.bitcoin.reader import MalformedError, Reader, write_compact, write_text

MAX_MONEY = 21_000_000 * 100_000_000
MARKER_AND_FLAG = b"\x00\x01"


@dataclass(frozen=True, slots=True)
class TxInput:
    """One input: the outpoint it spends (txid in hex, output number), script and sequence."""

    txid: str
    vout: int
    script_sig: bytes
    sequence: int
    witness: tuple[bytes, ...] = ()

    @property
    def outpoint(self) -> str:
        return f"{self.txid}:{self.vout}"


@dataclass(frozen=True, slots=True)
class TxOutput:
    """One output: amount in satoshi and output script."""

    amount: int
    script: bytes

    def to_bytes(self) -> bytes:
        return self.amount.to_bytes(8, "little") + write_text(self.script)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction; ``txid`` commits to everything but the witness."""

    version: int
    inputs: tuple[TxInput, ...]
    outputs: tuple[TxOutput, ...]
    locktime: int

    @property
    def has_witness(self) -> bool:
        return any(item.witness for item in self.inputs)

    @property
    def txid(self) -> str:
        return double_sha256(self.stripped())[::-1].hex()

    @property
    def weight(self) -> int:
        """Weight units: three times the stripped size plus the full size (BIP141)."""
        return 3 * len(self.stripped()) + len(self.to_bytes())

    @property
    def vsize(self) -> int:
        """Virtual size in vbytes, rounded up."""
        return (self.weight + 3) // 4

    def stripped(self) -> bytes:
        """Serialisation without witness."""
        return self._head() + self._body() + self.locktime.to_bytes(4, "little")

    def to_bytes(self) -> bytes:
        """Serialisation as sent to nodes."""
        if not self.has_witness:
            return self.stripped()
        witness = b"".join(_write_witness(item.witness) for item in self.inputs)
        return self._head() + MARKER_AND_FLAG + self._body() + witness + self.locktime.to_bytes(4, "little")

    def _head(self) -> bytes:
        return self.version.to_bytes(4, "little")

    def _body(self) -> bytes:
        inputs = b"".join(_write_input(item) for item in self.inputs)
        outputs = b"".join(item.to_bytes() for item in self.outputs)
        return write_compact(len(self.inputs)) + inputs + write_compact(len(self.outputs)) + outputs


def double_sha256(data: bytes) -> bytes:
    """SHA256(SHA256(data)): hash of transactions and blocks."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def parse_transaction(data: bytes, *, field: str = "") -> Transaction:
    """Parse a raw transaction with or without witness; raises MalformedError for anything else."""
    reader = Reader(data, field=field)
    transaction = read_transaction(reader)
    reader.finish()
    return transaction


def read_transaction(reader: Reader) -> Transaction:
    """Read one transaction from a longer stream, such as a block."""
    version = reader.uint32()
    count = reader.compact()
    has_witness = count == 0
    if has_witness:
        if reader.take(1) != b"\x01":
            raise MalformedError("transaction has no input", field=reader.field)
        count = reader.compact()
    inputs = tuple(_read_input(reader) for _ in range(count))
    outputs = tuple(_read_output(reader) for _ in range(reader.compact()))
    if has_witness:
        inputs = _with_witnesses(inputs, reader)
    if not inputs or not outputs:
        raise MalformedError("transaction has no input or no output", field=reader.field)
    return Transaction(version=version, inputs=inputs, outputs=outputs, locktime=reader.uint32())


def _read_input(reader: Reader) -> TxInput:
    txid = reader.take(32)[::-1].hex()
    return TxInput(txid, reader.uint32(), reader.text(), reader.uint32())


def _read_output(reader: Reader) -> TxOutput:
    amount = reader.uint64()
    if amount > MAX_MONEY:
        raise MalformedError("amount is larger than all coins", field=reader.field)
    return TxOutput(amount, reader.text())


def _with_witnesses(inputs: tuple[TxInput, ...], reader: Reader) -> tuple[TxInput, ...]:
    witnesses = [tuple(reader.text() for _ in range(reader.compact())) for _ in inputs]
    if not any(witnesses):
        raise MalformedError("witness is announced but empty", field=reader.field)
    return tuple(
        TxInput(item.txid, item.vout, item.script_sig, item.sequence, witness)
        for item, witness in zip(inputs, witnesses, strict=True)
    )


def _write_input(item: TxInput) -> bytes:
    outpoint = bytes.fromhex(item.txid)[::-1] + item.vout.to_bytes(4, "little")
    return outpoint + write_text(item.script_sig) + item.sequence.to_bytes(4, "little")


def _write_witness(items: tuple[bytes, ...]) -> bytes:
    return write_compact(len(items)) + b"".join(write_text(item) for item in items)
