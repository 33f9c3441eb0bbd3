"""``create_staff``: the first of our own people; everybody after that is made in the back office."""

import getpass
import json
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from custody.accounts.roles import Role
from custody.accounts.services import create_user
from custody.common import clock
from custody.web.refusals import guards_command

PASSWORD_BYTES = 15


class Command(BaseCommand):
    """At a terminal the password is typed; without one it is made and printed once."""

    help = "Create a person with roles; the second factor is set up at the first log-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", action="append", choices=Role.values, required=True, dest="roles")
        parser.add_argument("--json", action="store_true")

    @guards_command("accounts.user.create")
    def handle(self, *, email: str, name: str, roles: list[str], json: bool, **_: Any) -> None:
        typed = getpass.getpass("Password: ") if sys.stdin.isatty() else ""
        password = typed or secrets.token_urlsafe(PASSWORD_BYTES)
        user = create_user(
            actor="system:command",
            email=email,
            name=name,
            password=password,
            roles=[Role(role) for role in roles],
            at=clock.now(),
        )
        answer = {"user": user.pk} | ({} if typed else {"password": password})
        self.stdout.write(_line(answer) if json else "  ".join(f"{key}: {answer[key]}" for key in answer))


def _line(answer: dict[str, str]) -> str:
    return json.dumps(answer)
