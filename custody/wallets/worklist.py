"""Payments and nodes that need somebody's eyes: stopped intents, unknown outcomes, a silent chain."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.hsm.standing import is_on_duty
from custody.wallets.house import HouseKey, house_wallets, key_of
from custody.wallets.models import ChainCursor, TransferIntent, Wallet
from custody.wallets.rotation import ROTATION_NOTICE, is_rotation_due, rotation_route
from custody.wallets.selectors import document_of, wallet_funding
from custody.wallets.states import State
from custody.wallets.words import state_word
from custody.web import show
from custody.web.worklist import LIMIT, Row, Source, register

STOPPED = (State.DENIED, State.COMPLIANCE_HOLD, State.UNKNOWN, State.REORGED, State.FAILED_ONCHAIN)
# What ended as denied is news for a while, not work for ever.
NEWS = timedelta(days=7)
# The monitor asks the node every few seconds.
SILENCE = timedelta(minutes=5)


def _stopped(_user: User, at: datetime) -> Iterator[Row]:
    stopped = TransferIntent.objects.filter(state__in=STOPPED) | TransferIntent.objects.exclude(problem="")
    ended = (State.DENIED, State.FAILED_ONCHAIN)
    stopped = stopped.exclude(state__in=ended, state_changed_at__lt=at - NEWS).select_related("wallet")
    for intent in stopped.order_by("state_changed_at", "pk")[:LIMIT]:
        yield _intent_row(intent)


def _intent_row(intent: TransferIntent) -> Row:
    reason = f" ({intent.problem})" if intent.problem else ""
    return Row(
        what=_t("Payment stands: %(state)s") % {"state": state_word(intent.state) + reason},
        about=intent.wallet.about,
        since=intent.state_changed_at,
        url=reverse("admin:wallets_transferintent_change", args=[intent.pk]),
        who=_t("Treasury"),
    )


def _waiting(_user: User, at: datetime) -> Iterator[Row]:
    waiting = TransferIntent.objects.filter(state=State.PENDING_APPROVAL).select_related("wallet")
    for intent in waiting.order_by("expires_at", "pk")[:LIMIT]:
        yield Row(
            what=_t("Payment waits for approvals: %(amount)s")
            % {"amount": show.coins_text(document_of(intent).total)},
            about=intent.wallet.about,
            since=intent.state_changed_at,
            url=reverse("admin:wallets_transferintent_change", args=[intent.pk]),
            who=_t("Approvers, with the program approve"),
        )


def _rotations(_user: User, at: datetime) -> Iterator[Row]:
    """Wallets of the house whose key is due, as long as coins lie there."""
    for wallet in house_wallets()[:LIMIT]:
        key = key_of(wallet)
        if key is None or not is_rotation_due(key, at=at) or not wallet_funding(wallet).mined:
            continue
        yield Row(
            what=_rotation_words(wallet, key, at=at),
            about=wallet.pk,
            since=min(at, key.activation.valid_until - ROTATION_NOTICE),
            url=reverse("admin:wallets_wallet_change", args=[wallet.pk]),
            who=_t("Treasury"),
        )


def _rotation_words(wallet: Wallet, key: HouseKey, *, at: datetime) -> str:
    """What the system does by itself, and what is left to people."""
    if not key.is_usable(at=at):
        return _t(
            "Key to be rotated, and the signer signs nothing with it: officers have to take it into use"
            " again before its coins can move"
        )
    if rotation_route(wallet, key, at=at) is None:
        return _t(
            "Key to be rotated: no mandate names a successor. Officers sign a mandate, or treasury proposes"
            " a payment of everything to the successor's address"
        )
    if not is_on_duty(at=at):
        return _t("Key to be rotated: the mandated sweep waits for somebody on duty")
    return _t("Key to be rotated: the mandated sweep moves the coins by itself")


def _chains(_user: User, at: datetime) -> Iterator[Row]:
    for cursor in ChainCursor.objects.order_by("chain"):
        if cursor.problem or cursor.updated_at < at - SILENCE:
            yield Row(
                what=_t("The chain is not followed: %(problem)s")
                % {"problem": cursor.problem or _t("silence")},
                about=cursor.chain,
                since=cursor.updated_at,
                url=reverse("admin:wallets_chaintransaction_changelist"),
                who=_t("Operations: look after node and worker"),
            )


register(
    Source(
        page="wallets.TransferIntent",
        title=_("Payments that wait for approvals"),
        right=Right.HAND_IN_APPROVAL,
        rows=_waiting,
    )
)
register(
    Source(
        page="wallets.Wallet",
        title=_("Keys to be rotated"),
        right=Right.VIEW_WALLET,
        rows=_rotations,
    )
)
register(
    Source(
        page="wallets.TransferIntent",
        title=_("Payments that stand"),
        right=Right.VIEW_WALLET,
        rows=_stopped,
    )
)
register(
    Source(
        page="wallets.ChainTransaction",
        title=_("Chains that are not followed"),
        right=Right.VIEW_WALLET,
        rows=_chains,
    )
)
