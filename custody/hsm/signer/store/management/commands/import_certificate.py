"""``manage.py import_certificate``: give the seal key a certificate that a provider has issued.

``plan`` writes the critical action that officers sign with ``approve``; ``hold`` checks their approvals
and has the running signer take the certificate in. FILE is PEM: the certificate of the key first, then
those above it up to the root that verifiers trust. ``export_csr`` makes the request for it.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer import program
from custody.hsm.signer.agreement import read_agreed
from custody.hsm.signer.certificate_import import (
    ACTION,
    CertificateImport,
    WantedCertificate,
    check_certificate,
    read_chain,
)
from custody.hsm.signer.plan_files import write_plan
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.statements.request import CertificateUse


class Command(BaseCommand):
    help = "Plan or order that the seal key uses a certificate for DRAFT or for RELEASED seals."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        first = steps.add_parser("plan", help="write the action that the officers approve")
        hold = steps.add_parser("hold", help="take in the certificate that was approved")
        for step in (first, hold):
            step.add_argument("certificate", type=Path, metavar="FILE")
            step.add_argument("--use", choices=get_args(CertificateUse), required=True)
        first.add_argument("--output", type=Path, required=True, help="file for the action")
        hold.add_argument("action", type=Path, help="the file that plan wrote")
        hold.add_argument("approvals", type=Path, nargs="+", help="one file per officer")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        try:
            wanted = _wanted(options["certificate"], options["use"])
            message = _plan(wanted, options["output"]) if step == "plan" else _hold(wanted, options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write(message)


def _wanted(file: Path, use: CertificateUse) -> WantedCertificate:
    own, *above = read_chain(file)
    if not above:
        raise InvalidInputError(f"{file}: the certificates above it are missing", code="not_a_certificate")
    key = _seal_key()
    check_certificate(key, [own, *above], at=clock.now())
    return WantedCertificate(
        key=key.id, use=use, certificate=own.hex(), chain=tuple(item.hex() for item in above)
    )


def _seal_key() -> CatalogueKey:
    active = [key for key in selectors.all_keys() if (key.purpose, key.state) == ("seal", "ACTIVE")]
    if not active:
        raise InvalidInputError("there is no active key for seals", code="unknown_key")
    return active[-1]


def _plan(wanted: WantedCertificate, output: Path) -> str:
    return "\n".join(write_plan(ACTION, wanted, output=output, approver="officer"))


def _hold(wanted: WantedCertificate, options: dict[str, Any]) -> str:
    action, approvals = read_agreed(options["action"], options["approvals"])
    order = CertificateImport(action=action, approvals=approvals, wanted=wanted)
    order.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
    program.build_orders().give(kind="IMPORT_CERTIFICATE", body=order, reason="certificate of a provider")
    return f"approvals hold; the signer seals {wanted.use} with it from its next wake on"
