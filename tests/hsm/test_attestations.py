"""Attested addresses on the web side: asked for, stored once, read back, verified without us."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.common import canonical
from custody.common.errors import InvalidInputError, UnavailableError
from custody.hsm import address_examiner, attestations, tasks
from custody.hsm.models import AddressAttestation, SigningKey, SigningRequest
from custody.statements.attestation import Attestation, IssuedAddress, SignedAttestation
from custody.statements.fingerprint import fingerprint
from custody.statements.request import Request
from custody.statements.result import Head, MadeSignature, Result
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST
from tests.harness.signer_role import write_answer
from tests.hsm.conftest import Enqueued
from tests.hsm.desk import AT, INSTANCE, answer, journal

WALLET = "wal_01KAJ8S0000000000000000001"
DEAL = "deal_01KAJ8P0000000000000000001"
TEST_CHAIN = "bip122:000000000933ea01ad0ee984209779ba"
TEST_ADDRESS = "tb1qwyxsqzgk4y770fven3ur0ysj3gld8rxvcs4vnn"
ATTEST_KEY = "key_01KAJ8V0000000000000000009"
PROJECT = Path(__file__).parents[2]
KEY = ec.derive_private_key(7, ec.SECP256R1())
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
WORDS = fingerprint(bytes.fromhex(PUBLIC_KEY))
Run = Callable[[Callable[[], object]], Enqueued]


@pytest.fixture
def attest_key(desk: None) -> None:
    SigningKey.objects.create(
        id=ATTEST_KEY, purpose="attest", curve="secp256r1", public_key=PUBLIC_KEY, state="ACTIVE"
    )


def attestation(**changes: Any) -> SignedAttestation:
    """What the signer answers; ``kind`` and fields of the body may be changed."""
    kind = changes.pop("kind", "ADDRESS")
    body = {"wallet": WALLET, "chain": REGTEST, "address": MERCHANT_ADDRESS, "index": 0} | changes
    body = {name: value for name, value in body.items() if value is not None}
    document = Attestation(instance=INSTANCE, kind=kind, body=body, at=AT)
    der = KEY.sign(bytes.fromhex(document.hash), ec.ECDSA(Prehashed(hashes.SHA256())))
    r, s = decode_dss_signature(der)
    return SignedAttestation(
        attestation=document, public_key=PUBLIC_KEY, signature=(r.to_bytes(32) + s.to_bytes(32)).hex()
    )


def ask() -> SigningRequest:
    return attestations.request_address(actor="system:test", wallet=WALLET, at=AT)


def answer_signed(request: SigningRequest, signed: SignedAttestation) -> None:
    document = Result(
        instance=INSTANCE,
        request=request.id,
        request_hash=Request.from_bytes(bytes(request.body)).hash,
        outcome="SIGNED",
        signatures=(MadeSignature(input=0, public_key=signed.public_key, signature=signed.signature),),
        entries=tuple(journal(request, ("SEEN", {"attestation": signed.attestation.to_json()}))),
        head=Head(seq=1, hash="00" * 32),
    )
    write_answer(request, outcome="SIGNED", body=document.to_bytes())


def test_asks_with_the_attest_key(attest_key: None) -> None:
    request = Request.from_bytes(bytes(ask().body))
    assert (request.kind, request.key) == ("ADDRESS", ATTEST_KEY)
    assert request.to_json()["payload"] == {"wallet": WALLET, "index": 0}


def test_asks_for_the_script_of_terms(attest_key: None) -> None:
    row = attestations.request_address(actor="system:test", terms="ab" * 32, at=AT)
    assert Request.from_bytes(bytes(row.body)).to_json()["payload"] == {"terms": "ab" * 32, "index": 0}


def test_cannot_ask_without_a_key(desk: None) -> None:
    with pytest.raises(UnavailableError):
        ask()
    assert SigningRequest.objects.count() == 0


def test_asks_for_one_owner(attest_key: None) -> None:
    with pytest.raises(InvalidInputError):
        attestations.request_address(actor="system:test", wallet=WALLET, terms="ab" * 32, at=AT)
    assert SigningRequest.objects.count() == 0


def test_stores_the_answer_once_and_reads_it_back(attest_key: None) -> None:
    request, signed = ask(), attestation()
    answer_signed(request, signed)
    tasks.apply_attestation(request_id=request.id)
    tasks.apply_attestation(request_id=request.id)
    row = AddressAttestation.objects.get()
    assert (row.owner, row.chain, row.address, row.at) == (WALLET, REGTEST, MERCHANT_ADDRESS, AT)
    assert attestations.attestation_in(row) == signed


def test_a_refusal_stores_nothing(attest_key: None) -> None:
    request = ask()
    answer(request, "REFUSED", *journal(request, ("REFUSED", {})), rule="unknown_wallet")
    tasks.apply_attestation(request_id=request.id)
    assert AddressAttestation.objects.count() == 0


# --- the client's own check ---------------------------------------------------------------------


@pytest.fixture
def verify(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the program on an attestation; any option may be changed."""

    def run(
        signed: SignedAttestation | bytes, program: tuple[str, ...] = (), **changes: str
    ) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "attestation.json"
        file.write_bytes(signed if isinstance(signed, bytes) else canonical.encode(signed.to_json()))
        options = {"chain": REGTEST, "address": MERCHANT_ADDRESS, "fingerprint": WORDS} | changes
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        command = [*(program or (str(PROJECT / "scripts/verify_address"),)), *words]
        return subprocess.run(
            [*command, "--attestation", str(file), "--json"],
            cwd=PROJECT, check=False, capture_output=True, text=True,
        )  # fmt: skip

    return run


