"""What two people release when a report gets its final seal (trust.md 14)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from custody.statements.approval import Approval
from custody.statements.codecs import IdCodec, Pattern
from custody.statements.fields import Hash, InstanceId, SetOf, Time
from custody.statements.form import Document, Form

RunId = Annotated[str, IdCodec("run")]
ReportNumber = Annotated[str, Pattern("the number of a report", r"[RX][1-9]")]
ReportPeriod = Annotated[
    str,
    Pattern(
        "a year, quarter or month, or the id of a case",
        r"[0-9]{4}(-Q[1-4]|-[0-9]{2})?|[a-z]{3,4}_[0-7][0-9A-HJKMNP-TV-Z]{25}",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Release(Document):
    """One file of one report run: no other bytes get the RELEASED certificate.

    ``digest`` is the SHA-256 of the byte range that the seal covers, ``twin`` that of the
    machine-readable twin inside it.
    """

    FORMAT: ClassVar[str] = "custody/release/v1"

    instance: InstanceId
    id: RunId
    report: ReportNumber
    period: ReportPeriod
    digest: Hash
    twin: Hash
    expires_at: Time


@dataclass(frozen=True, kw_only=True)
class ApprovedRelease(Form):
    """A release as it travels with the request for its seal."""

    document: Release
    approvals: SetOf[Approval]
