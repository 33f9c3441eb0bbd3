"""``manage.py signer_confirm_clock``: a person at the console takes the present time for true.

Needed after the clock went back or jumped; the signer must be stopped meanwhile.
"""

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.hsm.signer.store.journal import Draft


class Command(BaseCommand):
    help = "Confirm the signer's clock after it went back or jumped."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        try:
            with program.own_store() as store:
                at = program.build_clock().confirm()
                store.commit(Draft("HEAD", {"confirmed": "clock"}), at=at)
                store.sync_head()
        except CustodyError as error:
            raise CommandError(str(error), returncode=1) from None
        self.stdout.write(f"clock confirmed: {at.isoformat()}")
