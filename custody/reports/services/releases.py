"""The release of a made report: drafted, approved by people, sealed by the signer as RELEASED.

What is sealed is the file that people have read as a DRAFT: pages, data and every byte that the seal
covers stay, only the seal in it is another. Approvals are proved by the credentials that the signer
publishes; whose suffice, the signer decides.
"""

import base64
from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common import canonical
from custody.common.errors import NotFoundError, RefusedError
from custody.common.ids import new_id
from custody.documents.services import fetch_document
from custody.hsm import selectors as hsm
from custody.hsm.services import submit_request
from custody.hsm.trust.proving import check_proof, still_proved
from custody.reports import sealing, states
from custody.reports.models import ReleaseApproval, ReportRelease, ReportRun
from custody.reports.services.record import SYSTEM, record_step
from custody.reports.services.requests import locked_run
from custody.reports.services.steps import prepared_seal, put_in_seal, seal_certificates, store_file
from custody.statements.approval import Approval, Subject
from custody.statements.handed import About, read_approval
from custody.statements.release import ApprovedRelease, Release
from custody.statements.result import Result

LIFE = timedelta(hours=48)
FIELD = "approval"


@transaction.atomic
def draft_release(*, actor: AbstractBaseUser, run_id: str, at: datetime) -> ReportRelease:
    """Write down what people are to approve of a made run.

    Raises ForbiddenError, NotFoundError, RefusedError ``report_not_made`` or ``release_standing``,
    UnavailableError while the signer has no certificate for released seals.
    """
    require_right(actor, Right.MAKE_REPORT)
    run = locked_run(run_id)
    if run.state != states.MADE:
        raise RefusedError("this report is not made yet", code="report_not_made")
    seal_certificates("RELEASED")
    _expire(run, at=at)
    if run.releases.filter(state__in=states.STANDING).exists():
        raise RefusedError("this report has a release already", code="release_standing")
    document = Release(
        instance=hsm.identity().instance,
        id=run.pk,
        report=run.report,
        period=run.period or run.subject,
        digest=prepared_seal(run).digest.hex(),
        twin=run.twin_sha256,
        expires_at=(at + LIFE).replace(microsecond=0),
    )
    if ReportRelease.objects.filter(hash=document.hash).exists():
        raise RefusedError("this very release was drafted before; draft it again", code="release_known")
    release = ReportRelease.objects.create(
        id=new_id("rel", at=at),
        run=run,
        hash=document.hash,
        body=document.to_bytes(),
        drafted_by_id=actor.pk,
        drafted_at=at,
        expires_at=document.expires_at,
    )
    record_step(run, "release_drafted", actor=actor, at=at, release=release.hash)
    return release


@transaction.atomic
def hand_in_release_approval(
    *, actor: AbstractBaseUser, run_id: str, data: bytes, at: datetime
) -> ReleaseApproval:
    """Keep an approval of the open release; the same one twice is once, a REJECT ends the release.

    Raises ForbiddenError, NotFoundError, RefusedError ``wrong_state``, InvalidInputError
    ``bad_approval``, ``approval_of_another_subject``, ``policy_changed``,
    ``statement_outlives_subject`` or ``expired``, and what ``check_proof`` raises.
    """
    require_right(actor, Right.MAKE_REPORT)
    approval = read_approval(data, field=FIELD)
    run, statement = locked_run(run_id), approval.statement
    release = _open(run)
    known = release.approvals.filter(statement=statement.hash).first()
    if known is not None:
        return known
    about(release).check(statement, at=at, field=FIELD)
    check_proof(approval, field=FIELD, at=at)
    row = ReleaseApproval.objects.create(
        release=release,
        person=statement.person,
        verdict=statement.verdict,
        statement=statement.hash,
        body=canonical.encode(approval.to_json()),
        expires_at=statement.expires_at,
        handed_in_by_id=actor.pk,
        handed_in_at=at,
    )
    said = {"person": row.person, "verdict": row.verdict, "statement": row.statement}
    record_step(run, "release_approved", actor=actor, at=at, release=release.hash, **said)
    if row.verdict == "REJECT":
        _move(release, "reject")
        record_step(run, "release_rejected", actor=actor, at=at, release=release.hash)
    return row


