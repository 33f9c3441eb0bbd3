"""Sections of a request: what was wanted in words, who approved, what the signer answered."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.admin.drafts import verdict_cell
from custody.hsm.admin.marked import at, found
from custody.hsm.admin.people import names_of_people, person_cell
from custody.hsm.admin.request_words import sentence_of
from custody.hsm.models import SigningRequest, SigningResult
from custody.hsm.refusal_words import in_words
from custody.hsm.words import OUTCOME_TONES
from custody.statements.approval import Approval
from custody.statements.intent import Intent
from custody.statements.request import Request, SpendPayload
from custody.statements.result import Result
from custody.web import links, show
from custody.web.admin import Fact, Section
from custody.web.spends import network_name, spend_sections


def decoded(row: SigningRequest) -> Request | None:
    """The request as the signer reads it; None for bytes that it refuses to read."""
    try:
        return Request.from_bytes(bytes(row.body))
    except InvalidInputError:
        return None


def asked_sections(request: Request) -> list[Section]:
    """Before: what was wanted, and who approved it."""
    wanted = [_intent(request.intent)] if request.intent else []
    said = [
        *request.approvals,
        *(approval for item in request.trust_documents for approval in item.approvals),
        *(approval for item in request.releases for approval in item.approvals),
    ]
    return [
        *wanted,
        *_others(request),
        *([_approvals(said)] if said or request.intent else []),
        *_spend(request),
    ]


def _intent(intent: Intent) -> Section:
    facts = [
        Fact(_("In words"), show.lines([_pays(intent, index) for index in range(len(intent.payees))])),
        Fact(_("Kind"), show.code(intent.kind)),
        Fact(_("Network"), network_name(intent.chain)),
        Fact(_("Out of wallet"), links.to_record(intent.source.wallet)),
        Fact(_("Owner"), show.code(intent.source.owner)),
        Fact(_("Highest fee"), show.coins(intent.fee.max)),
        Fact(_("Reason"), show.lines([show.code(intent.reason.code), links.to_record(intent.reason.ref)])),
        Fact(_("Maker"), person_cell(intent.maker, names_of_people([intent.maker]))),
        Fact(_("To be signed until"), show.moment(intent.expires_at)),
        Fact(_("Hash of the intent"), show.grouped(intent.hash, copy=True)),
    ]
    return Section(_("What was wanted"), facts=facts)


def _pays(intent: Intent, index: int) -> str:
    payee = intent.payees[index]
    return show.fill(
        _t("Pay {amount} to {address}"), amount=show.coins(payee.amount), address=show.grouped(payee.to)
    )


def _others(request: Request) -> list[Section]:
    """What requests of other kinds are about, in one sentence."""
    words = sentence_of(request)
    return [Section(_("What was wanted"), facts=[Fact(_("In words"), words)])] if words else []


def _approvals(said: list[Approval]) -> Section:
    names = names_of_people([approval.statement.person for approval in said])
    rows = [
        [
            person_cell(approval.statement.person, names),
            verdict_cell(approval.statement.verdict),
            show.moment(approval.statement.expires_at),
            show.code(approval.proof.type),
        ]
        for approval in said
    ]
    columns = (_("Person"), _("Says"), _("Counts until"), _("Signed with"))
    note = "" if rows else _("None: the policy or a mandate has to allow it without.")
    return Section(_("Approvals"), columns=columns, rows=rows, note=note)


def answer_section(row: SigningResult, body: bytes) -> Section:
    """After: the outcome; for a refusal its rule in words, and what stands at the place at fault."""
    result = Result.from_bytes(bytes(row.body))
    facts = [Fact(_("Outcome"), show.status(row.get_outcome_display(), OUTCOME_TONES[row.outcome]))]
    if result.rule:
        facts += [Fact(_("In words"), in_words(result.rule)), Fact(_("Rule"), show.code(result.rule))]
    if result.culprit is not None:
        facts += [
            Fact(
                _("Culprit in the request"), show.code(result.culprit) if result.culprit else _("the whole")
            ),
            Fact(_("Stands there"), _culprit(body, result.culprit)),
        ]
    facts += [
        Fact(_("Answered"), show.moment(row.created_at)),
        Fact(_("Signatures"), len(result.signatures)),
        Fact(_("Hash of the request"), show.grouped(result.request_hash)),
    ]
    return Section(_("Answer of the signer"), facts=facts)


def signatures_section(result: Result) -> list[Section]:
    """The signatures that were made."""
    rows = [
        [item.input, show.grouped(item.public_key), show.grouped(item.signature)]
        for item in result.signatures
    ]
    columns = (_("Input"), _("Public key"), _("Signature"))
    return [Section(_("Signatures"), columns=columns, rows=rows)] if rows else []


def culprit_of(row: SigningResult | None) -> str:
    """Pointer to the place at fault; empty for none."""
    return (Result.from_bytes(bytes(row.body)).culprit or "") if row else ""


def _culprit(body: bytes, pointer: str) -> object:
    """The value at the place at fault, or the part of the request it lies in."""
    value = canonical.decode(body, limit=canonical.MAX_REQUEST)
    place = "/".join(("", *found(value, pointer)))
    said = at(value, pointer)
    if isinstance(said, dict | list):
        return show.fill(
            _t("a part of several fields, marked below ({place})"), place=show.code(place or "/")
        )
    return show.code(str(said)) if len(str(said)) <= 200 else show.code(f"{str(said)[:60]}…")


def _spend(request: Request) -> list[Section]:
    """The transaction that was to be signed, decoded from its bytes; nothing for other kinds."""
    if not isinstance(request.payload, SpendPayload) or request.intent is None:
        return []
    names = {payee.to: str(_("payee of the intent")) for payee in request.intent.payees}
    return spend_sections(request.payload.psbt, chain=request.intent.chain, names=names)
