"""A deal between two parties who use the program, driven through its command line."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.psbt import Payee, Spendable, build_payout
from custody.common import canonical, clock
from custody.statements.key_proof import KeyProof, PartyNonces, ProvenKey
from custody.statements.terms import Charge, Role, RoleKeys, Terms, script_of
from scripts.party.__main__ import main
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, funding, public_key
from tests.statements.examples import TERMS

FUNDED = 1_000_000
MEDIATOR_FEE = "bcrt1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnard0ew"
STRANGER = "bcrt1qzs23v9ccrydpk8qarc0jqgfzyvjz2f38p4klvh"


class PartyWorld:
    """Directories of buyer and merchant, and the files that go back and forth."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.init("buyer", BUYER_ADDRESS)
        self.init("merchant", MERCHANT_ADDRESS)
        keys = RoleKeys(
            buyer=self.public_key("buyer"),
            merchant=self.public_key("merchant"),
            mediator=public_key("mediator").hex(),
        )
        self.script = script_of(keys)
        self.terms = replace(
            TERMS,
            keys=keys,
            script=self.script.hex(),
            address=p2wsh_address(self.script, REGTEST),
            charges=(Charge(to=MEDIATOR_FEE, amount=5_000),),
        )
        self.terms_file = self.write("terms.json", self.terms.to_bytes())

    def run(self, command: str, name: str, *words: object) -> int:
        """Run a command in the party's directory."""
        return main([command, "--dir", str(self.home(name)), *map(str, words)])

    def home(self, name: str) -> Path:
        return self.path / name

    def init(self, name: str, payout: str | None = None) -> int:
        words = ["--payout", payout] if payout else []
        return self.run("init", name, "--name", name, "--chain", REGTEST, *words)

    def public_key(self, name: str) -> str:
        identity = json.loads((self.home(name) / "identity.json").read_text())
        return str(identity["public_key"])

    def write(self, name: str, data: bytes) -> Path:
        place = self.path / name
        place.write_bytes(data)
        return place

    def out(self, name: str) -> Path:
        return self.path / name

    def sign_terms(self, name: str, *, terms: Terms | None = None, yes: tuple[str, ...] = ("--yes",)) -> int:
        file = self.write("other-terms.json", terms.to_bytes()) if terms else self.terms_file
        return self.run("sign-terms", name, file, "--out", self.out(f"{name}.signature"), *yes)

    def nonce(self, name: str, capsys: pytest.CaptureFixture[str]) -> str:
        capsys.readouterr()
        assert self.run("make-nonce", name, "--json") == 0
        return str(json.loads(capsys.readouterr().out)["nonce"])

    def challenge(self, role: Role, nonces: PartyNonces, **changes: Any) -> KeyProof:
        """A fresh challenge of the deal for one role."""
        challenge = KeyProof(
            instance=self.terms.instance,
            deal=self.terms.id,
            role=role,
            public_key=self.terms.keys.of(role),
            terms=self.terms.hash,
            server_nonce="00" * 16,
            nonces=nonces,
            expires_at=clock.now().replace(microsecond=0) + timedelta(hours=1),
        )
        return replace(challenge, **changes)

    def challenge_file(self, challenge: KeyProof) -> Path:
        return self.write("challenge.json", challenge.to_bytes())

    def proof_file(self, proven: ProvenKey) -> Path:
        return self.write("proof.json", canonical.encode(proven.to_json()))

    def psbt(self, *payees: tuple[str, int], script: bytes | None = None) -> Path:
        """An unsigned payout of one input of FUNDED satoshi."""
        source = script or self.script
        text = build_payout(
            inputs=[Spendable(0, funding(source, FUNDED).to_bytes())],
            payees=[Payee(to, amount) for to, amount in payees],
            witness_script=source,
            chain=REGTEST,
        )
        return self.write("payout.psbt", text.encode())

    def sign_psbt(self, name: str, file: Path, *, yes: tuple[str, ...] = ("--yes",)) -> int:
        words = ("--terms", self.terms_file, "--out", self.out(f"{name}.psbt"))
        return self.run("sign-psbt", name, file, *words, *yes)


def refusal(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Code and field of the one line on stderr; the field is empty where it is about no part."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    word, place, _ = lines[0].split(": ", 2)
    assert word == "refused"
    code, _, field = place.partition(" ")
    return code, field
