"""``manage.py signer_revoke PERSON --reason TEXT [--credential NAME]``: one person, at the console.

Works beside the running signer, which obeys before its next decision. Coming back needs a new
PERSON_CREDENTIAL document by the quorum.
"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.statements.trust.people import PersonRevoke


class Command(BaseCommand):
    help = "End the credentials of a person, or one of them, at once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="per_…")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--credential", help="the one credential, as its proofs name it; all without")

    def handle(
        self, *args: object, person: str, reason: str, credential: str | None, **options: object
    ) -> None:
        try:
            said = {"person": person} | ({"credential": credential} if credential else {})
            body = PersonRevoke.read(said)
            program.build_orders().give(kind="PERSON_REVOKE", body=body, reason=reason)
        except (CustodyError, OSError) as error:
            raise CommandError(str(error), returncode=1) from None
        self.stdout.write(f"revoked: {person}")
