"""A provider's certificate for the seal key: asked for, agreed on by officers, used from then on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical, clock
from custody.hsm.signer.agreement import planned_action
from custody.hsm.signer.certificate_import import ACTION, CertificateImport, WantedCertificate
from custody.hsm.signer.store import journal, selectors
from custody.statements.critical import Critical
from custody.statements.proof import p256_key
from custody.statements.request import CertificateUse
from tests.signer.bench import Bench
from tests.signer.genesis import APPROVER, FIRST, SECOND
from tests.signer.officers import Officers
from tests.signer.releases import Releases, attributes, seal_request


@dataclass
class Provider:
    """A trust service provider with an authority of its own."""

    bench: Bench

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.authority = self.issue("Provider CA", key=self.key.public_key(), is_ca=True)

    @property
    def officers(self) -> Officers:
        return Officers(self.bench)

    def issue(
        self,
        name: str = "Seal of the house",
        *,
        key: ec.EllipticCurvePublicKey | None = None,
        is_ca: bool = False,
        usage: str = "content_commitment",
        days: tuple[int, int] = (-1, 700),
    ) -> x509.Certificate:
        """A certificate for the seal key, or for ``key``."""
        now, wanted = self.bench.hands.now, "key_cert_sign" if is_ca else usage
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                 "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
        subject, issuer = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, "Provider CA")
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key or p256_key(self.bench.key("seal").public_key))
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{item: item == wanted for item in names}), critical=True)
        )
        return builder.sign(self.key, hashes.SHA256())

    def wanted(
        self,
        certificate: x509.Certificate | None = None,
        *,
        use: CertificateUse = "RELEASED",
        chain: tuple[x509.Certificate, ...] | None = None,
        **changes: Any,
    ) -> WantedCertificate:
        above = (self.authority,) if chain is None else chain
        own = certificate or self.issue()
        values: dict[str, Any] = {
            "key": self.bench.key("seal").id,
            "use": use,
            "certificate": own.public_bytes(Encoding.DER).hex(),
            "chain": tuple(item.public_bytes(Encoding.DER).hex() for item in above),
        }
        return WantedCertificate(**values | changes)

    def agreed(self, wanted: WantedCertificate, *people: str, **changes: Any) -> CertificateImport:
        action = replace(planned_action(ACTION, wanted.parameters, at=self.bench.hands.now), **changes)
        said = self.officers.approvals(action, people or (FIRST, SECOND))
        return CertificateImport(action=action, approvals=said, wanted=wanted)

    def bring(self, agreed: CertificateImport) -> str | None:
        """Rule of the refusal, if there was one."""
        self.bench.orders.give(kind="IMPORT_CERTIFICATE", body=agreed, reason="provider")
        self.bench.signer.handle_all([])
        last = journal.last()
        assert last is not None
        return last.body.get("rule")


@pytest.fixture
def provider(bench: Bench) -> Provider:
    return Provider(bench)


def test_released_seals_name_the_certificate_of_the_provider(provider: Provider) -> None:
    before = Releases(provider.bench).request()
    wanted = provider.wanted()
    assert provider.bring(provider.agreed(wanted)) is None
    used = selectors.certificate_of(provider.bench.key("seal"), "RELEASED")
    assert used is not None
    assert (used.certificate.hex(), tuple(item.hex() for item in used.chain)) == (
        wanted.certificate, wanted.chain,
    )  # fmt: skip
    assert provider.bench.handle(before).rule == "foreign_certificate"
    assert provider.bench.handle(Releases(provider.bench).request()).outcome == "SIGNED"


def test_draft_seals_keep_theirs(provider: Provider) -> None:
    der = attributes(provider.bench)
    provider.bring(provider.agreed(provider.wanted()))
    assert provider.bench.handle(seal_request(provider.bench, der)).outcome == "SIGNED"


def test_the_old_one_stays_published_for_what_it_has_sealed(provider: Provider) -> None:
    wanted = provider.wanted()
    provider.bring(provider.agreed(wanted))
    published = json.loads((provider.bench.directory / "public" / "signer.json").read_bytes())
    (seal,) = (key for key in published["keys"] if key["purpose"] == "seal")
    assert [item["use"] for item in seal["certificates"]] == ["DRAFT", "RELEASED", "RELEASED"]
    assert seal["certificates"][-1]["certificate"] == wanted.certificate
    assert seal["state"] == "ACTIVE"


Change = Callable[[Provider], CertificateImport]


def _draft_as_released(it: Provider) -> CertificateImport:
    """The certificate that needs no approvals, in the name of the one that does."""
    draft = selectors.certificate_of(it.bench.key("seal"), "DRAFT")
    assert draft is not None
    chain = tuple(item.hex() for item in draft.chain)
    return it.agreed(replace(it.wanted(), certificate=draft.certificate.hex(), chain=chain))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda it: it.agreed(it.wanted(), FIRST), "approvals_missing"),
        (lambda it: it.agreed(it.wanted(), FIRST, APPROVER), "approvals_missing"),
        (lambda it: it.agreed(it.wanted(), action="MAKE_KEY"), "another_action_was_approved"),
        (
            lambda it: replace(it.agreed(it.wanted()), wanted=it.wanted(use="DRAFT")),
            "other_parameters_were_approved",
        ),
        (lambda it: it.agreed(it.wanted(), expires_at=it.bench.hands.now), "expired"),
        (_draft_as_released, "certificate_is_known"),
        (lambda it: it.agreed(it.wanted(it.issue(key=it.key.public_key()))), "certificate_of_another_key"),
        (lambda it: it.agreed(it.wanted(it.issue(days=(-9, -1)))), "certificate_out_of_time"),
        (lambda it: it.agreed(it.wanted(it.issue(days=(1, 9)))), "certificate_out_of_time"),
        (lambda it: it.agreed(it.wanted(it.issue(is_ca=True))), "certificate_usage"),
        (lambda it: it.agreed(it.wanted(it.issue(usage="key_encipherment"))), "certificate_usage"),
        (lambda it: it.agreed(it.wanted(it.issue(usage="crl_sign"))), "certificate_usage"),
        (
            lambda it: it.agreed(it.wanted(chain=(Provider(it.bench).authority,))),
            "certificate_chain_broken",
        ),
        (lambda it: it.agreed(it.wanted(key="key_01KAJ8V0000000000000000009")), "unknown_key"),
        (lambda it: it.agreed(it.wanted(key=it.bench.key("attest").id)), "wrong_key_purpose"),
        (lambda it: it.agreed(replace(it.wanted(), certificate="3000")), "not_a_certificate"),
    ],
)
def test_nothing_else_is_taken_in(provider: Provider, change: Change, rule: str) -> None:
    before = selectors.certificates_of(provider.bench.key("seal"))
    assert provider.bring(change(provider)) == rule
    assert selectors.certificates_of(provider.bench.key("seal")) == before


def test_one_word_of_the_officers_is_for_one_time(provider: Provider) -> None:
    agreed = provider.agreed(provider.wanted())
    assert provider.bring(agreed) is None
    assert provider.bring(agreed) == "action_was_done"


@pytest.fixture
def console(provider: Provider, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Provider:
    settings.SIGNER_DIR = provider.bench.directory
    monkeypatch.setattr(clock, "now", lambda: provider.bench.hands.now)
    return provider


def test_the_command_plans_and_holds(console: Provider, tmp_path: Path) -> None:
    pem, action = tmp_path / "seal.pem", tmp_path / "action.json"
    own = console.issue()
    pem.write_bytes(own.public_bytes(Encoding.PEM) + console.authority.public_bytes(Encoding.PEM))
    call_command("import_certificate", "plan", str(pem), "--use", "RELEASED", "--output", str(action))
    words = (tmp_path / "action.parameters.txt").read_text().splitlines()
    assert words[1:3] == [f"key: {console.bench.key('seal').id}", "use: RELEASED"]
    for line, name, shown in zip(
        words[3:5], ("certificate", "above it, 1"), (own, console.authority), strict=True
    ):
        assert line.startswith(f"{name}: {shown.subject.rfc4514_string()}, by ")
        assert line.endswith(f"SHA-256 {shown.fingerprint(SHA256()).hex()}")
    document = Critical.from_bytes(action.read_bytes())
    files = []
    for number, who in enumerate((FIRST, SECOND)):
        file = tmp_path / f"approval{number}.json"
        file.write_bytes(canonical.encode(console.officers.approval(document, who).to_json()))
        files.append(str(file))
    hold = ("import_certificate", "hold", "--use", "RELEASED", str(pem), str(action))
    with pytest.raises(CommandError, match="approvals_missing at /approvals"):
        call_command(*hold, files[0])
    call_command(*hold, *files)
    console.bench.signer.handle_all([])
    used = selectors.certificate_of(console.bench.key("seal"), "RELEASED")
    assert used is not None
    assert used.certificate == own.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda it: b"nothing", "holds no certificates"),
        (lambda it: it.issue().public_bytes(Encoding.PEM), "the certificates above it are missing"),
        (
            lambda it: it.authority.public_bytes(Encoding.PEM) * 2,
            "certificate_of_another_key at /wanted/certificate",
        ),
    ],
)
def test_the_command_says_what_is_wrong_with_a_file(
    console: Provider, tmp_path: Path, content: Callable[[Provider], bytes], message: str
) -> None:
    pem = tmp_path / "seal.pem"
    pem.write_bytes(content(console))
    with pytest.raises(CommandError, match=message):
        call_command(
            "import_certificate", "plan", str(pem), "--use", "DRAFT", "--output", str(tmp_path / "A.json")
        )
    assert not (tmp_path / "A.json").exists()
