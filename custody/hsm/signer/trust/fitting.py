"""Whether what a trust document says can be so: keys that exist, holds that stand, times in bounds.

Each function raises Refusal with a culprit below the body; a type without one has nothing to fit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from custody.chains.bitcoin.networks import NAMESPACE
from custody.hsm.backends.interface import SCHEME_OF
from custody.hsm.key_states import KEY_STATES
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.tokens import KnownBackend
from custody.hsm.signer.trust.state import TrustState
from custody.statements.credential import PersonCredential, WebAuthnCredential
from custody.statements.mandate import Mandate
from custody.statements.trust import TrustDocument
from custody.statements.trust.holds import HoldEnd, Lease, Restart, Veto
from custody.statements.trust.keys import KeyActivate, KeyStateChange, KeyTemplate

BODY = "/documents/0/document/body"
# Credentials and mandates end unless they are certified anew (trust.md 19).
PINNED_LIFE = timedelta(days=190)
MAX_LEASE = timedelta(hours=24)
# Cold keys never leave their token; what is derived in memory is for small sums that move (trust.md 15).
TIERS = {
    "NEVER_LEAVES": frozenset({"HOT", "WARM", "COLD"}),
    "WRAPPED": frozenset({"HOT", "WARM"}),
    "DERIVED_IN_RAM": frozenset({"HOT"}),
}


@dataclass(frozen=True)
class Ground:
    """What a document is held against; ``keys`` by id, ``backends`` by name."""

    state: TrustState
    keys: dict[str, CatalogueKey]
    backends: Mapping[str, KnownBackend]
    at: datetime


def check_fits(document: TrustDocument, ground: Ground) -> None:
    """Raise Refusal where the body contradicts what the store holds."""
    check = _CHECKS.get(document.type)
    if check is not None:
        check(document.body, document, ground)


def _credential(body: PersonCredential, _: TrustDocument, ground: Ground) -> None:
    if body.valid_until > ground.at + PINNED_LIFE:
        raise Refusal("validity_too_long", f"{BODY}/valid_until")
    own = body.credential
    if any(
        entry.credential.name == own.name and entry.person != body.person
        for entry in ground.state.credentials(at=ground.at)
    ):
        raise Refusal("credential_of_another", f"{BODY}/credential")
    if isinstance(own, WebAuthnCredential):
        _passkey(own, ground)


def _passkey(credential: WebAuthnCredential, ground: Ground) -> None:
    if credential.aaguid not in ground.state.genesis.aaguids:
        raise Refusal("unknown_authenticator", f"{BODY}/credential/aaguid")
    stations = {(station.origin, station.rp_id) for station in ground.state.stations(at=ground.at)}
    if (credential.origin, credential.rp_id) not in stations:
        raise Refusal("unknown_station", f"{BODY}/credential/origin")


def _activation(body: KeyActivate, _: TrustDocument, ground: Ground) -> None:
    if body.class_ == "OUTSIDE":
        return
    key = ground.keys.get(body.key)
    if key is None:
        raise Refusal("unknown_key", f"{BODY}/key")
    said = (body.public_key, body.curve, body.purpose, body.class_)
    if said != (key.public_key, key.curve, key.purpose, key.key_class):
        raise Refusal("not_the_key_of_the_catalogue", f"{BODY}/public_key")
    if key.state != "PRE_ACTIVE":
        raise Refusal("key_not_pre_active", f"{BODY}/key")
    if body.valid_until <= ground.at:
        raise Refusal("cryptoperiod_over", f"{BODY}/valid_until")
    _probed(key, ground.backends.get(key.backend))
    if key.is_kept_outside and not key.is_backed_up:
        raise Refusal("key_backup_missing", f"{BODY}/key")
    if body.wallet is not None:
        _wallet(body, key, ground)


def _probed(key: CatalogueKey, backend: KnownBackend | None) -> None:
    """The module that holds the key has passed the probe as it was last seen, with keys of this curve."""
    if backend is None or backend.probe is None or not backend.is_probed:
        raise Refusal("backend_not_probed", f"{BODY}/key")
    if SCHEME_OF[key.curve] not in backend.probe.schemes:
        raise Refusal("backend_not_probed", f"{BODY}/curve")


def _wallet(body: KeyActivate, key: CatalogueKey, ground: Ground) -> None:
    binding = body.wallet
    if binding is None:
        return
    if binding.tier not in TIERS[key.key_class]:
        raise Refusal("tier_not_of_class", f"{BODY}/wallet/tier")
    if key.account is not None and binding.chain != key.account.chain:
        raise Refusal("chain_of_another_account", f"{BODY}/wallet/chain")
    if binding.wallet in ground.state.templates(at=ground.at):
        raise Refusal("wallet_of_one_time_keys", f"{BODY}/wallet/wallet")


def _template(body: KeyTemplate, _: TrustDocument, ground: Ground) -> None:
    if body.valid_until > ground.at + PINNED_LIFE:
        raise Refusal("validity_too_long", f"{BODY}/valid_until")
    if body.wallet.tier not in TIERS["WRAPPED"]:
        raise Refusal("tier_not_of_class", f"{BODY}/wallet/tier")
    if body.wallet.chain.partition(":")[0] != NAMESPACE:
        raise Refusal("chain_without_addresses", f"{BODY}/wallet/chain")
    taken = (item.wallet for item in ground.state.activations(at=ground.at) if item.wallet)
    if body.wallet.wallet in {binding.wallet for binding in taken}:
        raise Refusal("wallet_of_a_key", f"{BODY}/wallet/wallet")


def _key_state(body: KeyStateChange, _: TrustDocument, ground: Ground) -> None:
    key = ground.keys.get(body.key)
    if key is None:
        raise Refusal("unknown_key", f"{BODY}/key")
    # A key is taken into use by its activation alone, which says what for.
    if (key.state, body.state) not in KEY_STATES.table or (key.state, body.state) == ("PRE_ACTIVE", "ACTIVE"):
        raise Refusal("illegal_key_state", f"{BODY}/state")


def _mandate(body: Mandate, _: TrustDocument, ground: Ground) -> None:
    if body.valid_until > ground.at + PINNED_LIFE:
        raise Refusal("validity_too_long", f"{BODY}/valid_until")
    own = ground.state.activation(body.key, at=ground.at)
    if own is None or own.wallet is None or own.wallet.chain != body.chain:
        raise Refusal("key_without_wallet", f"{BODY}/key")


def _hold_end(body: HoldEnd, _: TrustDocument, ground: Ground) -> None:
    if body.hold not in ground.state.holds(at=ground.at):
        raise Refusal("no_such_hold", f"{BODY}/hold")


def _restart(body: Restart, _: TrustDocument, ground: Ground) -> None:
    if body.kill not in ground.state.kills(at=ground.at):
        raise Refusal("no_such_kill", f"{BODY}/kill")


def _veto(body: Veto, _: TrustDocument, ground: Ground) -> None:
    if not ground.state.waiting(body.document, at=ground.at):
        raise Refusal("nothing_to_veto", f"{BODY}/document")


def _lease(body: Lease, document: TrustDocument, ground: Ground) -> None:
    """Whoever goes on duty says so for themselves."""
    if body.person != document.maker:
        raise Refusal("lease_of_another", f"{BODY}/person")
    if not ground.at < body.until <= ground.at + MAX_LEASE:
        raise Refusal("lease_too_long", f"{BODY}/until")


_CHECKS: dict[str, Callable[[Any, TrustDocument, Ground], None]] = {
    "PERSON_CREDENTIAL": _credential,
    "KEY_ACTIVATE": _activation,
    "KEY_STATE": _key_state,
    "KEY_TEMPLATE": _template,
    "MANDATE": _mandate,
    "HOLD_END": _hold_end,
    "RESTART": _restart,
    "VETO": _veto,
    "LEASE": _lease,
}
