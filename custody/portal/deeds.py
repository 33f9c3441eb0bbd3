"""What a party can do on the deal page: each deed takes a form and calls one service of escrow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.common import canonical
from custody.common.errors import InvalidInputError, RefusedError
from custody.escrow import selectors, services
from custody.escrow.permissions import access_participant
from custody.portal.forms import (
    AgreeForm,
    ChecksumForm,
    DisputeForm,
    EvidenceForm,
    JoinForm,
    NonceForm,
    ProofForm,
    PsbtForm,
    SignTermsForm,
    TextForm,
)
from custody.statements.form import Form
from custody.statements.key_proof import ProvenKey
from custody.statements.terms import PartySignature

Fields = Mapping[str, Any]
F = TypeVar("F", bound=Form)
Act = Callable[[User, str, Fields, datetime], object]


@dataclass(frozen=True)
class Deed:
    """``act(actor, deal_id, fields, at)`` calls the service; ``done`` is said afterwards."""

    form: type[forms.Form]
    act: Act
    done: Promise


def _join(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.join_deal(
        actor=actor,
        deal_id=deal_id,
        public_key=fields["public_key"],
        payout_address=fields["payout_address"],
        at=at,
    )


def _sign_terms(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    signature = _read(PartySignature, fields, "signature")
    if signature.role != access_participant(actor, deal_id).role:
        raise RefusedError("this is the signature of the other party", code="other_role", field="signature")
    return services.sign_terms(
        actor=actor,
        deal_id=deal_id,
        terms_hash=fields["terms_hash"],
        signature=signature.proof.signature,
        at=at,
    )


def _give_nonce(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.start_key_challenge(actor=actor, deal_id=deal_id, nonce=fields["nonce"].strip(), at=at)


def _prove_key(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    proven = _read(ProvenKey, fields, "proof")
    participant = access_participant(actor, deal_id)
    version = selectors.current_version(participant.deal)
    challenge = selectors.current_challenge(version) if version else None
    expected = services.challenge_document(challenge, proven.document.role) if challenge else None
    if expected is None or proven.document.hash != expected.hash or expected.role != participant.role:
        raise RefusedError("this answers another challenge", code="other_challenge", field="proof")
    return services.prove_key(actor=actor, deal_id=deal_id, signature=proven.proof.signature, at=at)


def _confirm_address(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.confirm_address(actor=actor, deal_id=deal_id, checksum=fields["checksum"], at=at)


def _propose_release(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.propose_release(actor=actor, deal_id=deal_id, at=at)


def _withdraw_release(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.withdraw_release(actor=actor, deal_id=deal_id, at=at)


def _sign_payout(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    try:
        psbt = fields["psbt"].read().decode("ascii").strip()
    except UnicodeDecodeError:
        raise InvalidInputError("not a PSBT in Base64", code="bad_psbt", field="psbt") from None
    return services.upload_signature(actor=actor, deal_id=deal_id, psbt=psbt, at=at)


def _open_dispute(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.open_dispute(actor=actor, deal_id=deal_id, claim=fields["text"], at=at)


def _add_statement(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    return services.add_statement(actor=actor, deal_id=deal_id, text=fields["text"], at=at)


def _add_evidence(actor: User, deal_id: str, fields: Fields, at: datetime) -> object:
    file: UploadedFile[bytes] = fields["content"]
    return services.add_evidence(
        actor=actor,
        deal_id=deal_id,
        name=file.name or "",
        content=file.read(),
        media_type=file.content_type or "application/octet-stream",
        at=at,
    )


DEEDS: dict[str, Deed] = {
    "join": Deed(JoinForm, _join, _("Your key and address are noted.")),
    "sign-terms": Deed(SignTermsForm, _sign_terms, _("You have signed the terms.")),
    "give-nonce": Deed(NonceForm, _give_nonce, _("Your nonce is in the challenge.")),
    "prove-key": Deed(ProofForm, _prove_key, _("Your key is proven.")),
    "confirm-address": Deed(ChecksumForm, _confirm_address, _("You have confirmed the address.")),
    "propose-release": Deed(AgreeForm, _propose_release, _("The payout is being prepared.")),
    "withdraw-release": Deed(forms.Form, _withdraw_release, _("The payout is withdrawn.")),
    "sign-payout": Deed(PsbtForm, _sign_payout, _("Your signature is accepted.")),
    "open-dispute": Deed(DisputeForm, _open_dispute, _("The mediator will examine the dispute.")),
    "add-statement": Deed(TextForm, _add_statement, _("Your statement is in the file.")),
    "add-evidence": Deed(EvidenceForm, _add_evidence, _("Your file is in the evidence.")),
}


def _read(form: type[F], fields: Fields, name: str) -> F:
    """Read the JSON file sent as field ``name``; a final line break that editors add is forgiven.

    Raises InvalidInputError at that field: a pointer into the file would repeat the sender's words.
    """
    file: UploadedFile[bytes] = fields[name]
    try:
        return form.read(canonical.decode(file.read().rstrip(b"\r\n")))
    except InvalidInputError as error:
        raise error.at(name) from None
