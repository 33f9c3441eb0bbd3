"""The people of the demonstration world: pinned in its genesis, able to sign at once."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from custody.common import canonical, clock
from custody.statements.approval import Approval
from custody.statements.genesis import Genesis
from custody.statements.trust import FIRST_PREVIOUS, TrustDocument
from scripts.approver import demonstration
from scripts.approver.__main__ import main
from scripts.embedded.genesis import PEOPLE, ensure_demo_genesis, people_of
from scripts.embedded.layout import PROJECT, Layout
from tests.approve.world import refused_here

MAKER = "treasury"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world")
    path.chmod(0o755)
    return path


@pytest.fixture
def genesis(state: Path, monkeypatch: pytest.MonkeyPatch) -> Genesis:
    """The genesis of a demonstration world to which ``--as`` refers."""
    layout = Layout(state, PROJECT)
    monkeypatch.setattr(demonstration, "STATE", state)
    monkeypatch.setattr(Layout, "create", classmethod(lambda *_: layout))
    return Genesis.from_bytes(ensure_demo_genesis(layout).read_bytes())


def subject(genesis: Genesis, path: Path) -> Path:
    """A hold, as treasury would make it."""
    people = {entry.name: entry.person for entry in genesis.people}
    document = TrustDocument.from_json(
        {
            "format": "custody/trust/v1",
            "instance": genesis.instance,
            "stream": "holds",
            "epoch": 1,
            "previous": FIRST_PREVIOUS,
            "type": "HOLD",
            "body": {"scope": "WALLET", "ref": "wal_01KAJ8S0000000000000000001"},
            "maker": people[MAKER],
            "reason": "test",
            "expires_at": clock.write_time(clock.now() + timedelta(hours=1)),
        }
    )
    file = path / "hold.json"
    file.write_bytes(document.to_bytes())
    return file


def test_a_trust_document_can_have_a_maker_and_two_officers_when_one_is_away(genesis: Genesis) -> None:
    officers = [entry.name for entry in genesis.people if "OFFICER" in entry.roles]
    assert sorted(officers) == ["compliance", "deputy", "security"]
    (maker,) = [entry for entry in genesis.people if entry.name == MAKER]
    assert not {"OFFICER", "APPROVER"} & set(maker.roles)
    assert {entry.name for entry in genesis.people} == PEOPLE.keys()


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_signs_out_of_the_box(
    genesis: Genesis, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = subject(genesis, tmp_path), tmp_path / "approval.json"
    monkeypatch.setattr("sys.stdin.readline", lambda _: "APPROVE\n", raising=False)
    assert main(["--as", name, "sign", str(file), "--out", str(out)]) == 0
    approval = Approval.read(canonical.decode(out.read_bytes()))
    proved = approval.verify(genesis.people, at=clock.now())
    assert proved.credential.name == name
    assert (approval.statement.instance, approval.statement.policy) == (genesis.instance, genesis.policy.hash)


def test_the_maker_is_told_so(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.readline", lambda _: "", raising=False)
    for name in (MAKER, "security"):
        assert main(["--language", "en", "--as", name, "sign", str(subject(genesis, tmp_path))]) == 1
        own = "You made this document yourself: a single signature of somebody with the role is enough"
        assert (own in capsys.readouterr().out) == (name == MAKER)


def test_genesis_is_made_once(genesis: Genesis, state: Path) -> None:
    file = ensure_demo_genesis(Layout(state, PROJECT))
    assert Genesis.from_bytes(file.read_bytes()) == genesis
    assert people_of(file) == {entry.name: entry.person for entry in genesis.people}


def test_keys_of_a_start_that_ended_early_are_made_anew(tmp_path: Path) -> None:
    layout = Layout(tmp_path, PROJECT)
    before = Genesis.from_bytes(ensure_demo_genesis(layout).read_bytes())
    (tmp_path / "genesis.json").unlink()
    after = Genesis.from_bytes(ensure_demo_genesis(layout).read_bytes())
    assert {entry.credential for entry in before.people}.isdisjoint(
        entry.credential for entry in after.people
    )


@pytest.mark.parametrize("name", ["nobody", "../people/security", ""])
def test_refuses_a_name_that_is_none(genesis: Genesis, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--as", name, "show", "x"])
    assert (code, refused_here(capsys)) == (1, ("no_demonstration", "--as"))
    main(["--as", name, "show", "x"])
    assert capsys.readouterr().err == (
        "abgelehnt: no_demonstration --as: In der Vorführung gibt es niemanden mit diesem Namen; es gibt: "
        "compliance, deputy, mediator, reviewer, security, treasury.\n"
    )


def test_says_that_there_is_no_world_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demonstration, "STATE", tmp_path / "nowhere")
    code = main(["--as", "security", "show", "x"])
    assert (code, refused_here(capsys)) == (1, ("no_world", "--as"))


def test_the_command_of_the_project_runs_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(PROJECT / "scripts" / "approve"), "--language", "en", "show", "-"],
        input=b"{}",
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"refused: bad_field /format: ")
