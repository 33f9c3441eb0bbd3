"""What a payment out of a house wallet waits for, in a sentence that says who has to do what."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.refusal_words import in_words
from custody.hsm.selectors import result_of
from custody.policy.selectors import explain, latest_decision
from custody.policy.trace import APPROVALS_MISSING
from custody.wallets import selectors
from custody.wallets.deferral import is_deferred
from custody.wallets.models import TransferIntent
from custody.wallets.services.decisions import maker_has_signed
from custody.wallets.spend_facts import denied_payees
from custody.wallets.states import State

_OF_STATE: dict[str, Promise] = {
    State.SUBMITTED: _("The payee is screened next; nobody has to do anything."),
    State.SCREENING: _("The payee is being screened; nobody has to do anything."),
    State.POLICY_EVAL: _("The policy is asked next; nobody has to do anything."),
    State.COMPLIANCE_HOLD: _("Compliance has to decide about the hits that hold this wallet."),
    State.DENIED: _("The policy denies it. For another payment, make a new proposal."),
    State.REJECTED: _("It has ended; nothing was paid. The coins are free for another payment."),
    State.EXPIRED: _("Its time is over; nothing was paid. The coins are free for another payment."),
    State.APPROVED: _("The coins are reserved next; nobody has to do anything."),
    State.QUEUED: _("The coins are reserved next; nobody has to do anything."),
    State.RESERVED: _("The transaction is prepared next; nobody has to do anything."),
    State.PREPARED: _("The signer is asked next; nobody has to do anything."),
    State.SIGNING: _("The signer has been asked and answers within seconds."),
    State.SIGNED: _("The transaction is sent next; nobody has to do anything."),
    State.BROADCASTING: _("The transaction is being sent."),
    State.BROADCAST: _("The transaction waits for a block."),
    State.MINED: _("The transaction is in a block and waits for more blocks above it."),
    State.FINAL: _("Paid for good; nothing is left to do."),
    State.UNKNOWN: _("A coin was spent otherwise, or is missing; the chain decides what counts."),
    State.REORGED: _("The block was thrown out; the same transaction is sent again."),
    State.CANCELLING: _(
        "It is withdrawn and not paid. Its coins go to the next payment; once that is final, this one ends."
    ),
    State.CANCELLED: _("Withdrawn for good: another payment has spent its coins."),
}


def next_step(intent: TransferIntent, *, at: datetime) -> str:
    """The sentence for the intent as it stands."""
    if intent.state == State.PENDING_APPROVAL:
        return missing_approvals(intent, at=at)
    if intent.state == State.DENIED and denied_payees(intent):
        return f"{in_words('payee_denied')} {_t('Nothing was signed; the coins are free.')}"
    attempt = selectors.attempt_of(intent)
    if intent.state == State.PREPARED and attempt is not None and is_deferred(attempt):
        return _t(
            "The signer refused: %(rule)s It is asked again when a new approval is handed in, or once a"
            " minute where time or officers can end the reason."
        ) % {"rule": _rule(attempt.signing_request)}
    if intent.state == State.CANCELLING and attempt is not None and _rule(attempt.signing_request):
        refused = _t("The signer refused for good: %(rule)s") % {"rule": _rule(attempt.signing_request)}
        return f"{refused} {_OF_STATE[State.CANCELLING]}"
    return str(_OF_STATE.get(State(intent.state), ""))


def missing_approvals(intent: TransferIntent, *, at: datetime) -> str:
    """Who still has to approve, as far as the web side knows; whose word counts the signer decides."""
    parts = []
    if not maker_has_signed(intent, at=at):
        parts.append(_t("The maker has to sign for the making."))
    count = _people_missing(intent)
    if count:
        parts.append(_t("Approvals of other people that are missing: %(count)d.") % {"count": count})
    parts.append(_t("Download the bytes, sign them with the program approve, and hand its file in here."))
    return " ".join(parts)


def _people_missing(intent: TransferIntent) -> int:
    """By the last decision: the most that any rule misses."""
    stored = latest_decision(intent.pk)
    if stored is None:
        return 0
    conditions = [condition for step in explain(stored).trace for condition in step.because]
    missing = [item for item in conditions if item.code == APPROVALS_MISSING and not item.holds]
    return max((int(item.expected) - int(item.actual) for item in missing), default=0)


def _rule(request_id: str) -> str:
    """The rule the signer refused by, in words and by name; empty while it has not."""
    result = result_of(request_id) if request_id else None
    rule = (result.rule if result else "") or ""
    return f"{in_words(rule)} ({rule})" if rule else ""
