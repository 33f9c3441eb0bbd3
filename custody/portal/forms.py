"""Forms of the deal page; limits are those of the formats, checked before anything is read."""

from django import forms
from django.utils.translation import gettext_lazy as _

from custody.common.canonical import MAX_DOCUMENT, MAX_REQUEST
from custody.documents.services import MAX_BYTES
from custody.web.forms import SmallFileField


class JoinForm(forms.Form):
    """Key and payout address of a party."""

    public_key = forms.CharField(
        label=_("Public key"),
        max_length=80,
        help_text=_("66 hexadecimal digits; your own program made it and keeps the private key."),
    )
    payout_address = forms.CharField(
        label=_("Payout address"),
        max_length=120,
        help_text=_("Where you want to be paid. It is fixed once the terms are signed."),
    )


class SignTermsForm(forms.Form):
    """The signature file that a party's own program wrote."""

    terms_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    signature = SmallFileField(limit=MAX_DOCUMENT, label=_("Signature file"))


class NonceForm(forms.Form):
    """The party's own nonce."""

    nonce = forms.CharField(label=_("Your nonce"), max_length=64, help_text=_("32 hexadecimal digits."))


class ProofForm(forms.Form):
    """The answered challenge."""

    proof = SmallFileField(limit=MAX_DOCUMENT, label=_("Proof file"))


class ChecksumForm(forms.Form):
    """The checksum read from one's own program."""

    checksum = forms.CharField(
        label=_("Checksum that your program shows"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
        help_text=_("Eight characters. Compare them with the other party by telephone first."),
    )


class PsbtForm(forms.Form):
    """The signed PSBT."""

    psbt = SmallFileField(limit=MAX_REQUEST, label=_("Signed PSBT file"))


class AgreeForm(forms.Form):
    """A deed that moves coins or starts a dispute: the box says which and how much (custody.portal.page)."""

    agreed = forms.BooleanField(label_suffix="")


class TextForm(forms.Form):
    """A claim or statement."""

    text = forms.CharField(label=_("Statement"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))


class DisputeForm(TextForm, AgreeForm):
    """A claim, and that the mediator shall decide."""

    field_order = ("text", "agreed")


class EvidenceForm(forms.Form):
    """A file that shows something."""

    content = SmallFileField(limit=MAX_BYTES, label=_("File"), help_text=_("At most 16 MiB."))
