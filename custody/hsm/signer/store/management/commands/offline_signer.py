"""``manage.py offline_signer REQUEST... --custodian PERSON``: the signer on a machine without network.

Shows a request that was carried in, asks the custodian to type its word, signs or refuses like any
signer, and writes the answer to be carried back. Without a request it takes in what was ordered at the
console. Exit 0 when it was granted, 1 when it was refused or nothing was done, 2 for bad use.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer import program
from custody.hsm.signer.offline import shown
from custody.hsm.signer.offline.carriage import read_request, write_answer
from custody.hsm.signer.offline.counter import CarriedRequest, Counter
from custody.statements.answer import Answer


class Command(BaseCommand):
    help = "Show, confirm and answer a request that was carried to this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("request", type=Path, nargs="*", help="a file, or files with its scanned parts")
        parser.add_argument("--custodian", default="", help="per_… of the custodian at this console")
        parser.add_argument("--output", type=Path, help="file for the answer; default: beside the request")
        parser.add_argument("--pictures", type=Path, help="directory for the answer as QR pictures")
        parser.add_argument("--language", choices=("de", "en"), default="de")

    def handle(self, *args: object, request: list[Path], **options: Any) -> None:
        try:
            data = read_request(request) if request else b""
        except (InvalidInputError, OSError) as error:
            raise CommandError(str(error), returncode=2) from None
        try:
            with program.own_store() as store:
                signer, clock = program.build_signer(store), program.build_clock()
                counter = Counter(store=store, signer=signer, clock=clock)
                answer = self._answer(counter, data, options) if request else None
        except (CustodyError, OSError) as error:
            raise CommandError(f"{error} ({getattr(error, 'code', 'file')})", returncode=1) from None
        if answer is None:
            self.stdout.write("what was ordered at this console is taken in")
        else:
            self._report(answer, options["output"] or _beside(request[0]), options["pictures"])

    def _answer(self, counter: Counter, data: bytes, options: dict[str, Any]) -> Answer:
        carried = counter.look(data)
        self.stdout.write(shown.text(carried, language=options["language"]))
        typed = "" if carried.is_decided else self._typed(carried, options["language"])
        return counter.answer(carried, custodian=options["custodian"], typed=typed)

    def _typed(self, carried: CarriedRequest, language: Any) -> str:  # noqa: ANN401 - one of the two that argparse lets in
        try:
            return input(shown.asked(carried, language=language)).strip()
        except EOFError:
            return ""

    def _report(self, answer: Answer, output: Path, pictures: Path | None) -> None:
        number = write_answer(answer, output, pictures=pictures)
        result = answer.result
        self.stdout.write(f"{result.outcome}: {output}" + (f", {number} pictures" if number else ""))
        if result.outcome == "REFUSED":
            raise CommandError(f"refused: {result.rule} at {result.culprit or 'the whole'}", returncode=1)


def _beside(request: Path) -> Path:
    return request.with_name(f"{request.stem}.answer.json")
