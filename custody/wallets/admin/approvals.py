"""Who has said what about a payment, and what the witness says about its coins."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.common import clock
from custody.wallets.handed_in import latest_approvals, latest_facts
from custody.wallets.models import TransferApproval, TransferIntent
from custody.wallets.selectors import document_of
from custody.web import show
from custody.web.admin import Section

_NOTE = _(
    "As handed in, the newest of each person. Whether a signature is that of the person, and whether the"
    " person may approve, the signer decides."
)


def approval_sections(intent: TransferIntent) -> list[Section]:
    """Nothing for payouts of escrows, which people do not approve here."""
    if not intent.wallet.is_house:
        return []
    return [section for section in (_approvals(intent), _facts(intent)) if section.rows or section.note]


def _approvals(intent: TransferIntent) -> Section:
    rows = latest_approvals(intent)
    names = {user.person: user.name for user in User.objects.filter(person__in=[row.person for row in rows])}
    maker = document_of(intent).maker
    shown = [
        [
            show.lines([names.get(row.person, ""), show.code(row.person)]),
            _("maker") if row.person == maker else _("approver"),
            _verdict(row),
            show.moment(row.created_at),
            show.moment(row.expires_at),
        ]
        for row in rows
    ]
    columns = (_("Person"), _("As"), _("Says"), _("Handed in"), _("Counts until"))
    return Section(_("Approvals"), columns=columns, rows=shown, note=_NOTE if rows else "")


def _verdict(row: TransferApproval) -> SafeString:
    if row.expires_at <= clock.now():
        return show.status(_("expired"), show.NEUTRAL)
    is_approval = row.verdict == TransferApproval.Verdict.APPROVE
    return show.status(row.get_verdict_display(), show.GOOD if is_approval else show.BAD)


def _facts(intent: TransferIntent) -> Section:
    rows = [[show.grouped(row.txid), row.depth, show.moment(row.at)] for row in latest_facts(intent)]
    return Section(
        _("Facts of the witness"), columns=(_("Transaction"), _("Confirmations"), _("Said at")), rows=rows
    )