Verify = Callable[..., subprocess.CompletedProcess[str]]


def test_the_client_finds_the_address_good(verify: Verify) -> None:
    done = verify(attestation())
    said = {"ok": True, "owner": WALLET, "index": 0, "at": "2026-11-21T09:00:00Z"}
    assert (done.returncode, json.loads(done.stdout)) == (0, said)


def test_the_command_says_the_same(verify: Verify) -> None:
    program = (sys.executable, "manage.py", "verify_address")
    done = verify(attestation(), program)
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True)
    wrong = verify(attestation(), program, address=BUYER_ADDRESS)
    assert (wrong.returncode, json.loads(wrong.stdout)["ok"]) == (1, False)
    assert verify(b"{}", program).returncode == 2


def test_capital_letters_of_a_code_are_the_same_address(verify: Verify) -> None:
    assert verify(attestation(), address=MERCHANT_ADDRESS.upper()).returncode == 0


def test_the_owner_is_compared_where_it_is_known(verify: Verify) -> None:
    assert verify(attestation(), owner=WALLET).returncode == 0
    done = verify(attestation(wallet=None, deal=DEAL), owner=WALLET)
    assert (done.returncode, json.loads(done.stdout)["wrong"]) == (1, "issued for somebody else")


def forged() -> SignedAttestation:
    good = attestation()
    return SignedAttestation(
        attestation=attestation(address=BUYER_ADDRESS).attestation,
        public_key=good.public_key,
        signature=good.signature,
    )


@pytest.mark.parametrize(
    ("signed", "changes", "wrong"),
    [
        (attestation(), {"address": BUYER_ADDRESS}, "another address was issued"),
        (attestation(chain=TEST_CHAIN, address=TEST_ADDRESS),
         {}, "issued on another chain"),
        (attestation(), {"fingerprint": " ".join(["abandon"] * 8)},
         "the key is not that of the contract's fingerprint"),
        (attestation(kind="BOOK"), {}, "the attestation is not about an address"),
        (forged(), {"address": BUYER_ADDRESS}, "the attestation is not signed by the key it names"),
    ],
)  # fmt: skip
def test_the_client_is_warned(
    verify: Verify, signed: SignedAttestation, changes: dict[str, str], wrong: str
) -> None:
    done = verify(signed, **changes)
    assert (done.returncode, json.loads(done.stdout)) == (1, {"ok": False, "wrong": wrong})


NO_ATTESTATION = (
    "/attestation.json: this is no attestation of an address, or it was changed on its way; take the"
    " file that came with the address\n"
)


@pytest.mark.parametrize(
    ("signed", "changes", "said"),
    [
        (b"not json", {}, NO_ATTESTATION),
        (canonical.encode({"attestation": {}}), {}, NO_ATTESTATION),
        (canonical.encode({"backends": [], "instance": "x"}), {}, NO_ATTESTATION),
        (
            attestation(),
            {"fingerprint": "seven words are not enough at all"},
            "has not 8 words\n",
        ),
        (attestation(), {"address": f"{MERCHANT_ADDRESS}x"}, "--address: "),
        (attestation(), {"chain": "solana:1"}, "--chain: chain is not known\n"),
    ],
)
def test_what_cannot_be_used_is_no_verdict(
    verify: Verify, signed: SignedAttestation | bytes, changes: dict[str, str], said: str
) -> None:
    done = verify(signed, **changes)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("verify_address: ")
    assert said in done.stderr


def test_help_speaks_to_clients(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        address_examiner.main(["--help"])
    shown = capsys.readouterr().out
    assert "Check that an address somebody told you was issued by the signer" in shown
    assert "`" not in shown
    assert "trust.md" not in shown


def test_without_json_it_says_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "attestation.json"
    file.write_bytes(canonical.encode(attestation().to_json()))
    options = ["--chain", REGTEST, "--attestation", str(file), "--fingerprint", WORDS, "--address"]
    assert address_examiner.main([*options, MERCHANT_ADDRESS]) == 0
    assert capsys.readouterr().out == (
        f"{MERCHANT_ADDRESS} was issued for {WALLET} as number 0 at 2026-11-21T09:00:00Z\n"
    )
    assert address_examiner.main([*options, BUYER_ADDRESS]) == 1
    assert capsys.readouterr().out == f"DO NOT USE {BUYER_ADDRESS}: another address was issued\n"
    assert address_examiner.main([*options[:3], "/nowhere", *options[4:], BUYER_ADDRESS]) == 2


def test_is_issued_for_one_owner() -> None:
    values: dict[str, Any] = {"chain": REGTEST, "address": MERCHANT_ADDRESS, "index": 0}
    for owners in ({}, {"deal": DEAL, "wallet": WALLET}, {"client": WALLET, "deal": DEAL}):
        with pytest.raises(InvalidInputError):
            IssuedAddress(**values | owners)
