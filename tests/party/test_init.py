"""Making the party's directory: a key nobody else can read, once."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from coincurve import PrivateKey

from scripts.party.__main__ import main
from tests.harness.bitcoin import BUYER_ADDRESS, REGTEST
from tests.party.world import PartyWorld, refusal

Capture = pytest.CaptureFixture[str]


def test_prints_the_public_key_of_the_key_it_made(tmp_path: Path, capsys: Capture) -> None:
    home = tmp_path / "p"
    assert main(["init", "--dir", str(home), "--name", "p", "--chain", REGTEST, "--json"]) == 0
    secret = bytes.fromhex((home / "key").read_text())
    expected = PrivateKey(secret).public_key.format().hex()
    assert json.loads(capsys.readouterr().out) == {"name": "p", "public_key": expected}


def test_only_the_owner_can_read_what_it_made(world: PartyWorld) -> None:
    home = world.home("buyer")
    for place in (home, *home.rglob("*")):
        assert stat.S_IMODE(place.stat().st_mode) == (0o700 if place.is_dir() else 0o600)


def test_two_parties_have_two_keys(world: PartyWorld) -> None:
    assert world.public_key("buyer") != world.public_key("merchant")


def test_never_overwrites_a_key(world: PartyWorld, capsys: Capture) -> None:
    before = (world.home("buyer") / "key").read_bytes()
    assert world.init("buyer") == 1
    assert refusal(capsys) == ("key_exists", "dir")
    assert (world.home("buyer") / "key").read_bytes() == before


@pytest.mark.parametrize("place", [".", "key", "identity.json"])
def test_refuses_a_directory_or_file_open_to_others(world: PartyWorld, place: str, capsys: Capture) -> None:
    target = world.home("buyer") / place
    os.chmod(target, target.stat().st_mode | 0o004)
    assert world.sign_terms("buyer") == 1
    assert refusal(capsys) == ("open_to_others", "dir")


def test_refuses_to_make_a_key_in_a_directory_open_to_others(tmp_path: Path, capsys: Capture) -> None:
    home = tmp_path / "open"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    assert main(["init", "--dir", str(home), "--name", "p", "--chain", REGTEST]) == 1
    assert refusal(capsys) == ("open_to_others", "dir")
    assert not (home / "key").exists()


@pytest.mark.parametrize(
    ("chain", "payout", "expected"),
    [
        ("bip122:00", BUYER_ADDRESS, ("unknown_chain", "chain")),
        (REGTEST, BUYER_ADDRESS[:-1] + "q", ("bad_address", "payout")),
        (REGTEST, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ("wrong_network", "payout")),
    ],
)
def test_refuses_a_bad_chain_or_payout_address(
    tmp_path: Path, chain: str, payout: str, expected: tuple[str, str], capsys: Capture
) -> None:
    words = ["init", "--dir", str(tmp_path / "p"), "--name", "p", "--chain", chain, "--payout", payout]
    assert main(words) == 1
    assert refusal(capsys) == expected
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("name", ["regtest", REGTEST])
def test_a_chain_is_called_by_name_or_id(tmp_path: Path, name: str) -> None:
    assert main(["init", "--dir", str(tmp_path / "p"), "--name", "p", "--chain", name]) == 0
    assert json.loads((tmp_path / "p" / "identity.json").read_text())["chain"] == REGTEST


def test_an_unknown_chain_is_answered_with_the_known_names(tmp_path: Path, capsys: Capture) -> None:
    assert main(["init", "--dir", str(tmp_path / "p"), "--name", "p", "--chain", "bitcoin"]) == 1
    assert capsys.readouterr().err == (
        "refused: unknown_chain chain: --chain takes one of mainnet, test, testnet4, signet, regtest, "
        "or a CAIP-2 id such as bip122:000000000019d6689c085ae165831e93\n"
    )


def test_a_missing_file_is_bad_use(world: PartyWorld, capsys: Capture) -> None:
    assert world.run("review-terms", "buyer", world.path / "nothing.json") == 2
    assert (
        capsys.readouterr().err
        == f"cannot read or write {world.path}/nothing.json: No such file or directory\n"
    )


def test_runs_as_a_program_of_its_own_without_the_web_framework(tmp_path: Path) -> None:
    words = ["init", "--dir", str(tmp_path / "p"), "--name", "p", "--chain", REGTEST, "--json"]
    code = (
        "import sys; from scripts.party.__main__ import main; code = main(sys.argv[1:]);"
        "assert not {name for name in sys.modules if name.split('.')[0] in {'django', 'celery', 'ssl'}};"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)) == {"name", "public_key"}


def test_an_unknown_command_is_bad_use() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.party", "steal"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
