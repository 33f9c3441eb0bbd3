"""LEASE: somebody is on duty; mandates and hot keys work meanwhile."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.statements.trust.holds import Lease
from custody.web import show
from custody.web.admin import Fields

MAX_HOURS = 24


class LeaseForm(DraftForm):
    """How long; who goes on duty says so for themselves."""

    hours = forms.IntegerField(label=_("On duty for (hours)"), min_value=1, max_value=MAX_HOURS, initial=8)


def _body(fields: Fields, author: Author) -> Lease:
    until = author.at + timedelta(hours=fields["hours"])
    return Lease(person=author.person, until=until.replace(microsecond=0))


def _say(body: Lease) -> str:
    return _t("%(person)s is on duty until %(time)s: hot keys and mandates work meanwhile.") % {
        "person": body.person,
        "time": show.plain_moment(body.until),
    }


LEASE = DraftKind(
    name="LEASE",
    effect=_("Counts at once. The person on duty signs: an officer or custodian."),
    form=LeaseForm,
    body=_body,
    say=_say,
)
