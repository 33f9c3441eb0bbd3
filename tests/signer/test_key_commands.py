"""Console commands about keys that are kept as blobs: wrapping key, ceremony, xpub, backup."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from pkcs11 import Attribute, ObjectClass

from custody.chains.bitcoin import hd
from custody.common import clock
from custody.hsm.backends import registry
from custody.hsm.backends.interface import KeyClass
from custody.hsm.signer import shares
from custody.hsm.signer.ceremony import WantedKey
from custody.hsm.signer.store import selectors
from custody.statements.critical import Critical
from custody.statements.proof import verify_secp256k1
from custody.statements.trust.keys import KeyStateChange
from tests.harness.bitcoin import REGTEST
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.house import House
from tests.signer.one_time import OneTimeKeys
from tests.signer.test_one_time import backup_file
from tests.signer.tokens import PIN, SO_PIN

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


def call(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_makes_a_wrapping_key_at_the_console(bench: Bench, settings: LazySettings, tmp_path: Path) -> None:
    settings.PKCS11_MODULE, settings.SIGNER_TOKEN_LABEL = MODULE, LABEL
    so_pin, pin = tmp_path / "so-pin", tmp_path / "pin"
    so_pin.write_text(SO_PIN)
    pin.write_text(PIN)
    said = call("signer_wrapping_key", so_pin_file=so_pin)
    name, _, identifier = said.strip().partition(": ")
    assert name == "wrapping_key"
    backend = registry.open_backend(
        "t",
        kind="pkcs11",
        settings={
            "module": MODULE,
            "label": LABEL,
            "pin_file": str(pin),
            "profile": "softhsm2",
            "wrapping_key": identifier,
        },
    )
    made = backend.generate(label="x", curve="secp256k1", key_class=KeyClass.WRAPPED)
    assert made.attributes["wrap_with_trusted"] is True


@dataclass
class Holders:
    """People at the console one after the other; each writes down what the screen shows."""

    shown: StringIO = field(default_factory=StringIO)
    papers: list[str] = field(default_factory=list)
    mistake: bool = False

    def __call__(self, question: str) -> str:
        if question.startswith("Written?"):
            screen = self.shown.getvalue().rpartition("Write down:")[2]
            self.papers.append(" ".join(re.findall(r"\d+\. ([a-z]+)", screen)))
            return ""
        if question.startswith("Type the words back"):
            if self.mistake:
                self.mistake = False
                self.papers.pop()
                return "other words"
            return self.papers[-1].upper()
        assert question.startswith("These are other words")
        return ""


@dataclass
class Typing:
    """Holders who come with their papers, and then nobody else."""

    papers: list[str]

    def __call__(self, question: str) -> str:
        return self.papers.pop(0) if self.papers else ""


@pytest.fixture
def console(
    bench: Bench, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """The command at a terminal where ``people`` answer."""
    settings.PKCS11_MODULE, settings.SIGNER_TOKEN_LABEL = MODULE, LABEL
    (so_pin := tmp_path / "so-pin").write_text(SO_PIN)

    def run(people: Callable[[str], str], **options: Any) -> str:
        out = people.shown if isinstance(people, Holders) else StringIO()
        monkeypatch.setattr("builtins.input", people)
        for stream in ("stdin", "stdout"):
            monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
        call_command("signer_wrapping_key", stdout=out, so_pin_file=so_pin, **options)
        return out.getvalue().strip().rpartition("wrapping_key: ")[2]

    return run


def backend_with(identifier: str, tmp_path: Path) -> Any:
    (pin := tmp_path / "pin").write_text(PIN)
    values = {"module": MODULE, "label": LABEL, "pin_file": str(pin), "profile": "softhsm2"}
    return registry.open_backend("t", kind="pkcs11", settings=values | {"wrapping_key": identifier})


def token_key(bench: Bench, identifier: str) -> Any:
    return bench.token.session.run(lambda token: token.key(ObjectClass.SECRET_KEY, bytes.fromhex(identifier)))


def test_any_two_of_three_papers_bring_the_wrapping_key_back(
    bench: Bench, console: Callable[..., str], tmp_path: Path
) -> None:
    holders = Holders()
    identifier = console(holders, holders=3, threshold=2)
    assert [len(paper.split()) for paper in holders.papers] == [33, 33, 33]
    made = backend_with(identifier, tmp_path).generate(
        label="x", curve="secp256k1", key_class=KeyClass.WRAPPED
    )
    key = token_key(bench, identifier)
    assert (key[Attribute.TRUSTED], key[Attribute.LOCAL], key[Attribute.EXTRACTABLE]) == (True, False, False)
    # Another token is the same token under another id: what counts is that the value is the same.
    other = "0f" * 16
    assert console(Typing([holders.papers[2], holders.papers[0]]), restore=other) == other
    digest = bytes(range(32))
    signature = backend_with(other, tmp_path).sign_wrapped(
        blob=made.blob, curve="secp256k1", digest32=digest, public_key=made.public_key
    )
    verify_secp256k1(public_key=made.public_key.hex(), digest=digest.hex(), signature=signature.hex())


def test_who_writes_other_words_sees_them_once_more(console: Callable[..., str]) -> None:
    holders = Holders(mistake=True)
    assert len(console(holders, holders=2, threshold=2)) == 32
    assert len(holders.papers) == 2


@pytest.mark.parametrize("case", ["one", "mistyped", "of two keys", "none"])
def test_shares_that_do_not_fit_make_no_key(console: Callable[..., str], case: str) -> None:
    one, other = (shares.split(secret, threshold=2, holders=3) for secret in (b"\x01" * 32, b"\x02" * 32))
    typed = {
        "one": [one[0]],
        "mistyped": [one[0], one[1].rpartition(" ")[0] + " academic"],
        "of two keys": [one[0], other[1]],
        "none": [],
    }[case]
    with pytest.raises(CommandError) as refused:
        console(Typing(typed), restore="0e" * 16)
    assert refused.value.returncode == 1


@pytest.mark.parametrize(("threshold", "holders"), [(1, 3), (4, 3), (2, 17)])
def test_no_share_opens_alone(console: Callable[..., str], threshold: int, holders: int) -> None:
    with pytest.raises(CommandError, match="2 to all of at most 16 holders"):
        console(Holders(), threshold=threshold, holders=holders)


def test_shares_are_never_shown_into_a_pipe(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="at a terminal alone"):
        call("signer_wrapping_key", holders=3, so_pin_file=tmp_path / "none")


def test_the_wrong_security_officer_makes_none(bench: Bench, settings: LazySettings, tmp_path: Path) -> None:
    settings.PKCS11_MODULE, settings.SIGNER_TOKEN_LABEL = MODULE, LABEL
    so_pin = tmp_path / "so-pin"
    so_pin.write_text("00000000")
    with pytest.raises(CommandError, match="security officer"):
        call("signer_wrapping_key", so_pin_file=so_pin)


@pytest.mark.parametrize("asked", ["getpass", "input"])
def test_where_nobody_answers_no_wrapping_key_is_made(
    bench: Bench, console: Callable[..., str], monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    def nobody(question: str) -> str:
        raise EOFError

    module = "custody.hsm.signer.store.management.commands.signer_wrapping_key"
    monkeypatch.setattr(f"{module}.getpass", nobody)
    make = partial(console, nobody, holders=2) if asked == "input" else partial(call, "signer_wrapping_key")
    with pytest.raises(CommandError, match="the input ended: no key was made"):
        make()


def test_a_ceremony_plans_a_derived_wallet(wrapping: Bench, tmp_path: Path) -> None:
    plan = tmp_path / "action.json"
    wish = {"purpose": "spend", "label": "hot", "class_": "DERIVED_IN_RAM", "chain": REGTEST}
    call("signer_ceremony", "plan", output=plan, **wish)
    wanted = WantedKey(curve="secp256k1", **wish)  # type: ignore[arg-type]
    assert Critical.from_bytes(plan.read_bytes()).parameters == wanted.parameters
    plain = WantedKey(purpose="spend", curve="secp256k1", label="hot")
    assert wanted.parameters != plain.parameters
    # What custodians agreed on before there were classes is still the same hash.
    assert plain.to_json() == {"purpose": "spend", "curve": "secp256k1", "label": "hot"}


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"backend": "cold"}, "no key back-end is configured as cold at /backend"),
        ({"class_": "WRAPPED"}, "pkcs11 has no wrapping key, which class WRAPPED needs; see .* at /class"),
        ({"class_": "DERIVED_IN_RAM", "chain": REGTEST}, "no wrapping key, which class DERIVED_IN_RAM needs"),
    ],
)
def test_a_ceremony_refuses_what_the_installation_cannot_make(
    bench: Bench, tmp_path: Path, wish: dict[str, str], refusal: str
) -> None:
    with pytest.raises(CommandError, match=refusal):
        call("signer_ceremony", "plan", output=tmp_path / "A.json", purpose="spend", label="x", **wish)
    assert list(tmp_path.glob("A.*")) == []


def test_a_plan_says_what_its_hash_stands_for(bench: Bench, tmp_path: Path) -> None:
    plan = tmp_path / "A.json"
    said = call("signer_ceremony", "plan", output=plan, purpose="spend", label="till").splitlines()
    action = Critical.from_bytes(plan.read_bytes())
    assert said[1:] == [
        "backend: pkcs11, the signer's own token",
        "class: NEVER_LEAVES",
        "curve: secp256k1",
        "label: till",
        "purpose: spend",
        f"parameters {action.parameters}: compare aloud, sha256sum A.parameters.json gives the same",
        "in words: A.parameters.txt; then each custodian: approve sign A.json",
    ]
    covered = (tmp_path / "A.parameters.json").read_bytes()
    assert hashlib.sha256(covered).hexdigest() == action.parameters
    assert WantedKey.read(json.loads(covered)) == WantedKey(purpose="spend", curve="secp256k1", label="till")
    assert (tmp_path / "A.parameters.txt").read_text().splitlines() == said[:-1]
    assert said[0] == f"action: MAKE_KEY, until {clock.write_time(action.expires_at)}"


@pytest.mark.parametrize(
    "wish",
    [
        {"purpose": "seal", "class_": "WRAPPED"},
        {"purpose": "spend", "class_": "DERIVED_IN_RAM"},
        {"purpose": "spend", "class_": "DERIVED_IN_RAM", "chain": "eip155:1"},
        {"purpose": "spend", "chain": REGTEST},
    ],
)
def test_a_ceremony_refuses_what_no_key_can_be(bench: Bench, tmp_path: Path, wish: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        call("signer_ceremony", "plan", output=tmp_path / "action.json", label="x", **wish)
    assert not (tmp_path / "action.json").exists()


def test_exports_the_xpub_of_a_derived_wallet(wrapping: Bench) -> None:
    made = selectors.key(House(wrapping).make_key(5, class_="DERIVED_IN_RAM", chain=REGTEST))
    assert made is not None
    assert made.account is not None
    said = json.loads(call("export_xpub", made.id, as_json=True))
    assert said == {
        "key": made.id,
        "class": "DERIVED_IN_RAM",
        "chain": REGTEST,
        "fingerprint": made.account.fingerprint,
        "path": "84h/1h/0h",
        "xpub": made.account.xpub,
        "descriptor": hd.descriptor(
            made.account.xpub, fingerprint=made.account.fingerprint, path=made.account.path
        ),
        "addresses": [hd.child_address(made.account.xpub, index, chain=REGTEST) for index in range(5)],
    }
    assert f"descriptor: {said['descriptor']}" in call("export_xpub", made.id)


def test_other_keys_have_no_xpub(bench: Bench) -> None:
    with pytest.raises(CommandError, match="no derived key"):
        call("export_xpub", bench.key("mediator").id)
    with pytest.raises(CommandError, match="no such key"):
        call("export_xpub", "key_01KAJ8V0000000000000000099")


def test_checks_and_mends_the_backup(wrapping: Bench) -> None:
    keys = OneTimeKeys(wrapping)
    lost, changed = keys.make_one(0), keys.make_one(1)
    good = json.loads(call("signer_key_backup", "check", as_json=True))
    assert good == {"ok": True, "keys": 2, "wrong": {}}
    backup_file(wrapping, lost.id).unlink()
    backup_file(wrapping, changed.id).write_text("?")
    out = StringIO()
    with pytest.raises(CommandError, match="not what the store holds") as refused:
        call_command("signer_key_backup", "check", as_json=True, stdout=out)
    assert refused.value.returncode == 1
    assert json.loads(out.getvalue())["wrong"] == {lost.id: "missing", changed.id: "differs"}
    assert json.loads(call("signer_key_backup", "restore", as_json=True))["ok"] is True
    assert wrapping.handle(keys.spend_request(lost)).outcome == "SIGNED"


def test_mending_brings_no_destroyed_key_back(wrapping: Bench) -> None:
    keys = OneTimeKeys(wrapping)
    key = keys.make_one()
    copy = backup_file(wrapping, key.id).read_bytes()
    for state in ("DEACTIVATED", "DESTROYED"):
        keys.officers.accept("KEY_STATE", KeyStateChange(key=key.id, state=state))
    backup_file(wrapping, key.id).write_bytes(copy)
    with pytest.raises(CommandError):
        call("signer_key_backup", "check")
    assert json.loads(call("signer_key_backup", "restore", as_json=True))["ok"] is True
    assert not backup_file(wrapping, key.id).exists()
