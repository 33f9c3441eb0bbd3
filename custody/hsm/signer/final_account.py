"""Pass two on EVM chains: what would be sent, read back from its bytes, is the call the intent means.

The signature must lead back to the address of the pinned key, and the call is encoded anew from the
intent alone; a difference means that something between decoder, journal and token cannot be trusted.
"""

from collections.abc import Mapping

from custody.chains.evm.call import PlainCall
from custody.chains.evm.safe import read_text
from custody.chains.evm.signed import decode_signed, finalize, parity_of
from custody.common.errors import InvalidInputError
from custody.hsm.signer.addresses import address_of_key
from custody.hsm.signer.kinds.evm_case import EvmCase
from custody.hsm.signer.kinds.safe_case import SafeCase
from custody.hsm.token.errors import TokenResultError


def check_sent(case: EvmCase, made: Mapping[str, bytes]) -> None:
    """Raise TokenResultError unless the raw transaction is the intent's, from the pinned key's account.

    ``made``: r || s by slot.
    """
    try:
        key = bytes.fromhex(case.key.public_key)
        raw = finalize(case.transaction, signature=made[case.anchor.text], public_key=key).raw
        sent = decode_signed(raw)
    except InvalidInputError:
        raise TokenResultError("the signature does not lead to the key's account") from None
    does = PlainCall(sent.transaction.to or "", sent.transaction.value, sent.transaction.data)
    used = (sent.sender, sent.transaction.chain, sent.transaction.nonce)
    wanted = (case.anchor.account, case.intent.chain, case.anchor.nonce)
    if does != case.wanted or used != wanted or sent.transaction.max_fee > case.intent.fee.max:
        raise TokenResultError("the final transaction is not the intent")


def check_owner(case: SafeCase, made: Mapping[str, bytes]) -> None:
    """Raise TokenResultError unless the key, as an owner, has signed the intent's call of its Safe."""
    own = address_of_key(case.key.public_key, case.intent.chain)
    try:
        said = read_text(case.safe_tx.to_text())
        parity_of(said.digest, signature=made[case.anchor.text], signer=own)
    except InvalidInputError:
        raise TokenResultError("the signature does not lead to the key's account") from None
    does = PlainCall(said.to, said.value, said.data)
    used = (said.chain, said.safe, said.nonce)
    if does != case.wanted or used != (case.intent.chain, case.wallet.safe, case.anchor.nonce):
        raise TokenResultError("what the owner signs is not the intent")
