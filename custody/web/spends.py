"""A Bitcoin payment in plain words, decoded from its PSBT: what it takes, whom it pays, what it costs.

What stands here is read from the very bytes that are signed, never from what somebody says they
contain. Relies on the strict decoder of custody.chains.
"""

from collections.abc import Mapping

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.chains.bitcoin.networks import network_of
from custody.chains.bitcoin.psbt import DecodedSpend, decode
from custody.common.errors import InvalidInputError
from custody.web import show
from custody.web.admin.facts import Fact, Section

OUTPUT_COLUMNS = (_("Amount"), _("To"), _("Whose"))
INPUT_COLUMNS = (_("Amount"), _("Coin (transaction:output)"))


def network_name(chain: str) -> str:
    """ "Bitcoin regtest" for a CAIP-2 id; the id itself when it is unknown."""
    try:
        name = network_of(chain).name
    except InvalidInputError:
        return chain
    return "Bitcoin" if name == "mainnet" else f"Bitcoin {name}"


def spend_sections(psbt: str, *, chain: str, names: Mapping[str, str]) -> list[Section]:
    """Sections about a PSBT (base64); ``names`` says whose an address is."""
    try:
        spend = decode(psbt, chain=chain)
    except InvalidInputError as error:
        refusal = show.status(_t("cannot be decoded"), show.BAD)
        facts = [Fact(_("PSBT"), refusal), Fact(_("Reason"), show.code(error.code))]
        return [Section(_("Transaction"), facts=facts)]
    return [_summary(spend, names), _outputs(spend, names), _inputs(spend)]


def _summary(spend: DecodedSpend, names: Mapping[str, str]) -> Section:
    total = sum(item.amount for item in spend.inputs)
    facts = [
        Fact(_("In words"), _in_words(spend, names)),
        Fact(_("Transaction id"), show.grouped(spend.txid, copy=True)),
        Fact(_("Network"), network_name(spend.chain)),
        Fact(_("Taken from coins"), show.coins(total)),
        Fact(_("Fee of the network"), show.coins(spend.fee)),
    ]
    return Section(_("Transaction"), facts=facts)


def _in_words(spend: DecodedSpend, names: Mapping[str, str]) -> SafeString:
    return show.lines(
        [
            show.fill(
                _t("Pays {amount} to: {whom}"),
                amount=show.coins(item.amount),
                whom=names.get(item.address, _t("an address nobody named")),
            )
            for item in spend.outputs
        ]
    )


def _outputs(spend: DecodedSpend, names: Mapping[str, str]) -> Section:
    unknown = show.status(_t("unknown"), show.WARNING)
    rows = [
        [show.coins(item.amount), show.grouped(item.address, copy=True), names.get(item.address, unknown)]
        for item in spend.outputs
    ]
    return Section(_("Pays"), columns=OUTPUT_COLUMNS, rows=rows)


def _inputs(spend: DecodedSpend) -> Section:
    rows = [[show.coins(item.amount), show.grouped(item.outpoint)] for item in spend.inputs]
    return Section(_("Takes"), columns=INPUT_COLUMNS, rows=rows)
