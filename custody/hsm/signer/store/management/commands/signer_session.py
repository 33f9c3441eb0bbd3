"""``manage.py signer_session``: plan, open and close a session with a closed token.

``plan`` names requests and minutes and writes the critical action that every custodian present signs
with ``approve``; ``open`` checks their approvals, asks for the PIN where no file holds it, and has the
running signer log in; ``close`` ends a session before its time, one person is enough.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common import canonical, clock
from custody.common.errors import CustodyError, RefusedError
from custody.hsm.backends.registry import DEFAULT
from custody.hsm.signer import ordering, program
from custody.hsm.signer.agreement import read_agreed
from custody.hsm.signer.cold_session import ACTION, ColdSession, SessionEnd, SessionPlan
from custody.hsm.signer.plan_files import write_plan
from custody.hsm.signer.preview import preview
from custody.hsm.signer.store import selectors, tokens
from custody.statements.request import Request


class Command(BaseCommand):
    help = "Plan, open or close a session with a closed token at the signer's console."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        plan = steps.add_parser("plan", help="write the action that the custodians approve")
        plan.add_argument("requests", type=Path, nargs="+", help="files of export_signing_request")
        plan.add_argument("--backend", required=True)
        plan.add_argument("--minutes", type=int, required=True)
        plan.add_argument("--session", type=Path, required=True, help="file for the plan")
        plan.add_argument("--output", type=Path, required=True, help="file for the action")
        begin = steps.add_parser("open", help="open the token for the requests that were approved")
        begin.add_argument("session", type=Path, help="the plan")
        begin.add_argument("action", type=Path, help="the action")
        begin.add_argument("approvals", type=Path, nargs="+", help="one file per custodian")
        end = steps.add_parser("close", help="close the token now")
        end.add_argument("session", help="req_…, as open named it")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        run = {"plan": _plan, "open": _open, "close": _close}[step]
        try:
            lines = run(options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write("\n".join(lines))


def _plan(options: dict[str, Any]) -> list[str]:
    read = [_examined(file, options["backend"]) for file in options["requests"]]
    said = {
        "backend": options["backend"],
        "minutes": options["minutes"],
        "requests": sorted({request.hash for request in read}),
    }
    plan = SessionPlan.read(said)
    options["session"].write_bytes(canonical.encode(plan.to_json()))
    notes = [_line(request) for request in read]
    return write_plan(ACTION, plan, output=options["output"], approver="custodian", notes=notes)


def _examined(file: Path, backend: str) -> Request:
    """A request that the signer would grant, for a key of this back-end."""
    data = file.read_bytes()
    request = Request.from_bytes(data)
    key = selectors.key(request.key or "")
    if key is None or key.backend != backend:
        raise RefusedError(f"{request.id} is for no key on {backend}", code="not_of_this_backend")
    verdict = preview(data, at=clock.now())
    if "rule" in verdict:
        raise RefusedError(f"{request.id} would be refused: {verdict['rule']}", code="would_be_refused")
    return request


def _line(request: Request) -> str:
    intent = request.intent
    pays = [f"{payee.amount} to {payee.to}" for payee in intent.payees] if intent else []
    return f"{request.kind} {request.id} {request.hash}: {', '.join(pays) or 'no payment'}"


def _open(options: dict[str, Any]) -> list[str]:
    action, approvals = read_agreed(options["action"], options["approvals"])
    plan = SessionPlan.read(canonical.decode(options["session"].read_bytes()))
    agreed = ColdSession(action=action, approvals=approvals, session=plan)
    agreed.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
    name = agreed.session.backend
    pin = None if name == DEFAULT else ordering.ask_pin(ordering.configured_backend(name))
    ordering.give_and_wait(
        program.build_orders(), kind="OPEN_TOKEN", body=agreed, reason="cold session", pin=pin
    )
    ended = tokens.ending_of(agreed.action.id)
    if ended and ended["reason"] == "unusable":
        rule = ended["rule"]
        raise RefusedError(f"the token could not be opened: {rule}", code=rule)
    return [f"open for {agreed.session.minutes} minutes: {agreed.action.id}"]


def _close(options: dict[str, Any]) -> list[str]:
    name = options["session"]
    body = SessionEnd.read({"session": name})
    if not any(session.id == name for session in tokens.open_sessions()):
        raise RefusedError("no such session is open", code="no_such_session")
    ordering.give_and_wait(program.build_orders(), kind="CLOSE_TOKEN", body=body, reason="closed")
    return [f"closed: {name}"]
