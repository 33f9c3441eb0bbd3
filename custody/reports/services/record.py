"""How a step of a run stands in the audit record: report and what it is about, hashes, codes."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from custody.audit import services as audit
from custody.reports.models import ReportRun

Actor = AbstractBaseUser | str
SYSTEM = "system:worker"


def record_step(run: ReportRun, verb: str, *, actor: Actor, at: datetime, **payload: object) -> None:
    """Write ``reports.run.<verb>`` about ``run``."""
    about = {"report": run.report, "about": run.period or run.subject}
    audit.record(verb=f"reports.run.{verb}", actor=actor, subject=run.pk, payload={**about, **payload}, at=at)
