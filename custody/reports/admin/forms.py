"""What officers enter to make a report now."""

from django import forms
from django.utils.translation import gettext_lazy as _

from custody.reports.catalogue import DEFINITIONS


class MakeReportForm(forms.Form):
    """Which report about what; the service checks both again."""

    report = forms.ChoiceField(
        label=_("Report"),
        choices=[(number, f"{number} {item.title}") for number, item in DEFINITIONS.items()],
    )
    about = forms.CharField(
        label=_("Month or case"),
        initial="latest",
        max_length=40,
        help_text=_("A month like 2026-10 (the running one is marked incomplete), a deal, or latest."),
    )


class NothingForm(forms.Form):
    """For buttons that need no input."""
