"""Signers without network: takes in what they publish, and the answers that people carry here.

What a signer publishes counts after a person compared the fingerprint of the file with the one shown at
its console. From then on its checkpoint key proves every answer; who brings one need not be trusted.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.audit import services as audit
from custody.common import canonical, parts
from custody.common.errors import InvalidInputError, NotFoundError, RefusedError
from custody.hsm import services
from custody.hsm.mirror import is_after_recovery, is_outdated, latest_heads, published_values, seq_of
from custody.hsm.mirrored_keys import mirror_offline_keys
from custody.hsm.models import CarriedAnswer, OfflineSigner, SignerIdentity, SigningKey
from custody.hsm.models import SigningRequest as RequestRow
from custody.hsm.models import SigningResult as ResultRow
from custody.statements.answer import Answer
from custody.statements.fingerprint import fingerprint
from custody.statements.published import PublishedSigner
from custody.statements.request import Request

logger = logging.getLogger(__name__)

FIELD = "answer"
MAX_NAME = 64


# --- what an offline signer publishes ---------------------------------------------------------


@transaction.atomic
def mirror_offline_signer(*, data: bytes, name: str, words: str, at: datetime) -> OfflineSigner:
    """Take over the published file of an offline signer; ``words`` were read from its console.

    Raises InvalidInputError ``fingerprint_differs``, ``bad_identity`` and ``bad_name``, RefusedError
    ``other_genesis``, ``file_outdated``, ``instance_taken``, ``name_taken``, ``demo_genesis`` and
    ``key_of_another_signer``.
    """
    if words.split() != fingerprint(data).split():
        raise InvalidInputError(
            "the words are not those of this file", code="fingerprint_differs", field="words"
        )
    published = _read_published(data)
    known = OfflineSigner.objects.select_for_update().filter(pk=published.instance).first()
    _check_identity(published, known, name)
    is_recovered = is_after_recovery(published, known)
    values = published_values(published)
    if known is not None and not is_recovered:
        # An answer that was carried before may tell of a later document than the file.
        heads = latest_heads(values["standing"], known.standing.get("heads", ()))
        values["standing"] = values["standing"] | {"heads": heads}
    signer, is_new = OfflineSigner.objects.update_or_create(
        pk=published.instance,
        defaults={
            **values,
            "name": name,
            "policy": published.policy.to_bytes(),
            "checkpoint_key": _checkpoint_key(published),
            "mirrored_at": at,
        },
    )
    mirror_offline_keys(published.keys, of=signer, seq=seq_of(published), is_recovered=is_recovered, at=at)
    audit.record(
        verb="hsm.offline_signer.mirrored",
        actor="system:operator",
        subject=signer.pk,
        payload={"genesis": signer.genesis, "file": canonical.tagged_hash("file", data).hex(), "new": is_new},
        at=at,
    )
    return signer


def _read_published(data: bytes) -> PublishedSigner:
    try:
        return PublishedSigner.read(canonical.decode(data, limit=canonical.MAX_REQUEST))
    except InvalidInputError as error:
        detail = f"not what a signer publishes: {error.detail} ({error.field or '/'})"
        raise InvalidInputError(detail, code="bad_identity", field="file") from None


def _checkpoint_key(published: PublishedSigner) -> str:
    keys = [key for key in published.keys if (key.purpose, key.state) == ("checkpoint", "ACTIVE")]
    if not keys:
        raise InvalidInputError("it has no key to prove answers", code="bad_identity", field="file")
    return keys[-1].public_key


def _check_identity(published: PublishedSigner, known: OfflineSigner | None, name: str) -> None:
    if not 0 < len(name.strip()) <= MAX_NAME or not name.isprintable():
        raise InvalidInputError("a name has 1 to 64 characters", code="bad_name", field="name")
    if known is not None and known.genesis != published.genesis:
        raise RefusedError("this signer has another genesis", code="other_genesis")
    if is_outdated(published, known):
        raise RefusedError("a later file of this signer was taken over", code="file_outdated", field="file")
    if SignerIdentity.objects.filter(instance=published.instance).exists():
        raise RefusedError("the signer on the queue has this instance", code="instance_taken")
    if OfflineSigner.objects.filter(name=name).exclude(pk=published.instance).exists():
        raise RefusedError("another offline signer has this name", code="name_taken", field="name")
    if published.demo and not settings.IS_DEMO:
        raise RefusedError("a demo genesis is refused outside the demo profile", code="demo_genesis")


# --- answers ------------------------------------------------------------------------------------


@transaction.atomic
def take_answer(*, actor: User, request_id: str, data: bytes, at: datetime) -> ResultRow:
    """Take in an answer, as a file or as scanned parts, as if its signer had posted the result.

    The same one twice is once. Raises ForbiddenError, NotFoundError, RefusedError ``not_carried`` for a
    request of the signer on the queue and ``answered_already``, InvalidInputError ``answer_of_another``,
    ``contradicts_earlier``, ``answer_not_proved``, ``bad_answer`` and what PartError says.
    """
    require_right(actor, Right.DRAFT_TRUST)
    request = RequestRow.objects.select_related("offline").filter(pk=request_id).first()
    if request is None:
        raise NotFoundError("no such signing request")
    if request.offline is None:
        raise RefusedError("the signer answers this request itself", code="not_carried")
    answer = _read_answer(data)
    # One answer of a signer at a time: each is held against all that it gave before.
    signer = OfflineSigner.objects.select_for_update().get(pk=request.offline.pk)
    _check_answer(answer, request, signer)
    row = request.results.first() or _keep(answer, request, signer, actor=actor, at=at)
    if bytes(row.body) != answer.result.to_bytes():
        raise RefusedError("this request has another answer", code="answered_already", field=FIELD)
    return row


def _read_answer(data: bytes) -> Answer:
    try:
        return Answer.from_bytes(parts.unpack(data, limit=Answer.LIMIT))
    except parts.PartError as error:
        raise error.at(FIELD) from None
    except InvalidInputError:
        raise InvalidInputError(
            "this is no answer of an offline signer", code="bad_answer", field=FIELD
        ) from None


def _check_answer(answer: Answer, request: RequestRow, signer: OfflineSigner) -> None:
    result = answer.result
    about = (result.instance, answer.public_key, result.request, result.request_hash)
    asked = Request.from_bytes(bytes(request.body)).hash
    if about != (signer.instance, signer.checkpoint_key, request.pk, asked):
        raise InvalidInputError(
            "this answers another request, or comes from another signer",
            code="answer_of_another",
            field=FIELD,
        )
    try:
        answer.verify()
    except InvalidInputError as error:
        raise error.at(FIELD) from None
    keys = {made.public_key for made in result.signatures}
    if keys and keys != {SigningKey.objects.get(pk=request.key).public_key}:
        raise InvalidInputError("signed by another key", code="answer_of_another", field=FIELD)
    _check_history(answer, signer)


def _check_history(answer: Answer, signer: OfflineSigner) -> None:
    """Two pasts of one signer: a store was turned back, or two have the same key."""
    touching = signer.answers.filter(position__gte=answer.chain[0].seq - 1)
    if any(_contradict(answer, Answer.from_bytes(bytes(row.body))) for row in touching.iterator()):
        logger.critical("offline signer %s contradicts an answer it gave before", signer.pk)
        raise InvalidInputError(
            "this contradicts an earlier answer of the signer", code="contradicts_earlier", field=FIELD
        )


def _contradict(one: Answer, other: Answer) -> bool:
    """True when both tell of one entry, or of one and the next, and do not agree."""
    told, known = _entries_told(one), _entries_told(other)
    return any(told[seq] != known[seq] for seq in told.keys() & known.keys())


def _entries_told(answer: Answer) -> dict[int, str]:
    """Hashes by number: of the entries of an answer, and of the one before its first."""
    first = answer.chain[0]
    return {first.seq - 1: first.previous} | {entry.seq: entry.hash for entry in answer.chain}


def _keep(
    answer: Answer, request: RequestRow, signer: OfflineSigner, *, actor: User, at: datetime
) -> ResultRow:
    result, head = answer.result, answer.checkpoint
    try:
        with transaction.atomic():
            row = ResultRow.objects.create(
                request=request, outcome=result.outcome, body=result.to_bytes(), created_at=at
            )
    except IntegrityError:
        # Somebody brought an answer at the same moment; the caller compares.
        return request.results.get()
    CarriedAnswer.objects.create(
        result=row,
        signer=signer,
        position=head.position,
        link=head.link,
        body=answer.to_bytes(),
        brought_by=actor,
        brought_at=at,
    )
    audit.record(
        verb="hsm.answer.carried_in",
        actor=actor,
        subject=request.pk,
        payload={
            "signer": signer.pk,
            "outcome": result.outcome,
            "position": head.position,
            "link": head.link,
        },
        at=at,
    )
    services.collect_result(request_id=request.pk, at=at)
    return row
