"""Filters of the lists of requests and journal: by key, chain and refusing rule, in words."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from custody.hsm.models import CollectedResult, OfflineSigner, SigningRequest, SigningResult
from custody.hsm.refusal_words import in_words
from custody.hsm.selectors import choosable_keys
from custody.hsm.words import purpose_word
from custody.web.spends import network_name


class WordFilter(admin.SimpleListFilter):
    """A filter that counts also while nothing can be chosen: a list must never be wider than its address."""

    def has_output(self) -> bool:
        return super().has_output() or self.value() is not None


class KeyFilter(WordFilter):
    """By the key that was to sign."""

    title = _("key")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        keys = choosable_keys(chosen=request.GET.get(self.parameter_name, ""))
        return [(key.pk, f"{purpose_word(key.purpose)} …{key.pk[-6:]}") for key in keys]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(key=self.value()) if self.value() else queryset


class ChainFilter(WordFilter):
    """By the chain that is touched."""

    title = _("chain")
    parameter_name = "chain"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        chains = SigningRequest.objects.exclude(chain="").order_by("chain").values_list("chain", flat=True)
        return [(chain, network_name(chain)) for chain in chains.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(chain=self.value()) if self.value() else queryset


class RuleFilter(WordFilter):
    """By the rule that refused, or failed."""

    title = _("rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        rules = CollectedResult.objects.exclude(rule="").order_by("rule").values_list("rule", flat=True)
        return [(rule, in_words(rule)) for rule in rules.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(results__collected__rule=self.value()).distinct() if self.value() else queryset


class SignerFilter(WordFilter):
    """By the signer without network that a request is carried to."""

    title = _("offline signer")
    parameter_name = "signer"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return list(OfflineSigner.objects.order_by("name").values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(offline=self.value()) if self.value() else queryset


ALL, QUIET = "all", "quiet"
# Neither of them narrows a list: its page and its order.
_TURNING = frozenset({"p", "o"})


class CheckpointFilter(WordFilter):
    """Checkpoints come every minute: a list that nothing else narrows leaves out those that went well.

    ``about``: the column that holds the id of the request.
    """

    title = _("checkpoints")
    parameter_name = "checkpoints"
    about = "pk"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        self._usual = ALL if request.GET.keys() - _TURNING else QUIET
        return [(ALL, str(_("All"))), (QUIET, str(_("without checkpoints that went well")))]

    def value(self) -> str:
        return super().value() or self._usual

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        _everything, *choices = super().choices(changelist)  # "all" is one of the values here
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != QUIET:
            return queryset
        signed = SigningResult.objects.filter(
            request=OuterRef(self.about), request__kind="CHECKPOINT", outcome="SIGNED"
        )
        return queryset.filter(~Exists(signed))


class CheckpointEntryFilter(CheckpointFilter):
    """The same for entries of the journal."""

    about = "request"
