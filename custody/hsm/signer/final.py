"""Pass two of a Bitcoin spend: the transaction as it would be sent, decoded anew, is the intent.

Everything here is computed again from the request's bytes and the signatures just made; a
difference means that something between decoder, journal and token cannot be trusted. Where second
opinions are enabled, they look at the same bytes with code of their own.
"""

from collections.abc import Mapping

from custody.chains.bitcoin.address import address_of, script_of
from custody.chains.bitcoin.keys import to_script_form
from custody.chains.bitcoin.psbt import SpendInput
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput, parse_transaction
from custody.hsm.signer import second_opinions
from custody.hsm.signer.keys import public_key_of
from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.second_opinions import Sent
from custody.hsm.token.errors import TokenResultError


def check_final(case: SpendCase, made: Mapping[str, bytes]) -> None:
    """Raise TokenResultError unless the final bytes pay the payees, from the inputs, at the intent's fee.

    ``made``: r || s by slot. Of an escrow other signatures are still missing, so its witnesses stay empty.
    """
    raw = _final_bytes(case, made)
    sent = parse_transaction(raw, field="/payload/psbt")
    paid = [(address_of(item.script, case.intent.chain), item.amount) for item in sent.outputs]
    wanted = [(payee.to, payee.amount) for payee in case.intent.payees]
    spent = [item.outpoint for item in sent.inputs]
    fee = sum(item.amount for item in case.spend.inputs) - sum(item.amount for item in sent.outputs)
    if paid != wanted or spent != list(case.spend.outpoints) or not 0 <= fee <= case.intent.fee.max:
        raise TokenResultError("the final transaction is not the intent")
    second_opinions.ask(
        Sent(
            raw=raw,
            outpoints=case.spend.outpoints,
            spent=tuple(TxOutput(item.amount, item.script_pubkey) for item in case.spend.inputs),
            outputs=tuple(
                TxOutput(payee.amount, script_of(payee.to, case.intent.chain)) for payee in case.intent.payees
            ),
            is_complete=not case.is_escrow,
        )
    )


def _final_bytes(case: SpendCase, made: Mapping[str, bytes]) -> bytes:
    unsigned = case.spend.unsigned
    inputs = tuple(
        TxInput(item.txid, item.vout, b"", item.sequence, _witness(case, item, made[f"btc:{item.outpoint}"]))
        for item in case.spend.inputs
    )
    return Transaction(unsigned.version, inputs, unsigned.outputs, unsigned.locktime).to_bytes()


def _witness(case: SpendCase, item: SpendInput, signature: bytes) -> tuple[bytes, ...]:
    if case.is_escrow:
        return ()
    return to_script_form(signature), bytes.fromhex(public_key_of(case.key, case.number_of(item)))
