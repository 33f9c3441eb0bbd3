"""Seals that would say RELEASED although nobody has released the file, or somebody else's file."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from custody.statements.request import Request
from tests.signer.attacks import Attack, Ground
from tests.signer.genesis import FIRST, IMPORTER, MACHINE, SECOND, THIRD, TREASURER
from tests.signer.releases import Releases, attributes, certificate_reference, seal_request

RELEASE, APPROVALS = "/documents/0/document", "/documents/0/approvals"
ATTRIBUTES = "/payload/signed_attributes"
Make = Callable[[Ground], Request]


def _releases(ground: Ground) -> Releases:
    return Releases(ground.house.bench)


def _of(**changes: Any) -> Make:
    return lambda ground: _releases(ground).request(document=_releases(ground).document(**changes))


def _by(*people: str) -> Make:
    return lambda ground: _releases(ground).request(people=people)


def _alone(ground: Ground) -> Request:
    bench = ground.house.bench
    return seal_request(bench, attributes(bench, use="RELEASED"), "RELEASED")


def _draft_certificate(ground: Ground) -> Request:
    return _releases(ground).request(der=attributes(ground.house.bench))


def _released_certificate_as_draft(ground: Ground) -> Request:
    """Without any approval, in the name that stands for two people."""
    bench = ground.house.bench
    return seal_request(bench, attributes(bench, use="RELEASED"))


def _release_beside_a_draft(ground: Ground) -> Request:
    return _releases(ground).request(der=attributes(ground.house.bench), use="DRAFT")


def _other_file(ground: Ground) -> Request:
    """The release is of one file, the seal of another."""
    der = attributes(
        ground.house.bench, use="RELEASED", message_digest=[hashlib.sha256(b"other report").digest()]
    )
    return _releases(ground).request(der=der)


def _authority_as_released(ground: Ground) -> Request:
    ca = ground.house.bench.key("demo_ca").certificate
    assert ca is not None
    der = attributes(ground.house.bench, use="RELEASED", signing_certificate_v2=[certificate_reference(ca)])
    return _releases(ground).request(der=der)


def _approvals_of_another_release(ground: Ground) -> Request:
    releases = _releases(ground)
    other = releases.document(period="2026-09")
    words = releases.officers.approvals(other, (FIRST, SECOND))
    return releases.request(approvals=words[:1])


def _same_person_twice(ground: Ground) -> Request:
    releases = _releases(ground)
    document = releases.document()
    words = (releases.officers.approval(document, FIRST), releases.officers.approval(document, FIRST))
    return releases.request(document=document, approvals=words)


def _signed_by_another(ground: Ground) -> Request:
    releases = _releases(ground)
    document = releases.document()
    forged = releases.officers.approval(document, SECOND, key_of=FIRST)
    return releases.request(document=document, approvals=(forged,))


def _rejected(ground: Ground) -> Request:
    releases = _releases(ground)
    document = releases.document()
    no = releases.officers.approval(document, THIRD, verdict="REJECT")
    bench = ground.house.bench
    assert bench.handle(releases.request(document=document, approvals=(no,))).rule == "rejected"
    return releases.request(document=document)


def _sealed_before(ground: Ground) -> Request:
    releases = _releases(ground)
    document = releases.document()
    assert ground.house.bench.handle(releases.request(document=document)).outcome == "SIGNED"
    return releases.request(document=document)


def _terms_in_place_of_a_release(ground: Ground) -> Request:
    request = _releases(ground).request()
    return replace(request, documents=ground.house.bench.terms_request(ground.terms).documents)


def _two_releases(ground: Ground) -> Request:
    request = _releases(ground).request()
    return replace(request, documents=request.documents * 2)


def _expired(ground: Ground) -> Request:
    releases = _releases(ground)
    bench = ground.house.bench
    document = releases.document(expires_at=bench.hands.now + timedelta(seconds=30))
    request = releases.request(document=document, approvals=())
    bench.hands.pass_by(seconds=31)
    return request


ATTACKS = (
    Attack("released without release", "release_needs_approvals", "/payload/certificate", _alone),
    Attack(
        "terms in place of a release", "release_needs_approvals", "/payload/certificate",
        _terms_in_place_of_a_release,
    ),
    Attack("two releases at once", "release_needs_approvals", "/payload/certificate", _two_releases),
    Attack("released by nobody", "approvals_missing", APPROVALS, _by()),
    Attack("released by one", "approvals_missing", APPROVALS, _by(FIRST)),
    Attack("released by one person twice", "approvals_missing", APPROVALS, _same_person_twice),
    Attack("released by a machine", "approvals_missing", APPROVALS, _by(FIRST, MACHINE)),
    Attack("released by the importer", "approvals_missing", APPROVALS, _by(FIRST, IMPORTER)),
    Attack("released by the treasury", "approvals_missing", APPROVALS, _by(FIRST, TREASURER)),
    Attack("released by a stolen name", "bad_proof", f"{APPROVALS}/0/proof/credential", _signed_by_another),
    Attack("released before, rejected then", "rejected", APPROVALS, _rejected),
    Attack(
        "approvals of another release", "approval_of_another_subject",
        f"{APPROVALS}/0/statement/subject", _approvals_of_another_release,
    ),
    Attack("release of another file", "release_of_another_file", f"{RELEASE}/digest", _of(digest="11" * 32)),
    Attack("file of another release", "release_of_another_file", f"{RELEASE}/digest", _other_file),
    Attack(
        "release of another installation", "wrong_instance", f"{RELEASE}/instance",
        _of(instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"),
    ),
    Attack("release that is over", "expired", f"{RELEASE}/expires_at", _expired),
    Attack("draft certificate on a release", "foreign_certificate", ATTRIBUTES, _draft_certificate),
    Attack("authority on a release", "foreign_certificate", ATTRIBUTES, _authority_as_released),
    Attack(
        "released certificate on a draft", "foreign_certificate", ATTRIBUTES,
        _released_certificate_as_draft,
    ),
    Attack("release beside a draft", "part_not_supported", "/documents", _release_beside_a_draft),
    Attack("sealed a second time", "slot_already_signed", ATTRIBUTES, _sealed_before),
)  # fmt: skip
