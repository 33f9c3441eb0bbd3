"""The signer's public identity, taken over once and recorded once."""

import json
from pathlib import Path

import pytest

from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.hsm import held, selectors
from custody.hsm.mirror import mirror_identity
from custody.hsm.models import SigningKey
from custody.hsm.validity import Code
from custody.statements.policy import EscrowTermsRule, Policy
from tests.hsm.desk import AT, INSTANCE

POLICY = Policy(rules=(EscrowTermsRule(),))


@pytest.fixture
def published(tmp_path: Path) -> Path:
    key = {
        "key": "key_01KAJ8V0000000000000000001",
        "purpose": "seal",
        "curve": "secp256r1",
        "public_key": f"02{1:064x}",
        "state": "ACTIVE",
        "certificate": "3000",
        "certificates": [{"use": "DRAFT", "certificate": "3000", "chain": ["3001"]}],
    }
    identity = {
        "instance": INSTANCE,
        "demo": True,
        "genesis": "00" * 32,
        "policy": POLICY.to_json(),
        "keys": [key],
    }
    file = tmp_path / "signer.json"
    file.write_bytes(canonical.encode(identity))
    return file


def test_knows_instance_policy_and_keys_afterwards(db: None, published: Path) -> None:
    assert mirror_identity(published, at=AT)
    identity = selectors.identity()
    assert (identity.instance, identity.policy, identity.demo) == (INSTANCE, POLICY, True)
    assert selectors.active_key("seal").pk == "key_01KAJ8V0000000000000000001"
    assert selectors.seal_certificates("DRAFT") == [(b"0\x00", (b"0\x01",))]


def test_records_what_is_new_once(db: None, published: Path) -> None:
    for _ in range(2):
        mirror_identity(published, at=AT)
    ours = AuditEntry.objects.filter(verb__startswith="hsm.").order_by("id")
    verbs = ours.values_list("verb", flat=True)
    assert list(verbs) == ["hsm.signer.mirrored", "hsm.key.mirrored"]


def test_keeps_a_later_state_of_a_key(db: None, published: Path) -> None:
    """The journal reports suspensions; the file is only written at genesis."""
    mirror_identity(published, at=AT)
    SigningKey.objects.update(state="SUSPENDED")
    mirror_identity(published, at=AT)
    assert SigningKey.objects.get().state == "SUSPENDED"


def test_a_signer_before_genesis_has_published_nothing(db: None, tmp_path: Path) -> None:
    assert not mirror_identity(tmp_path / "signer.json", at=AT)


def test_takes_over_what_back_ends_say_and_where_a_key_is_kept(db: None, published: Path) -> None:
    mirror_identity(published, at=AT)
    assert SigningKey.objects.get().backend == "pkcs11"
    module = {"manufacturer": "Acme", "model": "One", "serial": "1", "firmware": "2"}
    probe = {"module": module, "at": "2026-11-21T09:00:00Z", "report": "ab" * 32}
    identity = json.loads(published.read_text())
    identity["keys"][0]["backend"] = "cold"
    identity["backends"] = [
        {"name": "cold", "module": module, "seen_at": "2026-11-21T09:00:00Z", "cold": True, "probe": probe}
    ]
    published.write_bytes(canonical.encode(identity))
    mirror_identity(published, at=AT)
    assert SigningKey.objects.get().backend == "cold"
    device = held.devices()["cold"]
    assert (dict(device.module), device.is_probed) == (module, True)
    assert held.cold_backends() == {"cold"}
    identity["backends"][0]["module"] = module | {"firmware": "3"}
    published.write_bytes(canonical.encode(identity))
    mirror_identity(published, at=AT)
    assert not held.devices()["cold"].is_probed
    assert [item.code for item in held.findings(at=AT).about("cold")] == [
        Code.NOT_PROBED, Code.NOT_REGISTERED, Code.NOT_VALIDATED,
    ]  # fmt: skip
