"""ADDRESS: attests an address that the signer has derived itself (trust.md 17).

The request says whose address, never which: a wallet of the catalogue and a number in it, or terms that
both parties signed. A wallet's last activated key makes its address; a derived wallet has as many as
are asked for, a little ahead of the last; of one-time keys each number is a key of its own. So nobody
who owns the web side can have an address of theirs attested. The attestation stands in the SEEN entry;
with the signature it is a SignedAttestation.
"""

from dataclasses import dataclass
from functools import cached_property

from custody.chains.bitcoin.address import p2wpkh_address, p2wsh_address
from custody.chains.bitcoin.hd import GAP
from custody.chains.bitcoin.networks import NAMESPACE
from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.keys import public_key_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_cryptoperiod, check_slot
from custody.hsm.signer.rules.kept import check_kept
from custody.hsm.signer.rules.standstill import Touched, not_killed, refuse_held
from custody.hsm.signer.store import kept_keys, selectors
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.statements.address import AddressPayload
from custody.statements.attestation import Attestation, IssuedAddress
from custody.statements.terms import Terms
from custody.statements.trust.keys import KeyActivate, WalletBinding

WALLET, TERMS, INDEX = "/payload/wallet", "/payload/terms", "/payload/index"


@dataclass(frozen=True)
class AddressCase(Case):
    """The address, and the key of ours without which its coins cannot be spent."""

    @cached_property
    def payload(self) -> AddressPayload:
        return payload_of(self, AddressPayload)

    @property
    def place(self) -> str:
        """Where the request says whose address it wants."""
        return WALLET if self.payload.wallet else TERMS

    @cached_property
    def one_time(self) -> CatalogueKey | None:
        """The one-time key with this number, where the wallet has such keys."""
        wallet = self.payload.wallet or ""
        if not kept_keys.next_index(wallet):
            return None
        key = selectors.key(kept_keys.one_time_key(wallet, self.payload.index) or "")
        if key is None:
            raise Refusal("unknown_one_time_key", INDEX)
        return key

    @cached_property
    def receiving(self) -> KeyActivate:
        """The last one for the wallet: after a rotation nobody is sent to the key before."""
        if self.one_time and self.one_time.one_time:
            return self.one_time.one_time.activation
        known = self.trust.activations(at=self.at)
        own = [body for body in known if body.wallet and body.wallet.wallet == self.payload.wallet]
        if not own:
            raise Refusal("unknown_wallet", WALLET)
        return own[-1]

    @cached_property
    def wallet(self) -> WalletBinding | None:
        return self.receiving.wallet if self.payload.wallet else None

    @cached_property
    def terms(self) -> Terms:
        """Registered, so signed by both parties with keys of the script."""
        terms = selectors.terms(self.payload.terms or "")
        if terms is None:
            raise Refusal("terms_unknown", TERMS)
        return terms

    @cached_property
    def spender(self) -> CatalogueKey:
        """The key of ours behind the address."""
        if self.one_time:
            return self.one_time
        wanted = self.receiving.public_key if self.wallet else self.terms.keys.mediator
        return next(key for key in selectors.all_keys() if key.public_key == wanted)

    @cached_property
    def issued(self) -> IssuedAddress:
        index, wallet = self.payload.index, self.wallet
        if wallet is None:
            script, chain = bytes.fromhex(self.terms.script), self.terms.chain
            return IssuedAddress(
                deal=self.terms.id, chain=chain, address=p2wsh_address(script, chain), index=index
            )
        public_key = public_key_of(self.spender, index)
        address = p2wpkh_address(bytes.fromhex(public_key), wallet.chain)
        owner = {"client": wallet.client} if wallet.client else {"wallet": wallet.wallet}
        return IssuedAddress(**owner, chain=wallet.chain, address=address, index=index)

    @cached_property
    def attestation(self) -> Attestation:
        return Attestation(
            instance=self.pinned.instance, kind="ADDRESS", body=self.issued.to_json(), at=self.at
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = self.attestation.hash
        return (Message(0, f"msg:{Attestation.FORMAT}:{digest}", bytes.fromhex(digest)),)


def owner_is_known(case: AddressCase) -> None:
    """A wallet with an activated key, or registered terms."""
    _ = case.wallet or case.terms


def index_is_the_only_one(case: AddressCase) -> None:
    """A single key and a script have one address each; of derived wallets and one-time keys others tell."""
    numbered = case.wallet and (case.one_time or case.spender.account)
    if case.payload.index != 0 and not numbered:
        raise Refusal("address_index", INDEX)


def index_is_watched(case: AddressCase) -> None:
    """Whoever watches by the xpub looks only this far beyond the last address (BIP44)."""
    is_derived = case.wallet is not None and case.spender.account is not None
    if is_derived and case.payload.index > kept_keys.highest_issued(case.spender.id) + GAP:
        raise Refusal("address_index_too_far", INDEX)


def wallet_is_a_single_key(case: AddressCase) -> None:
    """Of other chains the address is not the key's alone to say (a Safe, a contract)."""
    if case.wallet and case.wallet.chain.partition(":")[0] != NAMESPACE:
        raise Refusal("chain_without_addresses", WALLET)


def coins_can_be_spent(case: AddressCase) -> None:
    """Nobody is sent to an address whose key is suspended, compromised, gone or out of its time."""
    if case.spender.state != "ACTIVE":
        raise Refusal("key_not_active", case.place)
    check_kept(case.spender, culprit=case.place)
    if case.wallet:
        check_cryptoperiod(case.receiving, at=case.at, culprit=WALLET)


def spender_is_not_killed(case: AddressCase) -> None:
    if case.trust.is_killed(case.spender.id, at=case.at):
        raise Refusal("killed", case.place)


def nothing_is_held(case: AddressCase) -> None:
    issued, place = case.issued, case.place
    touched: Touched = {
        ("KEY", case.key.id): "/key",
        ("KEY", case.spender.id): place,
        ("WALLET", case.payload.wallet): place,
        ("CLIENT", issued.client): place,
        ("DEAL", issued.deal): place,
        ("ADDRESS", issued.address): place,
    }
    refuse_held(case, touched)


def attestation_is_new(case: AddressCase) -> None:
    check_slot(case, case.messages[0], culprit="/payload")


def _effects(case: AddressCase) -> Effects:
    seen = {"attestation": case.attestation.to_json()}
    if case.wallet:
        issued = {"key": case.spender.id, "address": case.issued.address, "index": case.issued.index}
        return Effects(messages=case.messages, seen=seen | {"issued": issued})
    return Effects(messages=case.messages, seen=seen)


ADDRESS = Kind(
    name="ADDRESS",
    purposes=frozenset({"attest"}),
    reads=frozenset({"payload"}),
    case=AddressCase,
    rules=(
        owner_is_known,
        index_is_the_only_one,
        wallet_is_a_single_key,
        index_is_watched,
        coins_can_be_spent,
        not_killed,
        spender_is_not_killed,
        nothing_is_held,
        attestation_is_new,
    ),
    effects=_effects,
    messages=lambda case: case.messages,
)
