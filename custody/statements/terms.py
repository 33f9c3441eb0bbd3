"""The terms of an escrow deal, signed by the very keys of its script (formats section 6).

Script and address are computed again from the keys: terms that name another script do not
decode. The signer registers one script for one terms hash, for ever.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.keys import check_public_key
from custody.chains.bitcoin.script import multisig_script
from custody.statements.chains import chain_of, check_address
from custody.statements.codecs import BadFieldError, under
from custody.statements.fields import (
    Address,
    Amount,
    Asset,
    Chain,
    CompressedKey,
    DealId,
    Hash,
    Hex,
    InstanceId,
    PersonId,
    SetOf,
)
from custody.statements.form import Document, Form
from custody.statements.parts import MaxFee
from custody.statements.proof import Secp256k1Proof

PartyRole = Literal["buyer", "merchant"]
Role = Literal["buyer", "mediator", "merchant"]
ROLES: tuple[Role, ...] = ("buyer", "mediator", "merchant")


@dataclass(frozen=True, kw_only=True)
class RoleKeys(Form):
    """The three keys of the script, by who holds them."""

    buyer: CompressedKey
    mediator: CompressedKey
    merchant: CompressedKey

    def __post_init__(self) -> None:
        for role in ROLES:
            check_public_key(bytes.fromhex(self.of(role)), field=f"/{role}")

    def of(self, role: Role) -> str:
        return {"buyer": self.buyer, "mediator": self.mediator, "merchant": self.merchant}[role]


@dataclass(frozen=True, kw_only=True)
class Payouts(Form):
    """Where each party wants to be paid; fixed for the life of the deal."""

    buyer: Address
    merchant: Address

    def of(self, role: PartyRole) -> str:
        return {"buyer": self.buyer, "merchant": self.merchant}[role]


@dataclass(frozen=True, kw_only=True)
class Charge(Form):
    """A fixed payment out of the escrow, e.g. the mediator's fee."""

    to: Address
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class Terms(Document):
    """Template E1: 2-of-3 of buyer, merchant and mediator in P2WSH.

    ``text`` is the SHA-256 of the agreed contract file; ``second_review_above`` in base units;
    ``replaces`` the hash of earlier terms of the same parties.
    """

    FORMAT: ClassVar[str] = "custody/terms/v1"

    id: DealId
    instance: InstanceId
    template: Literal["E1"]
    chain: Chain
    asset: Asset
    amount: Amount
    fee: MaxFee
    keys: RoleKeys
    script: Hex
    address: Address
    payouts: Payouts
    charges: SetOf[Charge] | None = None
    mediator: PersonId
    second_review_above: Amount
    text: Hash
    replaces: Hash | None = None

    def __post_init__(self) -> None:
        if chain_of(self.asset) != self.chain:
            raise BadFieldError("asset of another chain", field="/asset")
        if self.fee.max >= self.amount:
            raise BadFieldError("the fee may use up the amount", field="/fee/max")
        self._check_script()
        check_address(self.payouts.buyer, chain=self.chain, field="/payouts/buyer")
        check_address(self.payouts.merchant, chain=self.chain, field="/payouts/merchant")
        for index, charge in enumerate(self.charges or ()):
            check_address(charge.to, chain=self.chain, field=f"/charges/{index}/to")

    def _check_script(self) -> None:
        script = script_of(self.keys)
        if script.hex() != self.script:
            raise BadFieldError("not the script of these keys", code="script_mismatch", field="/script")
        if p2wsh_address(script, self.chain) != self.address:
            raise BadFieldError("not the address of this script", code="address_mismatch", field="/address")


@dataclass(frozen=True, kw_only=True)
class PartySignature(Form):
    """A party's signature over the terms hash, by its key in the script."""

    role: PartyRole
    proof: Secp256k1Proof


@dataclass(frozen=True, kw_only=True)
class SignedTerms(Form):
    """Terms as they travel, with the signatures collected so far."""

    document: Terms
    signatures: SetOf[PartySignature] = ()

    def verify(self) -> None:
        """Raise InvalidInputError unless buyer and merchant both signed with their script keys."""
        for index, signature in enumerate(self.signatures):
            self._verify_one(signature, pointer=f"/signatures/{index}")
        if sorted(signature.role for signature in self.signatures) != ["buyer", "merchant"]:
            place = "/signatures"
            raise BadFieldError("needs one signature of each party", code="signature_missing", field=place)

    def _verify_one(self, signature: PartySignature, *, pointer: str) -> None:
        if signature.proof.credential != self.document.keys.of(signature.role):
            place = f"{pointer}/proof/credential"
            raise BadFieldError("not the key of this role", code="foreign_key", field=place)
        with under(f"{pointer}/proof"):
            signature.proof.verify(self.document.hash)


def script_of(keys: RoleKeys) -> bytes:
    """Witness script of template E1; raises InvalidInputError for equal or invalid keys."""
    return multisig_script([keys.of(role) for role in ROLES], field="/keys")
