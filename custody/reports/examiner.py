"""Verifies a sealed report as an examiner does, alone: ``scripts/verify_report``.

Needs the report, the signer's identity and for the audit record the proof; no database, no settings,
no secret. Exit 0 when nothing is wrong, 1 when something is, 2 when a file cannot be used.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.common.errors import CustodyError, InvalidInputError
from custody.reports.identity import SignerIdentity, read_identity
from custody.reports.proofs import Proof
from custody.reports.verification import NOT_CHECKED, VALID, Finding, verify_file
from custody.statements.fingerprint import fingerprint
from custody.statements.release import Release

SAYS = {
    "DRAFT": "made by the machine, released by nobody",
    "RELEASED": "two pinned people have released exactly this file",
}
WHOLE, PARTLY, WRONG = "whole", "partly checked: no proof given", "not what was sealed and recorded"


def main(words: list[str]) -> int:
    """Check the files that ``words`` name and print what was found; returns the exit code."""
    arguments = _parser().parse_args(words)
    try:
        text, is_fine = examine(
            arguments.file,
            identity=arguments.identity,
            beside=Beside(proof=arguments.proof, release=arguments.release),
            as_json=arguments.json,
        )
    except UnusableFileError as error:
        sys.stderr.write(f"verify_report: {error}\n")
        return 2
    sys.stdout.write(f"{text}\n")
    return 0 if is_fine else 1


class UnusableFileError(Exception):
    """A file cannot be read, or is none of the kind; the text names it."""


@dataclass(frozen=True)
class Beside:
    """Files that the report may be held against."""

    proof: Path | None = None
    release: Path | None = None


def examine(file: Path, *, identity: Path, beside: Beside, as_json: bool) -> tuple[str, bool]:
    """Return what was found, in sentences or as one JSON object, and whether nothing is wrong.

    Raises UnusableFileError.
    """
    try:
        signer = read_identity(identity)
        proven = _read_proof(beside.proof) if beside.proof else None
        release = _read_release(beside.release) if beside.release else None
        finding = verify_file(file.read_bytes(), identity=signer, proof=proven, release=release)
    except OSError as error:
        raise UnusableFileError(f"{error.filename}: {error.strerror}") from None
    except CustodyError as error:
        raise UnusableFileError(error.detail) from None
    if as_json:
        return json.dumps(finding.to_json() | {"result": _result(finding)}), finding.ok
    return "\n".join(_sentences(finding, signer)), finding.ok


def _parser() -> ArgumentParser:
    """The options of the program."""
    made = ArgumentParser(
        prog="scripts/verify_report",
        description="Check seal, embedded data and, with a proof, the audit record of a report.",
        epilog="Exit 0: nothing is wrong. 1: something is wrong. 2: a file cannot be used.",
    )
    made.add_argument("file", type=Path, help="the sealed PDF")
    made.add_argument("--identity", type=Path, required=True, help="the signer's published signer.json")
    made.add_argument("--proof", type=Path, help="the report's proof, FILE.proof.json")
    made.add_argument("--release", type=Path, help="the release that somebody is asked to approve")
    made.add_argument("--json", action="store_true", help="print one JSON object")
    return made


def _read_proof(path: Path) -> Proof:
    data = path.read_bytes()
    try:
        return Proof.from_bytes(data)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: is no proof of a report ({error.detail})") from None


def _read_release(path: Path) -> Release:
    data = path.read_bytes()
    try:
        return Release.from_bytes(data)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: is no release of a report ({error.detail})") from None


def _result(finding: Finding) -> str:
    if not finding.ok:
        return WRONG
    return PARTLY if finding.audit == NOT_CHECKED else WHOLE


def _sentences(finding: Finding, identity: SignerIdentity) -> Iterator[str]:
    about = finding.report
    if about:
        yield "Report {report} about {about}, version {version}, run {run}".format(**about)
    yield f"Result: {_result(finding)}"
    yield f"Seal: {_in_words(finding.seal)}" + (f", by {finding.sealed_by}" if finding.sealed_by else "")
    if finding.says:
        yield f"State: {finding.says}, {SAYS[finding.says]}"
    yield f"Embedded data: {_in_words(finding.twin)}"
    yield f"Audit record: {_in_words(finding.audit)}"
    if finding.release != NOT_CHECKED:
        yield f"Release to be approved: {_in_words(finding.release)}"
    yield f"SHA-256 of the file: {finding.file_sha256}"
    yield f"All this believes {identity.instance}, whose checkpoint key has these eight words:"
    yield fingerprint(bytes.fromhex(identity.checkpoint_key))
    yield "Compare them with the words the operator gave you by another way, not with this file."


def _in_words(found: str) -> str:
    return found if found in {VALID, NOT_CHECKED} else f"WRONG: {found}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
