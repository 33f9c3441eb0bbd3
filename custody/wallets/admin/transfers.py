"""Buttons of a house wallet and of its payments: propose, hand in approvals, withdraw."""

from datetime import datetime
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common.errors import CustodyError, RefusedError
from custody.wallets import services
from custody.wallets.admin.forms import ApprovalForm, ProposalForm, WishForm, outpoints_of, wish_of
from custody.wallets.house import mandate_of
from custody.wallets.models import TransferApproval, TransferIntent, Wallet
from custody.wallets.plans import NoExactCoinsError, Wish
from custody.wallets.selectors import document_of
from custody.wallets.services.house.approvals import TAKING
from custody.wallets.services.house.transfers import WITHDRAWABLE
from custody.web import show
from custody.web.admin import Deed, Fields, Next
from custody.web.downloads import download


def _plan(person: User, wallet: Wallet, fields: Fields, at: datetime) -> Next:
    """Whether it can be paid at all; the page it leads to shows how."""
    wish = wish_of(fields)
    try:
        services.preview_transfer(actor=person, wallet_id=wallet.pk, wish=wish, at=at)
    except NoExactCoinsError as error:
        raise RefusedError(_nearest(error), code=error.code, field=error.field) from error
    names = ("payee", "mode", "amount", "fee_max", "entry")
    query = {name: fields[name] for name in names if fields[name]}
    address = reverse("admin:wallets_wallet_change", args=[wallet.pk])
    asked = urlencode([*query.items(), *(("coins", coin) for coin in fields["coins"])])
    return Next(_t("Nothing is proposed yet: look at the preview."), f"{address}?{asked}#section-1")


def _nearest(error: NoExactCoinsError) -> str:
    """The next payable amounts in both spellings: the field takes satoshi, pages show coins."""
    if not error.below and error.above is None:
        return _t("No coins add up to this amount and its fee.")
    if not error.below:
        text = _t("No coins add up to this amount and its fee. The least that can be paid is %(above)s.")
    elif error.above is None:
        text = _t("No coins add up to this amount and its fee. The most that can be paid is %(below)s.")
    else:
        text = _t(
            "No coins add up to this amount and its fee. Nearest amounts that can be paid: %(below)s and"
            " %(above)s."
        )
    return text % {"below": _in_both(error.below), "above": _in_both(error.above or 0)}


def _in_both(amount: int) -> str:
    return f"{show.coins_text(amount)} ({amount} satoshi)"


def _propose(person: User, wallet: Wallet, fields: Fields, at: datetime) -> Next:
    wish = Wish(
        payee=fields["payee"],
        fee_max=fields["fee_max"],
        amount=fields["amount"],
        coins=outpoints_of(fields["coins"].split(",")),
        entry=fields["entry"] or None,
    )
    try:
        intent = services.propose_transfer(actor=person, wallet_id=wallet.pk, wish=wish, at=at)
    except CustodyError as error:
        # Its fields are hidden: say it above the form.
        error.field = None
        raise
    address = reverse("admin:wallets_transferintent_change", args=[intent.pk])
    return Next(_t("Proposed. Sign it yourself with approve, and let the others approve it."), address)


def _download(_person: User, intent: TransferIntent, _fields: Fields, _at: datetime) -> HttpResponse:
    return download(bytes(intent.document), f"{intent.pk}.json")


def _hand_in(person: User, intent: TransferIntent, fields: Fields, at: datetime) -> str:
    file: UploadedFile[bytes] | None = fields["file"]
    data = file.read() if file else fields["text"].encode()
    try:
        row = services.hand_in_approval(actor=person, intent_id=intent.pk, data=data, at=at)
    except CustodyError as error:
        error.field = "file" if error.field == "approval" else error.field
        raise
    if row.verdict == TransferApproval.Verdict.REJECT:
        return _t("The rejection is kept; the payment has ended.")
    return _t("The approval is kept. Whether it counts, the signer decides.")


def _withdraw(person: User, intent: TransferIntent, _fields: Fields, at: datetime) -> str:
    services.withdraw_transfer(actor=person, intent_id=intent.pk, at=at)
    return _t("Withdrawn. The coins are free for another payment.")


def _is_house(wallet: Wallet) -> bool:
    return wallet.is_house


def _never(_wallet: Wallet) -> bool:
    return False


def _takes_approvals(intent: TransferIntent) -> bool:
    return intent.wallet.is_house and _is_of_people(intent) and intent.state in TAKING


def _is_of_people(intent: TransferIntent) -> bool:
    return mandate_of(document_of(intent)) is None


def _is_withdrawable(intent: TransferIntent) -> bool:
    return intent.wallet.is_house and intent.state in WITHDRAWABLE


def _no_person(person: User, _wallet: Wallet) -> str:
    if person.person:
        return ""
    return _t("Your account is linked to no person of the trust store, so you cannot make payments.")


WALLET_DEEDS = (
    Deed(
        name="plan_transfer",
        action="wallets.transfer.plan",
        label=_("Prepare a payment"),
        right=Right.PROPOSE_TRANSFER,
        form=WishForm,
        perform=_plan,
        applies=_is_house,
        blocked=_no_person,
        explanation=_("Shows what would be paid, with which coins and fee, before anything is proposed."),
    ),
    Deed(
        name="propose_transfer",
        action="wallets.transfer.propose",
        label=_("Propose this payment"),
        right=Right.PROPOSE_TRANSFER,
        form=ProposalForm,
        perform=_propose,
        applies=_never,  # begun by the preview alone
    ),
)
INTENT_DEEDS = (
    Deed(
        name="download_intent",
        action="wallets.transfer.download",
        label=_("Download the bytes to approve"),
        right=Right.VIEW_WALLET,
        form=Form,
        perform=_download,
        applies=_takes_approvals,
        explanation=_("The program approve shows on your own machine what these bytes say, and signs them."),
    ),
    Deed(
        name="hand_in_approval",
        action="wallets.approval.hand_in",
        label=_("Hand in an approval"),
        right=Right.HAND_IN_APPROVAL,
        form=ApprovalForm,
        perform=_hand_in,
        applies=_takes_approvals,
        explanation=_("Of anybody: who has signed it stands in the file, not in your log-in."),
    ),
    Deed(
        name="withdraw_transfer",
        action="wallets.transfer.withdraw",
        label=_("Withdraw the payment"),
        right=Right.PROPOSE_TRANSFER,
        form=Form,
        perform=_withdraw,
        applies=_is_withdrawable,
        explanation=_("Possible until the signer is asked."),
        is_grave=True,
    ),
)
