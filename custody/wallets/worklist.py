"""Payments and nodes that need somebody's eyes: stopped intents, unknown outcomes, a silent chain."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.wallets.models import ChainCursor, TransferIntent
from custody.wallets.states import State
from custody.wallets.words import state_word
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
        about=intent.wallet.deal,
        since=intent.state_changed_at,
        url=reverse("admin:wallets_transferintent_change", args=[intent.pk]),
        who=_t("Treasury"),
    )


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
