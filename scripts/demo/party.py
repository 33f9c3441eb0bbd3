"""A buyer or merchant: a person with a portal log-in, and a key that only the party program holds."""

import json
from pathlib import Path

from scripts.demo.person import Person
from scripts.embedded.layout import Layout
from scripts.embedded.process import run
from scripts.embedded.users import make_directory

USER = "custody-party"


class Party:
    """Acts in deals through the portal; signs with a fresh key per deal in its own program."""

    def __init__(self, person: Person, layout: Layout, *, chain: str, payout: str) -> None:
        self.person, self.payout = person, payout
        self._layout, self._chain = layout, chain
        self._folder = make_directory(layout.state / "parties", USER, 0o700)
        self._homes: dict[str, Path] = {}

    def join(self, deal: str) -> None:
        """Make a key of its own for this deal and name it with the payout address."""
        self._homes[deal] = self._folder / f"{self.person.name}-{deal}"
        made = self._program(
            deal, "init", "--name", self.person.name, "--chain", self._chain, "--payout", self.payout
        )
        self._do(deal, "join", {"public_key": made["public_key"], "payout_address": self.payout})

    def sign_terms(self, deal: str) -> None:
        """Read the terms with the own program, which checks key, address and script, and sign them."""
        terms = self._download(deal, "terms.json")
        reviewed = self._program(deal, "sign-terms", str(terms), "--out", str(self._out(deal)), "--yes")
        signature = self._read(self._out(deal))
        self._do(deal, "sign-terms", {"terms_hash": reviewed["terms"]}, {"signature": signature})

    def give_nonce(self, deal: str) -> None:
        self._do(deal, "give-nonce", {"nonce": self._program(deal, "make-nonce")["nonce"]})

    def prove_key(self, deal: str) -> None:
        challenge = self._download(deal, "challenge.json")
        self._program(deal, "prove-key", str(challenge), "--out", str(self._out(deal)), "--yes")
        self._do(deal, "prove-key", {}, {"proof": self._read(self._out(deal))})

    def verify_others(self, deal: str, *roles: str) -> None:
        """Check what the other two proved against the nonce of one's own."""
        for role in roles:
            proof = self._download(deal, f"proof/{role}.json")
            self._program(deal, "verify-key-proof", str(proof))

    def confirm_address(self, deal: str) -> str:
        """State the checksum that the own program computed, never one read from the page; return it."""
        reviewed = self._program(deal, "review-terms", str(self._folder_of(deal) / "terms.json"))
        self._do(deal, "confirm-address", {"checksum": reviewed["checksum"]})
        return reviewed["checksum"]

    def sign_payout(self, deal: str) -> None:
        psbt = self._download(deal, "payout.psbt")
        terms = self._folder_of(deal) / "terms.json"
        self._program(
            deal, "sign-psbt", str(psbt), "--terms", str(terms), "--out", str(self._out(deal)), "--yes"
        )
        self._do(deal, "sign-payout", {}, {"psbt": self._read(self._out(deal))})

    def propose_release(self, deal: str) -> None:
        self._do(deal, "propose-release", {"agreed": "on"})

    def open_dispute(self, deal: str, claim: str) -> None:
        self._do(deal, "open-dispute", {"text": claim, "agreed": "on"})

    def add_statement(self, deal: str, text: str) -> None:
        self._do(deal, "add-statement", {"text": text})

    def _do(
        self, deal: str, deed: str, fields: dict[str, str], files: dict[str, bytes] | None = None
    ) -> None:
        self.person.post(f"/deals/{deal}/do/{deed}/", fields, files)

    def _download(self, deal: str, name: str) -> Path:
        content = self.person.get(f"/deals/{deal}/{name}").content
        path = self._folder_of(deal) / name.replace("/", "-")
        path.write_bytes(content)
        path.chmod(0o644)
        return path

    def _folder_of(self, deal: str) -> Path:
        return make_directory(self._folder / f"{self.person.name}-{deal}-files", USER, 0o700)

    def _out(self, deal: str) -> Path:
        return self._folder_of(deal) / "signed"

    def _read(self, path: Path) -> bytes:
        return path.read_bytes()

    def _program(self, deal: str, command: str, *arguments: str) -> dict[str, str]:
        words = [
            self._layout.python,
            "-m",
            "scripts.party",
            command,
            "--json",
            "--dir",
            str(self._homes[deal]),
        ]
        done = run([*words, *arguments], user=USER, cwd=self._layout.code)
        answer: dict[str, str] = json.loads(done.stdout)
        return answer
