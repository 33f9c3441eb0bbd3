"""Certificates that a trust service provider has issued for the seal key, taken in at the console.

Which certificate says DRAFT and which RELEASED decides what approvals a seal needs, so officers agree
on it by quorum, and a certificate serves one use for ever. Checked is what makes seals verify: the key
is ours, the chain holds, the usages are those of a seal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.common.errors import InvalidInputError
from custody.hsm.signer.agreement import Agreement, Plan
from custody.hsm.signer.making import certified
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey, SealCertificate
from custody.hsm.signer.trust.state import TrustState
from custody.statements.fields import Hex, KeyId, SomeOf
from custody.statements.proof import p256_key
from custody.statements.request import CertificateUse

ACTION = "IMPORT_CERTIFICATE"


@dataclass(frozen=True, kw_only=True)
class WantedCertificate(Plan):
    """DER in hex of the certificate for one use of a key, and of those above it, nearest first."""

    key: KeyId
    use: CertificateUse
    certificate: Hex
    chain: SomeOf[Hex]

    def in_words(self) -> dict[str, str]:
        """Certificates by what they say of themselves, and by the fingerprint that others show of them."""
        named = {"certificate": _named(self.certificate)}
        above = {f"above it, {number}": _named(item) for number, item in enumerate(self.chain, start=1)}
        return {"key": self.key, "use": self.use} | named | above


@dataclass(frozen=True, kw_only=True)
class CertificateImport(Agreement):
    """The officers' word for one certificate."""

    ACTION = ACTION

    wanted: WantedCertificate

    @property
    def parameters(self) -> str:
        return self.wanted.parameters

    def draft(self, *, trust: TrustState, at: datetime) -> Draft:
        """The entry that gives the key its certificate; raises Refusal."""
        wanted, verdicts = self.wanted, self.check(trust=trust, at=at)
        key = _seal_key(wanted.key)
        chain = [bytes.fromhex(item) for item in (wanted.certificate, *wanted.chain)]
        check_certificate(key, chain, at=at)
        draft = certified(key, SealCertificate(wanted.use, chain[0], tuple(chain[1:])))
        return Draft("KEY", {**draft.body, "agreement": self.record(verdicts)})


def check_certificate(key: CatalogueKey, chain: Sequence[bytes], *, at: datetime) -> None:
    """Raise Refusal unless the first of ``chain`` (DER) is a certificate for seals of this very key."""
    own, *above = (_read(data) for data in chain)
    spki = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if spki != p256_key(key.public_key).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise Refusal("certificate_of_another_key", "/wanted/certificate")
    if any(item.certificate == chain[0] for item in selectors.certificates_of(key)):
        raise Refusal("certificate_is_known", "/wanted/certificate")
    if not own.not_valid_before_utc <= at < own.not_valid_after_utc:
        raise Refusal("certificate_out_of_time", "/wanted/certificate")
    _check_usage(own)
    for below, authority in zip([own, *above], above, strict=False):
        _check_issued(below, authority)


def read_chain(file: Path) -> tuple[bytes, ...]:
    """DER of all certificates in a PEM file, in their order; raises OSError and InvalidInputError."""
    data = file.read_bytes()
    try:
        return tuple(item.public_bytes(Encoding.DER) for item in x509.load_pem_x509_certificates(data))
    except ValueError:
        raise InvalidInputError(f"{file}: holds no certificates (PEM)", code="not_a_certificate") from None


def _seal_key(key_id: str) -> CatalogueKey:
    key = selectors.key(key_id)
    if key is None:
        raise Refusal("unknown_key", "/wanted/key")
    if key.purpose != "seal":
        raise Refusal("wrong_key_purpose", "/wanted/key")
    return key


def _named(der: str) -> str:
    found = _read(bytes.fromhex(der))
    times = f"{found.not_valid_before_utc:%Y-%m-%d} to {found.not_valid_after_utc:%Y-%m-%d}"
    subject, issuer = found.subject.rfc4514_string(), found.issuer.rfc4514_string()
    return f"{subject}, by {issuer}, {times}, SHA-256 {found.fingerprint(SHA256()).hex()}"


def _read(data: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(data)
        _ = certificate.extensions
    except ValueError:
        raise Refusal("not_a_certificate", "/wanted/certificate") from None
    return certificate


def _check_usage(own: x509.Certificate) -> None:
    """Seals and nothing else: no authority, no encryption (ETSI EN 319 412-3, 4.3)."""
    known = {type(item.value): item.value for item in own.extensions}
    basic, usage = known.get(x509.BasicConstraints), known.get(x509.KeyUsage)
    if isinstance(basic, x509.BasicConstraints) and basic.ca:
        raise Refusal("certificate_usage", "/wanted/certificate")
    if not isinstance(usage, x509.KeyUsage):
        raise Refusal("certificate_usage", "/wanted/certificate")
    more = (usage.key_encipherment, usage.data_encipherment, usage.key_agreement, usage.key_cert_sign)
    if any((*more, usage.crl_sign)) or not (usage.digital_signature or usage.content_commitment):
        raise Refusal("certificate_usage", "/wanted/certificate")


def _check_issued(below: x509.Certificate, authority: x509.Certificate) -> None:
    try:
        below.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        raise Refusal("certificate_chain_broken", "/wanted/chain") from None
