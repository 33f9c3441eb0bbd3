"""One function per command: reads, checks, asks, signs, and returns what to print."""

import sys
from argparse import Namespace
from datetime import datetime, timedelta
from pathlib import Path

from custody.common import canonical, clock
from custody.common.errors import InvalidInputError, RefusedError
from custody.common.ids import new_id
from custody.statements.approval import Approval
from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.display import Attested, Shown, show
from custody.statements.fingerprint import fingerprint
from custody.statements.webauthn import to_base64url
from scripts.approver.approving import Verdict, examine
from scripts.approver.asking import Asking
from scripts.approver.given import STDIN, Given, read_given, read_limited
from scripts.approver.home import Home
from scripts.approver.words import say
from scripts.private_files import write_once

Lines = dict[str, str]
VALID_DAYS = 190
# What an officer may type, in either language, whatever the language of the texts.
VERDICTS: dict[str, Verdict] = {
    "GENEHMIGEN": "APPROVE",
    "APPROVE": "APPROVE",
    "ABLEHNEN": "REJECT",
    "REJECT": "REJECT",
}


def init(arguments: Namespace, asking: Asking) -> Lines:
    """Make the key file; the fingerprint is compared by voice before anybody pins the key."""
    at = clock.now()
    home = Home.create(
        arguments.dir, passphrase=asking.new_passphrase(), person=arguments.person or new_id("per", at=at)
    )
    return _identity(home)


def enrol(arguments: Namespace, asking: Asking) -> Lines:
    """Write the body of PERSON_CREDENTIAL, for the genesis file or a trust document."""
    home, at = Home.find(arguments.dir), clock.now()
    valid_until = _time(arguments.valid_until, "--valid-until")
    if not at < valid_until <= at + timedelta(days=VALID_DAYS):
        raise RefusedError(
            "must end in the future, within 190 days", code="bad_validity", field="--valid-until"
        )
    body = PersonCredential(
        person=home.config.person,
        name=arguments.name,
        roles=tuple(sorted(arguments.role)),
        credential=Ed25519Credential(public_key=home.config.public_key),
        valid_until=valid_until,
    )
    data = canonical.encode(body.to_json())
    PersonCredential.read(canonical.decode(data))
    write_once(arguments.out, data, code="exists", field="--out")
    return _identity(home) | {"written": str(arguments.out)}


def pin(arguments: Namespace, asking: Asking) -> Lines:
    """Pin installation, policy in force or key of the attestations; without an option show them."""
    home = Home.find(arguments.dir)
    given = {name: getattr(arguments, name) for name in ("instance", "policy", "attest_key")}
    if any(given.values()):
        home = home.pin(**given)
    missing = say("not_pinned", asking.language)
    return _identity(home) | {name: getattr(home.config, name) or missing for name in given}


def show_subject(arguments: Namespace, asking: Asking) -> Lines:
    """Show every field of a subject; needs a directory only to check attestations."""
    given = read_given(arguments.file, stdin=sys.stdin.buffer)
    return {"subject": _shown(given, arguments, asking).document.hash}


def sign(arguments: Namespace, asking: Asking) -> Lines:
    """Show a subject, ask for the verdict, sign it and write the approval."""
    home, at = Home.find(arguments.dir), clock.now()
    _check_free(arguments.out)
    given = read_given(arguments.file, stdin=sys.stdin.buffer)
    shown = _shown(given, arguments, asking)
    if given.person not in {None, home.config.person}:
        raise RefusedError("the link is meant for another person", code="foreign_person", field="p")
    wanted = _time(arguments.expires_at, "--expires-at") if arguments.expires_at else None
    case = examine(shown.document, home.config, at=at, expires_at=wanted)
    asking.show(f"{say('statement_ends', asking.language)}: {clock.write_time(case.expires_at)}")
    if case.own_word:
        asking.show(say(case.own_word, asking.language))
    verdict = VERDICTS.get(asking.verdict(stdin_is_used=arguments.file == STDIN))
    if verdict is None:
        raise RefusedError("neither approved nor rejected, nothing is signed", code="no_verdict")
    approval = case.approval(verdict, key=home.key(asking.passphrase()))
    return _hand_out(approval, arguments, asking)


def _shown(given: Given, arguments: Namespace, asking: Asking) -> Shown:
    data = read_limited(arguments.attestations) if arguments.attestations else given.attestations
    attested = _attested(data, arguments.dir) if data is not None else None
    shown = show(given.subject, language=asking.language, attested=attested)
    asking.show(shown.text)
    return shown


def _attested(data: bytes, directory: Path) -> Attested:
    config = Home.find(directory).config
    return Attested.read(data, attest_key=config.pinned_attest_key(), instance=config.pinned_instance())


def _hand_out(approval: Approval, arguments: Namespace, asking: Asking) -> Lines:
    data = canonical.encode(approval.to_json())
    out = arguments.out or Path(f"approval-{approval.statement.hash[:8]}.json")
    write_once(out, data, code="exists", field="--out")
    answer = f"#t={to_base64url(data)}"
    if arguments.qr:
        asking.show_qr(answer)
    said = {
        "verdict": approval.statement.verdict,
        "statement": approval.statement.hash,
        "written": str(out),
    }
    return said | ({"link": answer} if arguments.link or arguments.json else {})


def _check_free(out: Path | None) -> None:
    """Before anybody reads, decides and signs; raises RefusedError."""
    if out is not None and out.exists():
        raise RefusedError(f"{out} exists already", code="exists", field="--out")


def _identity(home: Home) -> Lines:
    public_key = home.config.public_key
    return {
        "person": home.config.person,
        "public_key": public_key,
        "fingerprint": fingerprint(bytes.fromhex(public_key)),
    }


def _time(text: str, field: str) -> datetime:
    try:
        return clock.read_time(text)
    except ValueError:
        raise InvalidInputError("not a time YYYY-MM-DDThh:mm:ssZ", code="bad_time", field=field) from None
