"""Requests of a signer without network: taken along as a file or as QR pictures, answered the same way."""

from base64 import b64encode
from datetime import datetime

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import parts, qr
from custody.hsm.carried import take_answer
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import result_of
from custody.statements.answer import Answer
from custody.web import show
from custody.web.admin import Deed, Fact, Fields, Section
from custody.web.downloads import download
from custody.web.forms import FileOrTextForm, SmallFileField

# More of them nobody scans, and the page would be long in the making.
MAX_CODES = 60


class AnswerForm(FileOrTextForm):
    """A file, or the texts that a scanner read from the pictures."""

    FILE = "answer"

    answer = SmallFileField(limit=Answer.LIMIT, label=_("File of the answer"), required=False)
    text = forms.CharField(
        label=_("or the scanned parts, one per line"),
        max_length=2 * Answer.LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )


def is_carried(record: SigningRequest) -> bool:
    return record.offline_id is not None


def awaits_answer(record: SigningRequest) -> bool:
    return is_carried(record) and result_of(record.pk) is None


def _take(_user: User, record: SigningRequest, _fields: Fields, _at: datetime) -> HttpResponse:
    return download(bytes(record.body), f"{record.pk}.json", media_type="application/json")


def _bring(user: User, record: SigningRequest, fields: Fields, at: datetime) -> str:
    file: UploadedFile[bytes] | None = fields["answer"]
    data = file.read() if file else fields["text"].encode()
    row = take_answer(actor=user, request_id=record.pk, data=data, at=at)
    return _t("The answer is here, and its signer has proved it: %(outcome)s.") % {
        "outcome": row.get_outcome_display()
    }


CARRY_DEEDS = (
    Deed[SigningRequest](
        name="carry",
        action="hsm.request.carry",
        label=_("Download the request"),
        right=Right.VIEW_KEYS,
        form=forms.Form,
        perform=_take,
        applies=awaits_answer,
        explanation=_(
            "Carry the file to the offline signer: manage.py offline_signer FILE. It shows payees and "
            "amounts, and a custodian confirms there."
        ),
    ),
    Deed[SigningRequest](
        name="answer",
        action="hsm.answer.carry_in",
        label=_("Read the answer in"),
        right=Right.DRAFT_TRUST,
        form=AnswerForm,
        perform=_bring,
        applies=awaits_answer,
        explanation=_("What the offline signer wrote. It is taken only when its signer proves it."),
    ),
)


def carry_section(record: SigningRequest) -> list[Section]:
    """Which signer it is for, and how it gets there; nothing for the signer on the queue."""
    if record.offline is None:
        return []
    codes: object = _t("Too long for QR codes, take the file.")
    if texts_of(record):
        codes = show.link(reverse("admin:hsm_signingrequest_qr", args=[record.pk]), _("Show as QR codes"))
    facts = [Fact(_("Signer"), record.offline.name), Fact(_("To scan"), codes)]
    answered = record.results.exclude(carried=None).select_related("carried__brought_by").first()
    if answered is not None:
        facts.append(Fact(_("Answer brought by"), answered.carried.brought_by.get_full_name()))
    return [Section(_("Offline signer"), facts=facts)]


def texts_of(record: SigningRequest) -> list[str]:
    """The parts of a carried request; none where there would be too many, or it is not carried."""
    texts = parts.split(bytes(record.body)) if is_carried(record) else []
    return texts if len(texts) <= MAX_CODES else []


def pictures_of(record: SigningRequest) -> list[tuple[int, str]]:
    """Number and address of each picture, in order."""
    return [
        (number, "data:image/png;base64," + b64encode(qr.png(text)).decode())
        for number, text in enumerate(texts_of(record), start=1)
    ]
