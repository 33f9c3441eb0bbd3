"""The parties' keys of the documented vectors, their signatures, and the consensus judge.

Keys are the SHA-256 of ``custody test key <name>``; signatures follow RFC 6979. The judge is
Bitcoin Core's own consensus code (py-bitcoinkernel), independent of every codec of the product.
"""

import hashlib

import pbk
from coincurve import PrivateKey
from pbk.script import PrecomputedTransactionData, ScriptPubkey, ScriptVerificationFlags

from custody.chains.bitcoin.psbt import InputSignature, add_signatures, decode, digests
from custody.chains.bitcoin.script import multisig_script, p2wsh_script
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput

REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
MERCHANT_ADDRESS = "bcrt1qwyxsqzgk4y770fven3ur0ysj3gld8rxv6evpy6"
BUYER_ADDRESS = "bcrt1q303m490dhp6qpd9etwrvwdt8yglgndqx2vffl0"


def private_key(name: str) -> PrivateKey:
    """Key of a party by name: buyer, merchant, mediator or any other."""
    return PrivateKey(hashlib.sha256(f"custody test key {name}".encode()).digest())


def public_key(name: str) -> bytes:
    return private_key(name).public_key.format()


def escrow_script(*names: str) -> bytes:
    """2-of-3 script of buyer, merchant and mediator, or of other names."""
    return multisig_script([public_key(name) for name in names or ("buyer", "merchant", "mediator")])


def funding(script: bytes, *amounts: int) -> Transaction:
    """A transaction that pays ``amounts`` (satoshi) to the witness script."""
    outputs = tuple(TxOutput(amount, p2wsh_script(script)) for amount in amounts)
    return Transaction(2, (TxInput("11" * 32, 0, b"", 0xFFFFFFFF),), outputs, 0)


def sign(psbt: str, name: str, *, chain: str = REGTEST) -> str:
    """Return the PSBT with the party's signature on every input."""
    key = private_key(name)
    signatures = [
        InputSignature(index, key.public_key.format(), key.sign_recoverable(digest, hasher=None)[:64])
        for index, digest in enumerate(digests(decode(psbt, chain=chain)))
    ]
    return add_signatures(psbt, chain=chain, signatures=signatures)


def is_valid_spend(transaction: Transaction, spent: list[TxOutput]) -> bool:
    """Consensus verdict over every input; ``spent`` are the outputs it spends, in order."""
    raw = pbk.Transaction(transaction.to_bytes())
    outputs = [pbk.TransactionOutput(ScriptPubkey(item.script), item.amount) for item in spent]
    data = PrecomputedTransactionData(raw, outputs)
    return all(
        ScriptPubkey(item.script).verify(item.amount, raw, data, index, ScriptVerificationFlags.ALL)
        for index, item in enumerate(spent)
    )
