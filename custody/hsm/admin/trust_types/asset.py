"""ASSET: the coin of a chain or a token with its contract, as the signer reads amounts of it."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.statements.chains import canonical_of, chain_of
from custody.statements.trust.assets import AssetEntry
from custody.web.admin import Fields


class AssetForm(DraftForm):
    """The asset, its unit, and of a token the contract with the hashes of its code."""

    asset = forms.CharField(
        label=_("Asset"), max_length=180, help_text=_("CAIP-19, like eip155:1/erc20:0xA0b8…eB48.")
    )
    symbol = forms.CharField(label=_("Symbol"), max_length=12)
    decimals = forms.IntegerField(label=_("Decimals"), min_value=0, max_value=36)
    contract = forms.CharField(
        label=_("Contract"), max_length=128, required=False, help_text=_("Empty for the coin of a chain.")
    )
    code_hash = forms.CharField(label=_("Hash of the contract's code"), max_length=64, required=False)
    implementation_hash = forms.CharField(
        label=_("Hash of the implementation's code"),
        max_length=64,
        required=False,
        help_text=_("Of a contract that forwards to another."),
    )
    removed = forms.BooleanField(
        label=_("Take the asset out"), required=False, help_text=_("No payment of it is signed any more.")
    )


def _body(fields: Fields, _author: Author) -> AssetEntry:
    return AssetEntry(
        asset=_written_asset(fields["asset"]),
        symbol=fields["symbol"],
        decimals=fields["decimals"],
        contract=_contract(fields),
        code_hash=fields["code_hash"] or None,
        implementation_hash=fields["implementation_hash"] or None,
        removed=fields["removed"] or None,
    )


def _written_asset(asset: str) -> str:
    """A token's contract in lower case, as decoded bytes spell it."""
    chain, namespace, contract = asset.partition("/erc20:")
    return f"{chain}{namespace}{contract.lower()}"


def _contract(fields: Fields) -> str | None:
    if not fields["contract"]:
        return None
    return canonical_of(fields["contract"], chain=chain_of(fields["asset"]), field="contract")


def _say(body: AssetEntry) -> str:
    if body.removed:
        return _t("No longer signed for: %(asset)s.") % {"asset": body.asset}
    sentence = _t("%(asset)s is called %(symbol)s and has %(decimals)d decimals.") % {
        "asset": body.asset,
        "symbol": body.symbol,
        "decimals": body.decimals,
    }
    if body.contract is None:
        return sentence
    return sentence + " " + _t("Contract %(contract)s.") % {"contract": body.contract}


ASSET = DraftKind(
    name="ASSET",
    effect=_(
        "The maker and the quorum of officers sign, and the delay runs; to take an asset out, one officer"
        " signs and it counts at once."
    ),
    form=AssetForm,
    body=_body,
    say=_say,
)