@transaction.atomic
def ask_for_release(*, actor: AbstractBaseUser, run_id: str, at: datetime) -> ReportRelease:
    """Hand the release with its approvals to the signer.

    Raises ForbiddenError, NotFoundError, RefusedError ``wrong_state``, ``expired`` or
    ``no_place_for_seal``, UnavailableError.
    """
    require_right(actor, Right.MAKE_REPORT)
    run = locked_run(run_id)
    release = _open(run)
    if release.expires_at <= at:
        raise RefusedError("the time of this release is over; draft it anew", code="expired")
    wanted = sealing.with_certificates(prepared_seal(run), seal_certificates("RELEASED"))
    attributes = base64.b64encode(wanted.signed_attributes).decode()
    carried = ApprovedRelease(document=document_of(release), approvals=tuple(usable(release, at=at)))
    request = submit_request(
        actor=actor,
        kind="CMS_SEAL",
        key=hsm.active_key("seal").pk,
        subject=run.pk,
        payload={"signed_attributes": attributes, "certificate": "RELEASED"},
        documents=[carried],
        at=at,
    )
    release.request, release.signed_attributes = request.pk, wanted.signed_attributes
    release.rule = release.culprit = ""
    _move(release, "ask")
    record_step(run, "release_asked", actor=actor, at=at, release=release.hash, request=request.pk)
    return release


@transaction.atomic
def apply_release(*, release_id: str, result: Result, at: datetime) -> None:
    """Take the signer's answer: store the sealed file, or say why there is none. Twice is once."""
    run_id = ReportRelease.objects.values_list("run", flat=True).get(pk=release_id)
    run, release = locked_run(run_id), ReportRelease.objects.get(pk=release_id)
    if release.state != states.ASKED or release.request != result.request:
        return
    if result.outcome != "SIGNED":
        _refused(run, release, result, at=at)
        return
    asked = replace(prepared_seal(run), signed_attributes=bytes(release.signed_attributes or b""))
    sealed = put_in_seal(asked, "RELEASED", signature=bytes.fromhex(result.signatures[0].signature))
    release.file_sha256, release.released_at = store_file(run, sealed, at=at), at
    _move(release, "seal")
    hashes = {"file_sha256": release.file_sha256, "twin_sha256": run.twin_sha256, "release": release.hash}
    record_step(run, "released", actor=SYSTEM, at=at, **hashes)


@transaction.atomic
def download_release(*, actor: AbstractBaseUser | str, run_id: str, at: datetime) -> tuple[str, bytes]:
    """Return name and bytes of the released file, and record who took it.

    Raises ForbiddenError, NotFoundError and RefusedError ``report_not_released``.
    """
    if not isinstance(actor, str):
        require_right(actor, Right.VIEW_REPORT)
    run = locked_run(run_id)
    release = run.releases.filter(state=states.RELEASED).first()
    if release is None:
        raise RefusedError("this report is not released", code="report_not_released")
    record_step(run, "downloaded", actor=actor, at=at, file_sha256=release.file_sha256)
    return run.released_name, fetch_document(subject=run.document_subject, sha256=release.file_sha256)


def document_of(release: ReportRelease) -> Release:
    """Decode the bytes that people approve."""
    return Release.from_bytes(bytes(release.body))


def about(release: ReportRelease) -> About:
    """What its approvals have to say."""
    document = document_of(release)
    subject = Subject(format="custody/release/v1", hash=document.hash)
    return About(subject, document.instance, hsm.identity().policy.hash, document.expires_at)


def usable(release: ReportRelease, *, at: datetime) -> list[Approval]:
    """Those the signer may still take; one that is left in would make it refuse all of them."""
    policy = hsm.identity().policy.hash
    said = (Approval.read(canonical.decode(bytes(row.body))) for row in release.approvals.order_by("pk"))
    return still_proved([item for item in said if item.statement.policy == policy], at=at)


def _open(run: ReportRun) -> ReportRelease:
    release = run.releases.filter(state__in=states.STANDING).first()
    if release is None:
        raise NotFoundError("this report has no release")
    if release.state != states.OPEN:
        raise RefusedError("the signer has this release", code="wrong_state")
    return release


def _expire(run: ReportRun, *, at: datetime) -> None:
    for late in run.releases.filter(state=states.OPEN, expires_at__lte=at):
        _move(late, "expire")
        record_step(run, "release_expired", actor=SYSTEM, at=at, release=late.hash)


def _refused(run: ReportRun, release: ReportRelease, result: Result, *, at: datetime) -> None:
    """A rejection ends it; for anything else people can bring what is missing."""
    release.rule, release.culprit = result.rule or "", result.culprit or ""
    _move(release, "reject" if release.rule == "rejected" else "refuse")
    record_step(run, "release_refused", actor=SYSTEM, at=at, release=release.hash, code=release.rule)


def _move(release: ReportRelease, event: str) -> None:
    release.state = states.RELEASE.next(release.state, event)
    release.save()
