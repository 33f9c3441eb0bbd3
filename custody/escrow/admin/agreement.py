"""The agreement of a deal: terms, signatures, what the signer pinned, proofs of keys, the address.

The checksum of the descriptor is not shown: whoever compares it must hear it from the parties.
"""

from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common.errors import CustodyError
from custody.escrow.models import Deal, Role, TermsRegistration, TermsVersion
from custody.escrow.selectors import current_challenge, current_version
from custody.escrow.services.terms import checked_terms
from custody.web import links, show
from custody.web.admin import Fact, Section


def agreement_sections(deal: Deal) -> list[Section]:
    """The terms in force or last proposed, and what was proven about them."""
    version = current_version(deal)
    if version is None:
        return [Section(_("Terms"), note=_("No terms are proposed yet."))]
    return [_terms(version), _proofs(version), _confirmations(version)]


def file_link(deal_id: str, sha256: str, name: str) -> SafeString:
    """Download of a file of the deal, with its whole SHA-256."""
    address = reverse("admin:escrow_deal_file", args=[deal_id, sha256])
    return show.lines([show.link(address, name), show.grouped(sha256)])


def _terms(version: TermsVersion) -> Section:
    facts = [
        Fact(_("Version"), version.version),
        Fact(_("Hash of the terms"), show.grouped(version.hash, copy=True)),
        Fact(_("Proposed"), show.moment(version.proposed_at)),
        Fact(_("Agreed text"), _text(version)),
        *_signatures(version),
        Fact(_("Signer"), _pinned(getattr(version, "registration", None))),
    ]
    return Section(_("Terms"), facts=facts)


def _text(version: TermsVersion) -> SafeString:
    try:
        terms = checked_terms(version)
    except CustodyError:
        return show.status(_t("the stored terms are not those of their hash"), show.BAD)
    return file_link(version.deal_id, terms.text, _t("download"))


def _signatures(version: TermsVersion) -> list[Fact]:
    signed = {row.role: row.signed_at for row in version.signatures.all()}
    titles = {"buyer": _("Signed by the buyer"), "merchant": _("Signed by the merchant")}
    return [Fact(title, _done(signed.get(role))) for role, title in titles.items()]


def _pinned(registration: TermsRegistration | None) -> SafeString:
    if registration is None:
        return show.status(_t("no answer yet"), show.WAITING)
    if registration.is_pinned:
        result = show.status(_t("pinned by the signer"), show.GOOD)
    else:
        result = show.status(_t("refused by rule %(rule)s") % {"rule": registration.rule}, show.BAD)
    return show.lines([result, show.moment(registration.answered_at), links.to_record(registration.request)])


def _proofs(version: TermsVersion) -> Section:
    challenge = current_challenge(version)
    proven = {proof.role: proof for proof in challenge.proofs.all()} if challenge else {}
    rows = [
        [
            role.label,
            _done(proven[role].proven_at if role in proven else None),
            show.grouped(proven[role].document_hash if role in proven else ""),
        ]
        for role in Role
    ]
    columns = (_("Key of"), _("Proven"), _("Hash of the signed challenge"))
    return Section(_("Proofs of the keys"), columns=columns, rows=rows)


def _confirmations(version: TermsVersion) -> Section:
    confirmed = {row.role: row for row in version.confirmations.select_related("user")}
    rows = [
        [
            role.label,
            _done(confirmed[role].confirmed_at if role in confirmed else None),
            confirmed[role].user.get_full_name() if role in confirmed else show.NOTHING,
        ]
        for role in Role
    ]
    note = _("Each compares the checksum of the script outside our web.")
    columns = (_("Key of"), _("Compared"), _("By"))
    return Section(_("Confirmations of the address"), columns=columns, rows=rows, note=note)


def _done(at: datetime | None) -> SafeString:
    if at is None:
        return show.status(_t("not yet"), show.WAITING)
    return show.lines([show.status(_t("yes"), show.GOOD), show.moment(at)])
