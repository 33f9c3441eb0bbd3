"""Second opinions about a final Bitcoin transaction, by decoders that share nothing with ours.

Each is enabled by its name in the signer's environment (CUSTODY_SIGNER_SECOND_OPINIONS) and loaded at
the start: a signer that cannot have an opinion it is told to ask for does not start. ``bitcoinkernel``
(Bitcoin Core's consensus code) decodes, and judges the script of every input that is complete;
``bitcoinlib`` decodes. One that sees another transaction than the intent, or none, discards the
signature.
"""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from django.conf import settings

from custody.chains.bitcoin.transaction import TxOutput
from custody.common.errors import CustodyError
from custody.hsm.token.errors import TokenResultError


class SecondOpinionError(CustodyError):
    """An opinion is enabled that cannot be asked."""

    code = "second_opinion_missing"


@dataclass(frozen=True)
class Sent:
    """What would be sent, and what the intent means by it.

    ``raw``: the transaction; ``outpoints`` and ``outputs`` as they have to be, ``spent`` the outputs that
    the inputs spend. ``is_complete``: no other signature is missing.
    """

    raw: bytes
    outpoints: tuple[str, ...]
    spent: tuple[TxOutput, ...]
    outputs: tuple[TxOutput, ...]
    is_complete: bool


Opinion = Callable[[Sent], bool]


def load() -> None:
    """Load what is enabled; raises SecondOpinionError for what is unknown or not installed."""
    for name in settings.SIGNER_SECOND_OPINIONS:
        _opinion(name)


def ask(sent: Sent) -> None:
    """Raise TokenResultError unless every enabled opinion sees the transaction that the intent means."""
    for name in settings.SIGNER_SECOND_OPINIONS:
        opinion = _opinion(name)
        try:
            agrees = opinion(sent)
        except Exception as error:  # these libraries fail in many ways, and all mean the same
            raise TokenResultError(f"{name} cannot read what we signed ({type(error).__name__})") from None
        if not agrees:
            raise TokenResultError(f"{name} sees another transaction than the intent")


@cache
def _opinion(name: str) -> Opinion:
    make = _MAKERS.get(name)
    if make is None:
        known = ", ".join(sorted(_MAKERS))
        raise SecondOpinionError(f"there is no second opinion {name}; known are {known}")
    try:
        return make()
    except ImportError as error:
        raise SecondOpinionError(
            f"the second opinion {name} is enabled and not installed ({error.name})"
        ) from None


def _kernel() -> Opinion:
    pbk, script = import_module("pbk"), import_module("pbk.script")

    def opinion(sent: Sent) -> bool:
        made = pbk.Transaction(sent.raw)
        outputs = tuple(TxOutput(item.amount, bytes(item.script_pubkey)) for item in made.outputs)
        outpoints = tuple(f"{item.out_point.txid}:{item.out_point.index}" for item in made.inputs)
        if (outputs, outpoints) != (sent.outputs, sent.outpoints):
            return False
        return not sent.is_complete or _scripts_hold(made, sent)

    def _scripts_hold(made: object, sent: Sent) -> bool:
        spent = [pbk.TransactionOutput(script.ScriptPubkey(item.script), item.amount) for item in sent.spent]
        data = script.PrecomputedTransactionData(made, spent)
        flags = script.ScriptVerificationFlags.ALL
        return all(
            script.ScriptPubkey(item.script).verify(item.amount, made, data, index, flags)
            for index, item in enumerate(sent.spent)
        )

    return opinion


def _bitcoinlib() -> Opinion:
    decoder = _import_bitcoinlib()

    def opinion(sent: Sent) -> bool:
        # Of networks only the spelling of addresses depends, and we compare scripts.
        made = decoder.Transaction.parse_hex(sent.raw.hex(), network="bitcoin")
        outputs = tuple(TxOutput(item.value, item.lock_script) for item in made.outputs)
        outpoints = tuple(f"{item.prev_txid.hex()}:{item.output_n_int}" for item in made.inputs)
        return (outputs, outpoints) == (sent.outputs, sent.outpoints)

    return opinion


def _import_bitcoinlib() -> ModuleType:
    """It writes configuration where it is imported, and warns about itself."""
    os.environ.setdefault("BCL_DATA_DIR", str(settings.SIGNER_DIR / "bitcoinlib"))
    with warnings.catch_warnings(action="ignore"):
        return import_module("bitcoinlib.transactions")


_MAKERS: dict[str, Callable[[], Opinion]] = {"bitcoinkernel": _kernel, "bitcoinlib": _bitcoinlib}
