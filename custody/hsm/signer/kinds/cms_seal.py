"""CMS_SEAL: seals a report with one of two certificates, from parsed CMS signed attributes.

The key signs the DER of the attributes (RFC 5652, 5.4) and they may hold exactly what a PAdES
baseline signature needs (ETSI EN 319 142-1): content type, message digest and the reference to
the signing certificate, which must be that of our catalogue for the use. So the seal key can sign
neither a certificate nor a transaction. DRAFT asks nobody; RELEASED needs a release of exactly this
file, which two pinned people have approved (trust.md 14).
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from asn1crypto import (
    cms,
    core,
    tsp,  # noqa: F401 - teaches ``cms`` the reference to the signing certificate (RFC 5035)
    x509,
)

from custody.hsm.signer import approvals
from custody.hsm.signer.approvals import Verdicts, Wanted
from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_slot
from custody.hsm.signer.store import selectors
from custody.statements.approval import Subject
from custody.statements.release import ApprovedRelease
from custody.statements.request import SealPayload

POINTER = "/payload/signed_attributes"
REQUIRED = frozenset({"content_type", "message_digest", "signing_certificate_v2"})
OPTIONAL = frozenset({"cms_algorithm_protection"})
RELEASE = "/documents/0/document"
APPROVALS = "/documents/0/approvals"
SLOT_FORMAT = "custody/cms-seal/v1"
RELEASERS = frozenset({"COMPLIANCE", "OFFICER"})
LEAST_PEOPLE = 2


@dataclass(frozen=True)
class SealCase(Case):
    """The attributes as the bytes say they are."""

    @cached_property
    def payload(self) -> SealPayload:
        return payload_of(self, SealPayload)

    @cached_property
    def der(self) -> bytes:
        return base64.b64decode(self.payload.signed_attributes)

    @cached_property
    def attributes(self) -> dict[str, core.Asn1Value]:
        """Attribute type to its single value; refuses what is not the one DER spelling."""
        try:
            parsed = cms.CMSAttributes.load(self.der, strict=True)
            values = {item["type"].native: list(item["values"]) for item in parsed}
            respelled = parsed.dump(force=True)
        except (ValueError, TypeError, KeyError):
            raise Refusal("not_cms_attributes", POINTER) from None
        if respelled != self.der or len(values) != len(parsed):
            raise Refusal("not_cms_attributes", POINTER)
        if any(len(items) != 1 for items in values.values()):
            raise Refusal("attribute_with_many_values", POINTER)
        return {name: items[0] for name, items in values.items()}

    @cached_property
    def certificate(self) -> bytes:
        """DER of the certificate for this use of the key."""
        own = selectors.certificate_of(self.key, self.payload.certificate)
        if own is None:
            raise Refusal("no_certificate_of_use", "/payload/certificate")
        return own.certificate

    @cached_property
    def release(self) -> ApprovedRelease | None:
        """What people have approved; exactly for RELEASED."""
        if not self.is_released:
            return None
        if len(self.request.documents) != 1 or not self.request.releases:
            raise Refusal("release_needs_approvals", "/payload/certificate")
        return self.request.releases[0]

    @property
    def is_released(self) -> bool:
        return self.payload.certificate == "RELEASED"

    @cached_property
    def verdicts(self) -> Verdicts:
        if self.release is None:
            return Verdicts()
        document = self.release.document
        subject = Subject(format="custody/release/v1", hash=document.hash)
        return approvals.verify(
            self.release.approvals, Wanted(subject, document.expires_at),
            trust=self.trust, at=self.at, pointer=APPROVALS,
        )  # fmt: skip

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = hashlib.sha256(self.der)
        return (Message(0, f"msg:{SLOT_FORMAT}:{digest.hexdigest()}", digest.digest()),)


def release_comes_with_released(case: SealCase) -> None:
    """Beside a DRAFT seal it is refused: unread must not look like checked."""
    if case.release is None and case.request.documents:
        raise Refusal("part_not_supported", "/documents")


def attributes_are_of_a_seal(case: SealCase) -> None:
    """Exactly the attributes of a seal; an unknown one could mean anything."""
    names = case.attributes.keys()
    if not names >= REQUIRED or not names <= REQUIRED | OPTIONAL:
        raise Refusal("not_seal_attributes", POINTER)


def content_is_data(case: SealCase) -> None:
    if case.attributes["content_type"].native != "data":
        raise Refusal("content_type_not_data", POINTER)


def digest_is_sha256(case: SealCase) -> None:
    if len(case.attributes["message_digest"].native) != hashlib.sha256().digest_size:
        raise Refusal("digest_not_sha256", POINTER)


def certificate_is_ours(case: SealCase) -> None:
    """The certificate named inside the attributes is that of this very key for this use."""
    named = [item["cert_hash"].native for item in case.attributes["signing_certificate_v2"]["certs"]]
    if named != [hashlib.sha256(case.certificate).digest()]:
        raise Refusal("foreign_certificate", POINTER)


def release_is_of_this_instance(case: SealCase) -> None:
    if case.release and case.release.document.instance != case.pinned.instance:
        raise Refusal("wrong_instance", f"{RELEASE}/instance")


def release_is_in_time(case: SealCase) -> None:
    if case.release and case.release.document.expires_at <= case.at:
        raise Refusal("expired", f"{RELEASE}/expires_at")


def release_is_of_this_file(case: SealCase) -> None:
    """The digest that people approved is the one the seal covers."""
    digest = case.attributes["message_digest"].native
    if case.release and case.release.document.digest != digest.hex():
        raise Refusal("release_of_another_file", f"{RELEASE}/digest")


def people_have_released(case: SealCase) -> None:
    if case.release and len(case.verdicts.humans(RELEASERS)) < LEAST_PEOPLE:
        raise Refusal("approvals_missing", APPROVALS)


def certificate_is_in_time(case: SealCase) -> None:
    """A seal outside the certificate's own time would be valid to nobody (rule V9)."""
    validity = x509.Certificate.load(case.certificate)["tbs_certificate"]["validity"]
    if not validity["not_before"].native <= case.at <= validity["not_after"].native:
        raise Refusal("certificate_expired", POINTER)


def seal_is_new(case: SealCase) -> None:
    check_slot(case, case.messages[0], culprit=POINTER)


def _effects(case: SealCase) -> Effects:
    if case.release is None:
        return Effects(messages=case.messages)
    seen = {"release": case.release.document.hash, "statements": list(case.verdicts.seen)}
    return Effects(messages=case.messages, seen=seen)


CMS_SEAL = Kind(
    name="CMS_SEAL",
    purposes=frozenset({"seal"}),
    reads=frozenset({"documents", "payload"}),
    case=SealCase,
    rules=(
        release_comes_with_released,
        attributes_are_of_a_seal,
        content_is_data,
        digest_is_sha256,
        release_is_of_this_instance,
        release_is_in_time,
        release_is_of_this_file,
        certificate_is_ours,
        certificate_is_in_time,
        people_have_released,
        seal_is_new,
    ),
    effects=_effects,
    messages=lambda case: case.messages,
)
