"""Forms of the log-in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PasswordForm(forms.Form):
    """First step."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """A code of the authenticator app: second step, enrolment, and step-up before decisive deeds."""

    token = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label=_("Code of your authenticator app"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 8, "class": "code"}
        ),
    )

    def clean_token(self) -> str:
        return "".join(str(self.cleaned_data["token"]).split())


class NewPasswordForm(CodeForm):
    """Change of one's own password: the old one, a fresh code, the new one."""

    field_order = ["old_password", "new_password", "token"]
    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least twelve characters; not one that is widely used."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
