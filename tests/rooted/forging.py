"""Requests as an attacker writes them: honest parts of a real deal, changed where it pays."""

from datetime import timedelta
from typing import Any

from custody.chains.bitcoin.psbt import Payee as PsbtPayee
from custody.chains.bitcoin.psbt import Spendable, build_payout
from custody.common import clock
from custody.common.ids import new_id
from custody.hsm import selectors as desk
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.statements.key_proof import KeyProof, PartyNonces
from custody.statements.request import Request, SpendPayload
from custody.statements.terms import PartySignature, SignedTerms, Terms
from custody.wallets import selectors as wallets
from scripts.party.signing import prove
from tests.escrow.sides import address_for, key_of
from tests.harness.bitcoin import REGTEST
from tests.harness.live_deal import LiveDeal

THIEF = key_of("thief")
THIEFS_ADDRESS = address_for(THIEF)
FEE = 2_000


def terms_of(deal: LiveDeal) -> Terms:
    return wallets.terms_of(deal.wallet)


def to_merchant(deal: LiveDeal) -> tuple[Payee, ...]:
    """What an honest award pays: the first coin less a small fee."""
    ((_, amount), *_) = first_coin(deal)
    return (Payee(to=deal.stage.merchant.payout, amount=amount - FEE),)


def to_thief(deal: LiveDeal) -> tuple[Payee, ...]:
    return tuple(Payee(to=THIEFS_ADDRESS, amount=payee.amount) for payee in to_merchant(deal))


def first_coin(deal: LiveDeal) -> list[tuple[str, int]]:
    """The largest coin of the deal, alone."""
    return [max(deal.coins(), key=lambda coin: coin[1])]


def payout(deal: LiveDeal, payees: tuple[Payee, ...], *, coins: list[tuple[str, int]] | None = None) -> str:
    """A well-formed PSBT over real coins of the deal, with full previous transactions."""
    node = deal.cast.node.client()
    inputs = []
    for outpoint, _ in coins or first_coin(deal):
        txid, _, vout = outpoint.partition(":")
        raw = node.raw_transaction(txid)
        assert raw is not None
        inputs.append(Spendable(int(vout), raw))
    return build_payout(
        inputs=inputs,
        payees=[PsbtPayee(payee.to, payee.amount) for payee in payees],
        witness_script=bytes(deal.wallet.script),
        chain=REGTEST,
    )


def intent(deal: LiveDeal, **changes: Any) -> Intent:
    """An honest award to the merchant, but for ``changes``."""
    terms, identity, now = terms_of(deal), desk.identity(), clock.now()
    values: dict[str, Any] = {
        "id": new_id("int", at=now),
        "instance": identity.instance,
        "kind": "ESCROW_PAYOUT",
        "asset": terms.asset,
        "source": Source(wallet=deal.wallet.pk, owner="ESCROW", terms=terms.hash),
        "payees": to_merchant(deal),
        "fee": Fee(max=terms.fee.max),
        "reason": Reason(code="AWARD_MERCHANT", ref=terms.id),
        "maker": terms.mediator,
        "policy": identity.policy.hash,
        "expires_at": (now + timedelta(hours=24)).replace(microsecond=0),
    }
    return Intent(**values | changes)


def request(kind: Any, purpose: str, **parts: Any) -> Request:
    """A request for the key of this purpose."""
    return Request(
        id=new_id("req", at=clock.now()),
        instance=desk.identity().instance,
        kind=kind,
        key=desk.active_key(purpose).pk,
        **parts,
    )


def spend(
    deal: LiveDeal, *, wanted: Intent | None = None, psbt: str = "", purpose: str = "mediator", **parts: Any
) -> Request:
    """A request to sign ``psbt`` for ``wanted``; each follows from the other when it is left out."""
    wanted = wanted or intent(deal)
    payload = SpendPayload(psbt=psbt or payout(deal, wanted.payees))
    return request("BTC_SPEND", purpose, intent=wanted, payload=payload, **parts)


def registration(terms: Terms, *signatures: PartySignature) -> Request:
    return request("TERMS", "mediator", documents=(SignedTerms(document=terms, signatures=signatures),))


def signature(deal: LiveDeal, role: Any, terms: Terms) -> PartySignature:
    """A true signature of a party of the deal over any terms: the party was fooled, or helps."""
    side = deal.stage.buyer if role == "buyer" else deal.stage.merchant
    return PartySignature(role=role, proof=prove(side.key, terms.hash))


def key_proof(deal: LiveDeal, /, **changes: Any) -> KeyProof:
    """A challenge to our key in the deal's script, made from the template."""
    terms = terms_of(deal)
    values: dict[str, Any] = {
        "instance": terms.instance,
        "deal": terms.id,
        "role": "mediator",
        "public_key": terms.keys.mediator,
        "terms": terms.hash,
        "server_nonce": "00" * 16,
        "nonces": PartyNonces(buyer="01" * 16, mediator="02" * 16, merchant="03" * 16),
        "expires_at": (clock.now() + timedelta(hours=1)).replace(microsecond=0),
    }
    return KeyProof(**values | changes)
