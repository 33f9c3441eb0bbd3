"""Reads of compliance: holds that stand, hits that wait."""

from collections.abc import Iterable

from django.db.models import QuerySet

from custody.compliance.models import Disposition, Hit, Hold


def open_holds(subjects: Iterable[str]) -> QuerySet[Hold]:
    """Return the standing holds of any of these subjects, oldest first."""
    return Hold.objects.filter(subject__in=list(subjects), ended_at=None).order_by("placed_at", "pk")


def has_hold(subjects: Iterable[str]) -> bool:
    """True while anything of these subjects stands still."""
    return open_holds(subjects).exists()


def waiting_hits() -> QuerySet[Hit]:
    """Return the hits without a confirmed decision, oldest first: the officers' worklist."""
    settled = Disposition.objects.filter(state=Disposition.State.CONFIRMED).values("hit_id")
    return Hit.objects.exclude(pk__in=settled).select_related("entry__list").order_by("found_at", "pk")


def standing_decision(hit: Hit) -> Disposition | None:
    """Return the decision about ``hit`` that was not returned; the database allows one."""
    standing = [one for one in hit.dispositions.all() if one.state != Disposition.State.RETURNED]
    return standing[0] if standing else None


def standing_holds() -> QuerySet[Hold]:
    """Return all holds that stand."""
    return Hold.objects.filter(ended_at=None)


def waiting_holds() -> QuerySet[Hold]:
    """Return the holds that officers can still end; one of a confirmed match stands for good."""
    return standing_holds().filter(hit__in=waiting_hits().values("pk"))
