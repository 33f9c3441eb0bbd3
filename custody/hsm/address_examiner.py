"""Verifies an address as a client does, alone: ``scripts/verify_address``.

Needs the attestation that came with the address and the eight words of the attest key that stand in
the contract; no database, no settings, no secret (trust.md 17). Exit 0 when the signer has issued
this address, 1 when the attestation does not say so, 2 when something cannot be used.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

from custody.common import canonical, clock
from custody.common.errors import InvalidInputError
from custody.statements.attestation import IssuedAddress, SignedAttestation
from custody.statements.chains import canonical_of
from custody.statements.fingerprint import WORDS, fingerprint

_DESCRIPTION = "Check that an address somebody told you was issued by the signer your contract names."
_EXIT_CODES = "Exit 0: issued; 1: do not use the address; 2: something given cannot be checked."


class UnusableError(Exception):
    """What was given cannot be checked at all; the text says why."""


@dataclass(frozen=True)
class Wanted:
    """What a client was told: ``owner`` is the id of the deal, client or wallet, where it is known."""

    chain: str
    address: str
    fingerprint: str
    owner: str | None = None


@dataclass(frozen=True)
class AddressFinding:
    """``wrong`` is empty for an address that the signer has issued; else what does not fit, and nothing
    else in here can be believed."""

    wrong: str
    owner: str
    index: int
    at: str

    def to_json(self) -> dict[str, object]:
        said = {"owner": self.owner, "index": self.index, "at": self.at}
        return {"ok": not self.wrong} | ({"wrong": self.wrong} if self.wrong else said)


def main(words: list[str]) -> int:
    """Check what ``words`` name and print what was found; returns the exit code."""
    parser = ArgumentParser(prog="scripts/verify_address", description=_DESCRIPTION, epilog=_EXIT_CODES)
    arguments = add_options(parser).parse_args(words)
    wanted = Wanted(arguments.chain, arguments.address, arguments.fingerprint, arguments.owner)
    try:
        finding = examine(arguments.attestation, wanted)
    except UnusableError as error:
        sys.stderr.write(f"verify_address: {error}\n")
        return 2
    sys.stdout.write(f"{report(finding, wanted, as_json=arguments.as_json)}\n")
    return 1 if finding.wrong else 0


def add_options(parser: ArgumentParser) -> ArgumentParser:
    """The options of the program, and of the management command."""
    parser.add_argument("--chain", required=True, help="CAIP-2 id of the chain")
    parser.add_argument("--address", required=True, help="the address somebody told you")
    parser.add_argument("--attestation", type=Path, required=True, help="the file that came with it")
    parser.add_argument("--fingerprint", required=True, help="the eight words of the contract")
    parser.add_argument("--owner", help="id of your deal, of you as client, or of the wallet")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
    return parser


def examine(file: Path, wanted: Wanted) -> AddressFinding:
    """Hold an attestation against what somebody was told; raises UnusableError."""
    words = wanted.fingerprint.lower().split()
    if len(words) != WORDS:
        raise UnusableError(f"the fingerprint has not {WORDS} words")
    try:
        address = canonical_of(wanted.address, chain=wanted.chain, field="/address")
    except InvalidInputError as error:
        option = "--chain" if error.code == "unknown_chain" else "--address"
        raise UnusableError(f"{option}: {error.detail}") from None
    signed, issued = _read(file)
    return AddressFinding(
        wrong=_wrong(signed, issued, words=" ".join(words), address=address, wanted=wanted),
        owner=issued.owner,
        index=issued.index,
        at=clock.write_time(signed.attestation.at),
    )


def _read(file: Path) -> tuple[SignedAttestation, IssuedAddress]:
    """What the file says; raises UnusableError, in words also for a file of another kind."""
    try:
        signed = SignedAttestation.read(canonical.decode(file.read_bytes()))
        return signed, IssuedAddress.read(signed.attestation.body)
    except OSError as error:
        raise UnusableError(f"{error.filename}: {error.strerror}") from None
    except InvalidInputError:
        raise UnusableError(
            f"{file}: this is no attestation of an address, or it was changed on its way; take the file that"
            " came with the address"
        ) from None


def report(finding: AddressFinding, wanted: Wanted, *, as_json: bool) -> str:
    """What was found, in a sentence or as one JSON object."""
    if as_json:
        return json.dumps(finding.to_json())
    if finding.wrong:
        return f"DO NOT USE {wanted.address}: {finding.wrong}"
    return f"{wanted.address} was issued for {finding.owner} as number {finding.index} at {finding.at}"


def _wrong(
    signed: SignedAttestation, issued: IssuedAddress, *, words: str, address: str, wanted: Wanted
) -> str:
    """The first thing that does not fit, empty when everything does."""
    try:
        key = bytes.fromhex(signed.public_key)
        signed.verify(signed.public_key)
    except InvalidInputError:
        return "the attestation is not signed by the key it names"
    found = {
        "the key is not that of the contract's fingerprint": fingerprint(key) == words,
        "the attestation is not about an address": signed.attestation.kind == "ADDRESS",
        "issued on another chain": issued.chain == wanted.chain,
        "another address was issued": issued.address == address,
        "issued for somebody else": wanted.owner in {None, issued.owner},
    }
    return next((text for text, fits in found.items() if not fits), "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
