"""What a PSBT says, as frozen values: the only form in which the firewall and the wallets see one."""

from dataclasses import dataclass

from embit.script import Script
from embit.transaction import Transaction as EmbitTransaction

from custody.chains.bitcoin.transaction import Transaction


@dataclass(frozen=True)
class PartialSignature:
    """A verified signature r || s (low S, SIGHASH_ALL) by one key of the witness script."""

    public_key: bytes
    signature: bytes


@dataclass(frozen=True)
class SpendInput:
    """One spent output: amount in satoshi, both scripts, and the signatures collected so far."""

    txid: str
    vout: int
    amount: int
    script_pubkey: bytes
    witness_script: bytes
    sequence: int
    sighash: int
    partial_signatures: tuple[PartialSignature, ...]

    @property
    def outpoint(self) -> str:
        """``txid:n``, the Bitcoin anchor of an intent."""
        return f"{self.txid}:{self.vout}"


@dataclass(frozen=True)
class SpendOutput:
    """One output: amount in satoshi, script and its canonical address."""

    amount: int
    script: bytes
    address: str


@dataclass(frozen=True)
class DecodedSpend:
    """A decoded and checked PSBT; ``txid`` is final because all inputs are segwit."""

    chain: str
    txid: str
    version: int
    locktime: int
    inputs: tuple[SpendInput, ...]
    outputs: tuple[SpendOutput, ...]
    unsigned: Transaction

    @property
    def fee(self) -> int:
        """Satoshi that the outputs leave over."""
        return sum(item.amount for item in self.inputs) - sum(item.amount for item in self.outputs)

    @property
    def outpoints(self) -> tuple[str, ...]:
        return tuple(item.outpoint for item in self.inputs)


def digests(spend: DecodedSpend) -> tuple[bytes, ...]:
    """BIP143 digests under SIGHASH_ALL, 32 bytes per input, computed from the decoded values."""
    transaction = EmbitTransaction.parse(spend.unsigned.to_bytes())
    return tuple(
        bytes(transaction.sighash_segwit(index, Script(item.witness_script), item.amount))
        for index, item in enumerate(spend.inputs)
    )
