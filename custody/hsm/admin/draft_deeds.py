"""Buttons of a trust document: take its bytes, bring approvals, hand it to the signer, draft it anew."""

from datetime import datetime, timedelta

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import clock
from custody.common.errors import InvalidInputError
from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.hsm.due import has_no_person
from custody.hsm.models import TrustDraft
from custody.hsm.selectors import offline_signer
from custody.hsm.trust import approvals, drafting, submitting
from custody.hsm.trust_states import OPEN, State
from custody.statements.handed import MAX_BYTES
from custody.web.admin import Deed, Fields, Next
from custody.web.downloads import download
from custody.web.forms import FileOrTextForm, SmallFileField


class ApprovalForm(FileOrTextForm):
    """A file, or the text that ``approve`` prints."""

    file = SmallFileField(
        limit=MAX_BYTES,
        label=_("File of “approve”"),
        help_text=_("At most 64 KiB."),
        required=False,
    )
    text = forms.CharField(
        label=_("or its text (#t=…)"),
        max_length=MAX_BYTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )


def draft_deed(kind: DraftKind) -> Deed[TrustDraft]:
    """The deed that begins a document of this type."""

    def perform(user: User, _record: object, fields: Fields, at: datetime) -> Next:
        draft = _draft(kind, Author(user, at), fields)
        return _to(
            draft, _t("Drafted. Download the file, have it signed with “approve”, bring the approvals.")
        )

    return Deed[TrustDraft](
        name="",  # the form stands alone on its page
        action="hsm.trust.draft",
        label=format_lazy("{draft}: {what}", draft=_("Draft"), what=kind.label),
        right=Right.DRAFT_TRUST,
        form=kind.form,
        perform=perform,
        blocked=_has_no_person,
        explanation=kind.effect,
        is_grave=kind.is_grave,
    )


def _draft(kind: DraftKind, author: Author, fields: Fields) -> TrustDraft:
    """Call the service; what a form of a document refuses is said at the field it came from."""
    try:
        return drafting.draft_document(
            actor=author.user,
            kind=kind.name,
            body=kind.body(fields, author),
            stream=kind.stream(fields),
            reason=fields["reason"],
            life=timedelta(hours=fields["life_hours"]),
            offline=offline_signer(instance=fields.get("signer") or None),
            at=author.at,
        )
    except InvalidInputError as error:
        raise error.at(_field(error, kind.form)) from None


def _field(error: InvalidInputError, form: type[DraftForm]) -> str | None:
    places = (error.field or "").split("/")
    return next((place for place in places if place in form.base_fields), error.field)


def _to(draft: TrustDraft, message: str) -> Next:
    return Next(message, reverse("admin:hsm_trustdraft_change", args=[draft.pk]))


def _has_no_person(user: User, _draft: object) -> str:
    return has_no_person(user)


def _take(_user: User, draft: TrustDraft, _fields: Fields, _at: datetime) -> HttpResponse:
    name = f"{draft.type.lower()}-{draft.hash[:8]}.json"
    return download(bytes(draft.body), name, media_type="application/json")


def _bring(user: User, draft: TrustDraft, fields: Fields, at: datetime) -> str:
    file: UploadedFile[bytes] | None = fields["file"]
    data = file.read() if file else fields["text"].encode()
    row = approvals.add_approval(actor=user, draft_id=draft.pk, data=data, at=at)
    if row.verdict == "REJECT":
        return _t("A rejection is here. Handed to the signer, it ends the document for good.")
    return _t("The approval is here; whether it suffices, the signer decides.")


def _submit(user: User, draft: TrustDraft, _fields: Fields, at: datetime) -> str:
    submitting.submit_document(actor=user, draft_id=draft.pk, at=at)
    if draft.offline:
        return _t("The request is ready to be carried to the offline signer %(name)s.") % {
            "name": draft.offline.name
        }
    return _t("Handed to the signer; it answers within seconds.")


def _redraft(user: User, draft: TrustDraft, _fields: Fields, at: datetime) -> Next:
    new = drafting.redraft_document(actor=user, draft_id=draft.pk, at=at)
    return _to(new, _t("Drafted anew as the next of its stream; it needs approvals of its own."))


def _is_open(draft: TrustDraft) -> bool:
    return draft.state in OPEN


def _is_lost(draft: TrustDraft) -> bool:
    return draft.state == State.EXPIRED or (draft.state in OPEN and drafting.is_overtaken(draft))


def _not_ready(_user: User, draft: TrustDraft) -> str:
    """What the signer would refuse for certain."""
    people = {item.statement.person for item in approvals.usable(draft, at=clock.now())}
    if drafting.is_overtaken(draft):
        return _t("Another document of this stream was accepted meanwhile; draft it anew.")
    if draft.maker not in people:
        return _t("The maker's own approval is missing.")
    return ""


DRAFT_DEEDS = (
    Deed[TrustDraft](
        name="take",
        action="hsm.trust.take",
        label=_("Download to sign"),
        right=Right.VIEW_KEYS,
        form=forms.Form,
        perform=_take,
        explanation=_(
            "On the officer's own machine: scripts/approve sign FILE. It shows every field and signs."
        ),
    ),
    Deed[TrustDraft](
        name="approve",
        action="hsm.trust.approve",
        label=_("Bring an approval"),
        right=Right.DRAFT_TRUST,
        form=ApprovalForm,
        perform=_bring,
        applies=_is_open,
        explanation=_(
            "Anybody's approval of exactly this document, proved by a credential the signer knows."
        ),
    ),
    Deed[TrustDraft](
        name="submit",
        action="hsm.trust.submit",
        label=_("Hand to the signer"),
        right=Right.DRAFT_TRUST,
        form=forms.Form,
        perform=_submit,
        applies=_is_open,
        blocked=_not_ready,
        explanation=_(
            "With all approvals that still count. When too few are there, it refuses and you go on."
        ),
    ),
    Deed[TrustDraft](
        name="redraft",
        action="hsm.trust.draft",
        label=_("Draft anew"),
        right=Right.DRAFT_TRUST,
        form=forms.Form,
        perform=_redraft,
        applies=_is_lost,
        blocked=_has_no_person,
        explanation=_("The same content as the next document of its stream."),
    ),
)
