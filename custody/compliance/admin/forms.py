"""What officers enter about a hit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from custody.compliance.models import Disposition
from custody.compliance.services.hits import MAX_REASON, MIN_REASON


class DecideForm(forms.Form):
    """Outcome and reason; the service checks both again."""

    outcome = forms.ChoiceField(
        label=_("What is it?"), choices=Disposition.Outcome.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        help_text=_("What was compared, and with which document. The second officer reads it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
