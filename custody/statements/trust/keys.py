"""Stream ``keys``: what a key is for, and its life after that.

Owner, wallet, chain, class and limits of a key are fields of its activation, never of a request
(trust.md 7). States follow NIST SP 800-57 part 1, section 7.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from custody.chains.evm.networks import chain_id_of
from custody.statements.block import BlockBinding
from custody.statements.chains import check_address
from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.critical import CriticalBinding
from custody.statements.fields import (
    Address,
    Amount,
    AnyId,
    Chain,
    CompressedKey,
    Count,
    Ed25519Key,
    KeyId,
    Positive,
    SetOf,
    Time,
    WalletId,
)
from custody.statements.form import Form
from custody.statements.intent import IntentKind, Owner

KeyClass = Literal["NEVER_LEAVES", "WRAPPED", "DERIVED_IN_RAM", "OUTSIDE"]
KeyPurpose = Literal["attest", "block", "checkpoint", "critical", "mediator", "seal", "spend", "witness"]
KeyState = Literal["ACTIVE", "SUSPENDED", "DEACTIVATED", "COMPROMISED", "DESTROYED"]
Curve = Literal["secp256k1", "secp256r1", "ed25519"]
Tier = Literal["HOT", "WARM", "COLD"]
PublicKey = Annotated[str, Pattern("a public key in hex", r"(0[23])?[0-9a-f]{64}")]


@dataclass(frozen=True, kw_only=True)
class KeyLimits(Form):
    """Narrower than any policy: absent means that the policy alone decides. Amounts in base units."""

    kinds: SetOf[IntentKind] | None = None
    payees: SetOf[Address] | None = None
    amount_max: Amount | None = None
    fee_max: Amount | None = None


@dataclass(frozen=True, kw_only=True)
class WalletBinding(Form):
    """The wallet a spend key belongs to; ``client`` exactly for owner CLIENT.

    With ``safe`` the wallet is that Safe (EVM chains only), of which the key is one owner.
    """

    wallet: WalletId
    owner: Owner
    client: AnyId | None = None
    chain: Chain
    safe: Address | None = None
    tier: Tier
    limits: KeyLimits | None = None

    def __post_init__(self) -> None:
        if (self.owner == "CLIENT") != (self.client is not None):
            raise BadFieldError("client belongs to owner CLIENT, and to no other", field="/client")
        if self.safe is not None:
            chain_id_of(self.chain, field="/chain")
            check_address(self.safe, chain=self.chain, field="/safe")
        for index, address in enumerate((self.limits and self.limits.payees) or ()):
            check_address(address, chain=self.chain, field=f"/limits/payees/{index}")


@dataclass(frozen=True, kw_only=True)
class KeyActivate(Form):
    """Takes a key into use from ``valid_from`` until ``valid_until``, its cryptoperiod.

    ``class_`` OUTSIDE is a key of another process (the witness): verified here, never used.
    """

    key: KeyId
    public_key: PublicKey
    curve: Curve
    class_: KeyClass
    purpose: KeyPurpose
    wallet: WalletBinding | None = None
    block: BlockBinding | None = None
    critical: CriticalBinding | None = None
    valid_from: Time
    valid_until: Time

    def __post_init__(self) -> None:
        form = Ed25519Key if self.curve == "ed25519" else CompressedKey
        form.__metadata__[0].read(self.public_key, "/public_key")  # type: ignore[attr-defined]
        if (self.purpose == "spend") != (self.wallet is not None):
            raise BadFieldError("a wallet belongs to a spend key, and to no other", field="/wallet")
        if (self.purpose == "block") != (self.block is not None):
            raise BadFieldError("limits of blocks belong to a block key, and to no other", field="/block")
        if (self.purpose == "critical") != (self.critical is not None):
            raise BadFieldError("actions belong to a key for them, and to no other", field="/critical")
        if (self.purpose == "witness") != (self.class_ == "OUTSIDE"):
            raise BadFieldError("a witness key is OUTSIDE, and no other is", field="/class")
        if self.valid_until <= self.valid_from:
            raise BadFieldError("ends before it begins", field="/valid_until")

    @property
    def is_cold(self) -> bool:
        """True for keys of a wallet of tier COLD: they sign in sessions of custodians alone."""
        return self.wallet is not None and self.wallet.tier == "COLD"


@dataclass(frozen=True, kw_only=True)
class KeyStateChange(Form):
    """Moves a key of the catalogue to another state."""

    key: KeyId
    state: KeyState


@dataclass(frozen=True, kw_only=True)
class KeyTemplate(Form):
    """Allows one-time keys for a wallet: at most ``open_max`` that are not destroyed; the last one counts.

    Each is of class WRAPPED, in use for ``lifetime_seconds``, and destroyed ``dispute_seconds`` after the
    witness has seen its spends ``settled_depth`` blocks deep.
    """

    wallet: WalletBinding
    open_max: Count
    lifetime_seconds: Positive
    settled_depth: Positive
    dispute_seconds: Count
    valid_from: Time
    valid_until: Time

    def __post_init__(self) -> None:
        if self.wallet.safe is not None:
            raise BadFieldError("one-time keys are for wallets of one key", field="/wallet/safe")
        if self.valid_until <= self.valid_from:
            raise BadFieldError("ends before it begins", field="/valid_until")
