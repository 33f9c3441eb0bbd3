"""T4: the frozen transaction goes to the signer, or to the parties; the signer's answer comes back."""

from datetime import datetime, timedelta

from django.db import transaction

from custody.chains.bitcoin.psbt import InputSignature, add_signatures, decode, signatures_of
from custody.common.errors import RefusedError, UnavailableError
from custody.hsm import standing
from custody.hsm.selectors import result_of
from custody.hsm.services import submit_request
from custody.statements.result import Result
from custody.wallets import selectors
from custody.wallets.deferral import DEFERRED, PASSING, is_deferred
from custody.wallets.handed_in import approvals_of, facts_of
from custody.wallets.house import mandate_of
from custody.wallets.models import TransferIntent, TxAttempt, TxSignature
from custody.wallets.services.collecting import add_signatures_to, complete_if_possible
from custody.wallets.services.transitions import WORKER, advance, lock_intent, refuse_while_held
from custody.wallets.states import Event, State

SIGNER = "system:signer"
# Between two questions about what may have passed.
ASK_AGAIN = timedelta(minutes=1)


@transaction.atomic
def start_signing(*, intent_id: str, at: datetime) -> None:
    """Ask the signer once where a key of ours takes part; from now on parties' PSBTs are taken as well.

    After a refusal whose reason may pass it is asked again. Raises RefusedError ``on_hold`` while
    compliance holds the wallet, ``killed`` or ``held`` while the signer would refuse, and the rule of a
    refusal that nothing new has answered yet.
    """
    intent = lock_intent(intent_id)
    attempt = selectors.attempt_of(intent)
    if intent.state != State.PREPARED or attempt is None:
        return
    refuse_while_held(intent.wallet)
    if intent.needs_our_key and (not attempt.signing_request or is_deferred(attempt)):
        _refuse_while_stopped(intent, attempt, at=at)
        _ask(intent, attempt, at=at)
    payload = {"attempt": attempt.pk, "request": attempt.signing_request}
    advance(intent_id=intent_id, event=Event.SIGNING_STARTED, at=at, payload=payload)


def _ask(intent: TransferIntent, attempt: TxAttempt, *, at: datetime) -> None:
    document = selectors.document_of(intent)
    request = submit_request(
        actor=WORKER,
        subject=intent.pk,
        kind="BTC_SPEND",
        key=intent.wallet.signing_key,
        intent=document,
        mandate=mandate_of(document),
        approvals=approvals_of(intent, at=at),
        facts=facts_of(intent),
        payload={"psbt": attempt.psbt},
        at=at,
    )
    attempt.signing_request = request.pk
    attempt.save(update_fields=["signing_request"])


def _refuse_while_stopped(intent: TransferIntent, attempt: TxAttempt, *, at: datetime) -> None:
    """Raise RefusedError for what the signer published as standing still, and while its refusal stands."""
    document, wallet = selectors.document_of(intent), intent.wallet
    touched = {
        "WALLET": {wallet.pk},
        "DEAL": {document.reason.ref},
        "ADDRESS": {payee.to for payee in document.payees},
    }
    code = standing.stop_of(key=wallet.signing_key, touched=touched)
    if not code and attempt.signing_request:
        code = _standing_refusal(intent, attempt, at=at)
    if code:
        raise RefusedError("the signer makes no signature for this payment now", code=code)


def _standing_refusal(intent: TransferIntent, attempt: TxAttempt, *, at: datetime) -> str:
    """Rule of the last refusal; nothing once a new approval came, or time may have ended its reason."""
    result = result_of(attempt.signing_request)
    rule = (result.rule if result else None) or ""
    is_news = intent.approvals.filter(created_at__gt=intent.state_changed_at).exists()
    is_time = rule in PASSING and at >= intent.state_changed_at + ASK_AGAIN
    return "" if is_news or is_time else rule


@transaction.atomic
def apply_signature(*, request_id: str, at: datetime) -> None:
    """Take the signer's answer to a spend: its signatures, or why it refused. Twice is once.

    A refusal ends the collecting: parties may hold signatures, so only another spend ends the intent.
    Where nobody but the signer has a key and the reason may pass, the intent waits to ask again.
    Raises RefusedError ``on_hold`` for signatures while compliance holds the wallet; they wait where
    they are.
    """
    intent = lock_intent(selectors.intent_of_request(request_id))
    attempt, result = selectors.attempt_of(intent), result_of(request_id)
    if attempt is None or result is None or intent.state != State.SIGNING:
        return
    if result.outcome == "REFUSED":
        payload = {"rule": result.rule or "", "culprit": result.culprit or ""}
        waits = intent.wallet.is_house and result.rule in DEFERRED
        event = Event.SIGNATURE_DEFERRED if waits else Event.SIGNATURE_REFUSED
        advance(intent_id=intent.pk, event=event, actor=SIGNER, at=at, payload=payload)
        return
    refuse_while_held(intent.wallet)
    _store(attempt, result, at=at)
    complete_if_possible(intent, attempt, at=at)


def collect_answer(*, intent_id: str, at: datetime) -> None:
    """Look for an answer of the signer whose message was lost.

    Raises UnavailableError ``signer_silent`` when there is none after the intent's time. The signer is
    asked on for as long as it takes. What it has not signed by then it refuses, also where it had promised
    a signature and could not make it; so whatever it answers moves the intent.
    """
    intent = selectors.get_intent(intent_id)
    attempt = selectors.attempt_of(intent)
    if attempt is None or not attempt.signing_request:
        return
    if intent.expires_at <= at and result_of(attempt.signing_request) is None:
        raise UnavailableError("the signer has not answered", code="signer_silent")
    apply_signature(request_id=attempt.signing_request, at=at)


def _store(attempt: TxAttempt, result: Result, *, at: datetime) -> None:
    """Keep the signer's signatures after verifying each of them ourselves."""
    made = [
        InputSignature(item.input, bytes.fromhex(item.public_key), bytes.fromhex(item.signature))
        for item in result.signatures
    ]
    signed = add_signatures(attempt.psbt, chain=attempt.chain, signatures=made, field="/signatures")
    verified = signatures_of(decode(signed, chain=attempt.chain))
    known = set(attempt.signatures.values_list("input", "public_key"))
    new = [entry for entry in verified if (entry.input, entry.public_key.hex()) not in known]
    add_signatures_to(attempt, new, source=TxSignature.Source.SIGNER, actor=SIGNER, at=at)
