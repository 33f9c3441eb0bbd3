"""CSR: signs a certificate request for the seal key, parsed strictly (PKCS #10, RFC 2986).

Subject and public key must be the key's own, and nothing may be asked for but the usages of a seal:
no name, no authority. The DER begins with SEQUENCE and an INTEGER, signed attributes of a seal with
SET and the body of a certificate otherwise, so that none can be passed off as another.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from asn1crypto import csr, x509

from custody.hsm.certificate_requests import USAGE, public_key_info, subject_of
from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_slot
from custody.hsm.signer.rules.standstill import not_killed, refuse_held
from custody.statements.certificate_request import CsrPayload

POINTER = "/payload/certification_request_info"
SLOT_FORMAT = "custody/certificate-request/v1"


@dataclass(frozen=True)
class CsrCase(Case):
    """The request as its bytes say it is."""

    @cached_property
    def der(self) -> bytes:
        return base64.b64decode(payload_of(self, CsrPayload).certification_request_info)

    @cached_property
    def info(self) -> csr.CertificationRequestInfo:
        """Refuses what is not the one DER spelling."""
        try:
            info = csr.CertificationRequestInfo.load(self.der, strict=True)
            is_whole = info.native["attributes"] is not None
            respelled = info.dump(force=True)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Refusal("not_a_certificate_request", POINTER) from None
        if respelled != self.der or not is_whole:
            raise Refusal("not_a_certificate_request", POINTER)
        return info

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = hashlib.sha256(self.der)
        return (Message(0, f"msg:{SLOT_FORMAT}:{digest.hexdigest()}", digest.digest()),)


def version_is_the_only_one(case: CsrCase) -> None:
    if case.info["version"].native != "v1":
        raise Refusal("csr_version", POINTER)


def public_key_is_ours(case: CsrCase) -> None:
    """The key that signs, spelled as its certificate spells it."""
    if case.info["subject_pk_info"].dump() != public_key_info(case.key.public_key).dump():
        raise Refusal("foreign_public_key", POINTER)


def subject_is_ours(case: CsrCase) -> None:
    """Byte for byte what the catalogue says of the key; nobody's name can be asked for."""
    own = subject_of(key=case.key.id, instance=case.pinned.instance, certificate=case.key.certificate)
    if case.info["subject"].dump() != own.dump():
        raise Refusal("foreign_subject", POINTER)


def asks_for_a_seal_alone(case: CsrCase) -> None:
    """No attribute, or one extension request for usages of a seal; an unknown one could mean anything."""
    attributes = case.info["attributes"]
    if not len(attributes):
        return
    if len(attributes) != 1 or attributes[0]["type"].native != "extension_request":
        raise Refusal("csr_attribute", POINTER)
    values = attributes[0]["values"]
    if len(values) != 1 or not all(_is_usage_of_a_seal(extension) for extension in values[0]):
        raise Refusal("csr_extension", POINTER)


def _is_usage_of_a_seal(extension: x509.Extension) -> bool:
    return bool(extension["extn_id"].native == "key_usage" and extension["extn_value"].parsed.native <= USAGE)


def key_is_not_held(case: CsrCase) -> None:
    refuse_held(case, {("KEY", case.key.id): "/key"})


def request_is_new(case: CsrCase) -> None:
    check_slot(case, case.messages[0], culprit=POINTER)


CSR = Kind(
    name="CSR",
    purposes=frozenset({"seal"}),
    reads=frozenset({"payload"}),
    case=CsrCase,
    rules=(
        version_is_the_only_one,
        public_key_is_ours,
        subject_is_ours,
        asks_for_a_seal_alone,
        not_killed,
        key_is_not_held,
        request_is_new,
    ),
    effects=lambda case: Effects(messages=case.messages),
    messages=lambda case: case.messages,
)
