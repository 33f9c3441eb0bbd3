"""STATION: an approval station whose passkeys are believed (trust.md 1)."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.statements.genesis import Station
from custody.web.admin import Fields


class StationForm(DraftForm):
    """Where it is served, which release it is, whose attestations it believes."""

    origin = forms.CharField(
        label=_("Origin"), max_length=200, help_text=_("Like https://approve.example.com, without a path.")
    )
    rp_id = forms.CharField(
        label=_("Relying party"), max_length=200, help_text=_("The whole host name of the origin.")
    )
    code_hash = forms.CharField(label=_("Hash of the release"), max_length=64)
    attest_key = forms.CharField(
        label=_("Key of the attestations it believes"), max_length=66, help_text=_("Of the signer, in hex.")
    )


def _body(fields: Fields, _author: Author) -> Station:
    return Station(
        origin=fields["origin"],
        rp_id=fields["rp_id"],
        code_hash=fields["code_hash"],
        attest_key=fields["attest_key"],
    )


def _say(body: Station) -> str:
    return _t("Approvals given at %(origin)s by passkey are believed; its release is %(release)s.") % {
        "origin": body.origin,
        "release": body.code_hash,
    }


STATION = DraftKind(
    name="STATION",
    effect=_(
        "The maker and the quorum of officers sign, and the delay runs; any officer can veto meanwhile."
    ),
    form=StationForm,
    body=_body,
    say=_say,
)
