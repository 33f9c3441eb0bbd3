"""``scripts/regtest``: paying and mining by hand on the node of the demonstration world."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from scripts.demo.regtest import main, satoshi
from scripts.embedded.bitcoind import Node

Capture = pytest.CaptureFixture[str]


def test_pays_and_mines(node: Node, capsys: Capture) -> None:
    assert main(["address"], node) == 0
    address = capsys.readouterr().out.strip()
    assert main(["pay", address, "0.01"], node) == 0
    txid = capsys.readouterr().out.strip()
    height = node.client().height()
    assert main(["mine", "2"], node) == 0
    assert node.client().height() == height + 2
    paid = node.client().call("getrawtransaction", txid, 1)
    assert paid["confirmations"] == 2
    assert ("0.01000000", address) in [
        (f"{out['value']:.8f}", out["scriptPubKey"]["address"]) for out in paid["vout"]
    ]


def test_a_bad_address_is_refused_in_one_line(node: Node, capsys: Capture) -> None:
    assert main(["pay", "bcrt1wrong", "0.01"], node) == 1
    assert capsys.readouterr().err.startswith("refused: ")


@pytest.mark.parametrize("text", ["0", "-1", "0.000000001", "NaN", "Infinity", "all"])
def test_takes_whole_satoshi_above_none(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="not an amount"):
        satoshi(text)


def test_says_what_an_amount_looks_like(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["pay", "bcrt1x", "0,01"])
    last = capsys.readouterr().err.splitlines()[-1]
    assert "argument AMOUNT_BTC: '0,01' is not an amount of bitcoin above zero, with a point and" in last
    assert last.endswith("at most eight decimals, like 0.01")


def test_reads_bitcoin() -> None:
    assert (satoshi("0.01"), satoshi("1"), satoshi("0.00000001")) == (1_000_000, 100_000_000, 1)


def test_says_how_to_start_the_world_when_none_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.installation.STATE", tmp_path)
    with pytest.raises(SystemExit, match="make run"):
        main(["address"])
