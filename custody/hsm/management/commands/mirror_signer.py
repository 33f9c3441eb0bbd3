"""``manage.py mirror_signer``: take over identity and keys that the signer published after genesis."""

from django.core.management.base import BaseCommand

from custody.common import clock
from custody.common.errors import UnavailableError
from custody.hsm import services
from custody.web.refusals import guards_command


class Command(BaseCommand):
    help = "Mirror the signer's public identity and keys into the main database."

    @guards_command("hsm.signer.mirror")
    def handle(self, *args: object, **options: object) -> None:
        if not services.mirror_signer(at=clock.now()):
            raise UnavailableError("the signer has published nothing yet", code="signer_unknown")
        self.stdout.write("mirrored")
