"""Payload of ADDRESS: whose address the signer is asked for; never which (trust.md 17)."""

from dataclasses import dataclass

from custody.statements.codecs import BadFieldError
from custody.statements.fields import Count, Hash, WalletId
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class AddressPayload(Form):
    """Number ``index`` of a wallet of the catalogue, or of the script of registered terms."""

    wallet: WalletId | None = None
    terms: Hash | None = None
    index: Count

    def __post_init__(self) -> None:
        if (self.wallet is None) == (self.terms is None):
            raise BadFieldError("an address of a wallet or of terms", field="")
