"""CMS_SEAL: seals a report with the DRAFT certificate, from parsed CMS signed attributes.

The key signs the DER of the attributes (RFC 5652, 5.4) and they may hold exactly what a PAdES
baseline signature needs (ETSI EN 319 142-1): content type, message digest and the reference to
the signing certificate, which must be the draft one of our catalogue. So the seal key can sign
neither a certificate nor a transaction. RELEASED waits for pinned approvals.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from asn1crypto import (
    cms,
    core,
    tsp,  # noqa: F401 - teaches ``cms`` the reference to the signing certificate (RFC 5035)
)

from custody.hsm.signer.case import Case, Effects, Message
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.statements.request import SealPayload

POINTER = "/payload/signed_attributes"
REQUIRED = frozenset({"content_type", "message_digest", "signing_certificate_v2"})
OPTIONAL = frozenset({"cms_algorithm_protection"})
SLOT_FORMAT = "custody/cms-seal/v1"


@dataclass(frozen=True)
class SealCase(Case):
    """The attributes as the bytes say they are."""

    @cached_property
    def payload(self) -> SealPayload:
        if not isinstance(self.request.payload, SealPayload):
            raise Refusal("bad_field", "/payload")
        return self.request.payload

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

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = hashlib.sha256(self.der)
        return (Message(0, f"msg:{SLOT_FORMAT}:{digest.hexdigest()}", digest.digest()),)


def certificate_is_draft(case: SealCase) -> None:
    if case.payload.certificate != "DRAFT":
        raise Refusal("release_needs_approvals", "/payload/certificate")


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
    """The certificate named inside the attributes is the draft certificate of this very key."""
    named = [item["cert_hash"].native for item in case.attributes["signing_certificate_v2"]["certs"]]
    own = case.key.certificate
    if own is None or named != [hashlib.sha256(own).digest()]:
        raise Refusal("foreign_certificate", POINTER)


def seal_is_new(case: SealCase) -> None:
    if selectors.digest_in(case.key.id, case.messages[0].slot) is not None:
        raise Refusal("slot_already_signed", POINTER)


CMS_SEAL = Kind(
    name="CMS_SEAL",
    purposes=frozenset({"seal"}),
    reads=frozenset({"payload"}),
    case=SealCase,
    rules=(
        certificate_is_draft,
        attributes_are_of_a_seal,
        content_is_data,
        digest_is_sha256,
        certificate_is_ours,
        seal_is_new,
    ),
    effects=lambda case: Effects(messages=case.messages),
    messages=lambda case: case.messages,
)
