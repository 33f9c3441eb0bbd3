"""Builds what the templates of the portal show from a situation."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from custody.chains.bitcoin.psbt import DecodedSpend
from custody.escrow.models import Role
from custody.escrow.models.disputes import DecisionReason
from custody.escrow.states import ENDED, State
from custody.escrow.timeline import Event, deal_timeline
from custody.portal import program, turn
from custody.portal.deeds import DEEDS
from custody.portal.situation import Situation
from custody.portal.told import TOLD
from custody.statements.decision import Decision
from custody.wallets import selectors as wallets
from custody.web import show
from custody.web.qr import qr_data_image
from custody.web.verbs import words

_DISPUTING = {
    State.DISPUTE_OPEN, State.DECISION_PROPOSED, State.DECIDED, State.AWARD_SIGNED, State.AWARD_BROADCAST,
}  # fmt: skip
_RELEASING = {State.FUNDED, State.RELEASE_PROPOSED, State.RELEASE_SIGNED, State.RELEASE_BROADCAST}
# States at each of the five steps; the last are those of a deal that is over.
_STEPS: tuple[set[State], ...] = (
    {State.DRAFT, State.TERMS_PROPOSED},
    {State.TERMS_SIGNED, State.KEYS_PROVEN, State.ADDRESS_CONFIRMED},
    {State.AWAITING_FUNDING, State.FUNDING_EXPIRED},
    _RELEASING | _DISPUTING,
    set(),
    {State(state) for state in ENDED},
)


@dataclass(frozen=True)
class Row:
    """A deal in the list."""

    now: Situation
    is_mine: bool
    sentence: str


@dataclass(frozen=True)
class Task:
    """A deed with its form; the template ``portal/tasks/<name>.html`` explains it."""

    name: str
    form: forms.Form | None
    template: str
    is_main: bool
    commands: list[str]


def row(now: Situation) -> Row:
    """One line of my deals."""
    return Row(now, turn.must_act(now), turn.sentence(now))


def task(now: Situation, name: str, bound: forms.Form | None) -> Task:
    """The card of one deed; ``bound`` is a form that came back with errors."""
    template = f"portal/tasks/{name.replace('-', '_')}.html"
    deed = DEEDS.get(name)
    form = bound or (deed.form(initial=_initial(now)) if deed else None)
    if form:
        form.auto_id = f"{name}-%s"  # several forms of a page may have the same field
        if "agreed" in form.fields:
            form["agreed"].label = _agreement(now, name)
    is_main = name in turn.tasks(now) and turn.must_act(now)
    return Task(name, form, template, is_main, program.commands(now, name))


def fingerprint(now: Situation) -> str:
    """Changes when the page has to be built again, and only then."""
    done = f"{len(now.signed)}{len(now.proven)}{len(now.confirmed)}{len(now.payout_signers)}"
    return f"{now.deal.state}.{'.'.join(turn.tasks(now))}.{done}.{int(now.is_held)}{int(bool(now.attempt))}"


def live(now: Situation) -> dict[str, Any]:
    """The part that is asked for again and again."""
    return {
        "now": now,
        "deal": now.deal,
        "steps": steps(now),
        "sentence": turn.sentence(now),
        "is_mine": turn.must_act(now),
        "is_over": now.state in ENDED,
        "fingerprint": fingerprint(now),
        "sent": _sent(now),
    }


def facts(now: Situation) -> dict[str, Any]:
    """Everything else on the page."""
    return {
        "spend": _spend(now),
        "decision": _decision(now),
        "qr": qr_data_image(_payment_uri(now)) if now.wallet else "",
        "finality_depth": settings.BITCOIN_FINALITY_DEPTH,
        "statements": now.dispute.statements.order_by("made_at") if now.dispute else [],
        "evidence": now.dispute.evidence.order_by("handed_in_at") if now.dispute else [],
        "events": [_event(event) for event in reversed(deal_timeline(now.deal)) if event.verb in TOLD],
    }


def steps(now: Situation) -> list[dict[str, str]]:
    """The five steps of an escrow, each done, now or later."""
    names = [
        _("Agreement"),
        _("Check of keys and address"),
        _("Funding"),
        _("Dispute") if now.state in _DISPUTING or now.state == State.RESOLVED else _("Release"),
        _("Paid out"),
    ]
    reached = _reached(now.state)
    kinds = ["done" if place < reached else "now" if place == reached else "later" for place in range(5)]
    return [{"name": name, "kind": kind} for name, kind in zip(names, kinds, strict=True)]


def _reached(state: State) -> int:
    return next(place for place, states in enumerate(_STEPS) if state in states)


def _agreement(now: Situation, name: str) -> SafeString:
    """What the box says that has to be ticked: amount and payee."""
    amount = show.coins(now.funding.mined if now.funding else now.deal.amount)
    if name == "open-dispute":
        return format_html(
            _("Yes, the mediator shall decide who gets the {amount} in escrow."), amount=amount
        )
    text = _("Yes, pay the {amount} in escrow, less fees, to {payee} ({role}).")
    role = Role(now.other.role).label
    return format_html(text, amount=amount, payee=now.other.client.name, role=role)


def _initial(now: Situation) -> dict[str, str]:
    return {
        "terms_hash": now.version.hash if now.version else "",
        "public_key": now.me.public_key,
        "payout_address": now.me.payout_address,
    }


def _payment_uri(now: Situation) -> str:
    """BIP21; the amount is what is still missing."""
    assert now.wallet is not None  # noqa: S101 - the caller asked
    return f"bitcoin:{now.wallet.address}?amount={now.missing_bitcoin}"


def _spend(now: Situation) -> dict[str, Any] | None:
    """The payout in words, from the bytes of the transaction alone."""
    if now.attempt is None or now.terms is None:
        return None
    spend = wallets.spend_of(now.attempt)
    return {"txid": spend.txid, "fee": spend.fee, "outputs": _outputs(spend, now)}


def _outputs(spend: DecodedSpend, now: Situation) -> list[dict[str, Any]]:
    assert now.terms is not None  # noqa: S101 - the caller asked
    owners = {
        now.terms.payouts.buyer: Role.BUYER.label,
        now.terms.payouts.merchant: Role.MERCHANT.label,
    }
    return [
        {"amount": out.amount, "address": out.address, "owner": owners.get(out.address, _("unknown"))}
        for out in spend.outputs
    ]


def _decision(now: Situation) -> dict[str, Any] | None:
    """What the confirmed decision says, from its stored bytes."""
    if now.decision is None:
        return None
    document = Decision.from_bytes(bytes(now.decision.body))
    reasons = ", ".join(str(DecisionReason(reason).label) for reason in document.reasons)
    return {"split": document.split, "reasons": reasons}


def _sent(now: Situation) -> dict[str, Any] | None:
    """The transaction once it was sent, with its confirmations."""
    if now.attempt is None or now.attempt.first_sent_at is None:
        return None
    return {"txid": now.attempt.txid, "confirmations": wallets.confirmations(now.attempt)}


def _event(event: Event) -> dict[str, Any]:
    """That something happened, for which role, and its hash; not who of our people did what."""
    role = event.payload.get("role")
    return {
        "at": event.at,
        "what": words(event.verb),
        "role": Role(role).label if role else "",
        "hash": event.hash,
        "position": event.position,
    }
