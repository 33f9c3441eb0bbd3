"""Grant the roles of the main database their rights; run by the owner of the tables after migrate."""

from django.conf import settings
from django.core.management.base import BaseCommand

from custody.audit.grants import grant_roles


class Command(BaseCommand):
    help = "Grant the roles app and signer exactly their rights on all tables."

    def handle(self, *args: object, **options: object) -> None:
        count = grant_roles(settings.DATABASE_ROLES)
        self.stdout.write(f"granted rights on {count} tables")
