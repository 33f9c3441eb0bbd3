"""Payments: what is wanted, what the policy said, the transaction that was made of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.common import clock
from custody.policy.selectors import explain, latest_decision
from custody.policy.trace import Condition
from custody.wallets.admin.approvals import approval_sections
from custody.wallets.admin.payments import attempt_sections, intent_state, wanted
from custody.wallets.admin.transfers import INTENT_DEEDS
from custody.wallets.models import TransferIntent
from custody.wallets.next_steps import next_step
from custody.wallets.selectors import attempt_of, document_of
from custody.wallets.states import State
from custody.wallets.words import state_word
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, titled


class StateFilter(admin.SimpleListFilter):
    """By state, in words."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(state.value, state_word(state)) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TransferIntent]) -> QuerySet[TransferIntent]:
        return queryset.filter(state=self.value()) if self.value() in set(State) else queryset


@admin.register(TransferIntent)
class TransferIntentAdmin(RecordAdmin[TransferIntent]):
    view_right = Right.VIEW_WALLET
    work, place, icon, prefix = "escrow", 2, "send_money", "int"
    list_display = ("created", "payment", "deal", "total", "shown_state", "problem_code")
    list_filter = (
        StateFilter,
        ("needs_our_key", titled(_("our key signs"))),
        ("created_at", titled(_("created"))),
    )
    deeds = INTENT_DEEDS
    search_fields = ("=id", "=wallet__id", "=wallet__deal", "=hash", "=attempts__txid")
    ordering = ("-created_at", "-id")
    list_select_related = ("wallet",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferIntent]:
        intents: QuerySet[TransferIntent] = super().get_queryset(request)
        return intents.select_related("wallet")

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, intent: TransferIntent) -> SafeString:
        return show.moment(intent.created_at)

    @admin.display(description=_("payment"))
    def payment(self, intent: TransferIntent) -> SafeString:
        return show.code(intent.pk)

    @admin.display(description=_("deal or wallet"))
    def deal(self, intent: TransferIntent) -> SafeString:
        return links.to_record(intent.wallet.about)

    @admin.display(description=_("amount"))
    def total(self, intent: TransferIntent) -> SafeString:
        return show.coins(sum(payee.amount for payee in document_of(intent).payees))

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, intent: TransferIntent) -> SafeString:
        return intent_state(intent)

    @admin.display(description=_("stopped by"))
    def problem_code(self, intent: TransferIntent) -> SafeString:
        return show.code(intent.problem)

    def heading(self, record: TransferIntent) -> str:
        if record.wallet.is_house:
            kind = document_of(record).kind
            return _t("Sweep under a mandate") if kind == "SWEEP" else _t("Payment out of a house wallet")
        return str(_("Payment of deal %(deal)s")) % {"deal": record.wallet.deal}

    def state(self, record: TransferIntent) -> SafeString:
        return intent_state(record)

    def subjects(self, record: TransferIntent) -> list[str]:
        attempt = attempt_of(record)
        return [record.pk, *([attempt.signing_request] if attempt and attempt.signing_request else [])]

    def sections(self, request: HttpRequest, record: TransferIntent) -> list[Section]:
        at_deal = [Fact(_("Deal"), links.to_record(record.wallet.deal))] if record.wallet.deal else []
        places = [
            *at_deal,
            Fact(_("Wallet"), links.to_record(record.wallet_id)),
            Fact(_("Our key signs"), _("yes") if record.needs_our_key else _("no")),
        ]
        return [
            Section(_("Payment"), facts=places),
            *_what_next(record),
            wanted(record),
            *approval_sections(record),
            *_policy(record),
            *attempt_sections(record),
        ]


def _what_next(intent: TransferIntent) -> list[Section]:
    """Of payments out of house wallets: of a deal's payment the deal's page says it."""
    if not intent.wallet.is_house:
        return []
    return [Section(_("Next step"), note=next_step(intent, at=clock.now()))]


def _policy(intent: TransferIntent) -> list[Section]:
    """What the policy found, condition by condition; nothing before it was asked."""
    stored = latest_decision(intent.pk)
    if stored is None:
        return []
    trace = explain(stored).trace
    rows = [_condition(step.rule, condition) for step in trace for condition in step.because]
    columns = (_("Rule"), _("Checks"), _("Expected"), _("Found"), _("Result"))
    return [Section(_("Decision of the policy"), columns=columns, rows=rows)]


def _condition(rule: str, condition: Condition) -> list[object]:
    word, tone = (_("fulfilled"), show.GOOD) if condition.holds else (_("not fulfilled"), show.BAD)
    return [
        show.code(rule),
        show.lines([show.code(condition.code), show.code(condition.field)]),
        show.code(f"{condition.op} {condition.expected}"),
        show.code(condition.actual),
        show.status(word, tone),
    ]
