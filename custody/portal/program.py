"""The commands by which a party does each step with the program of this product (``scripts/party``).

Any program that keeps to the formats will do; this one lies in the source code that every page links.
"""

from collections.abc import Callable

from django.conf import settings

from custody.chains.bitcoin.networks import network_of
from custody.escrow.models import Role
from custody.portal.situation import Situation

DOWNLOADS = "~/Downloads"
ROLES = (Role.BUYER, Role.MERCHANT, Role.MEDIATOR)


def commands(now: Situation, name: str) -> list[str]:
    """What to type for the deed ``name``, in order; empty where no program is needed."""
    return _COMMANDS[name](now) if name in _COMMANDS else []


def _join(now: Situation) -> list[str]:
    payout = now.me.payout_address or "PAYOUT_ADDRESS"
    chain = network_of(settings.BITCOIN_CHAIN).name
    init = _party(now, "init", f"--name {now.me.role} --chain {chain} --payout {payout}")
    return ["scripts/regtest address", init] if settings.IS_DEMO else [init]


def _sign_terms(now: Situation) -> list[str]:
    return [_party(now, "sign-terms", f"{_file(now, '-terms.json')} --out {_out(now, 'signature.json')}")]


def _give_nonce(now: Situation) -> list[str]:
    return [_party(now, "make-nonce")]


def _prove_key(now: Situation) -> list[str]:
    challenge = _file(now, f"-challenge-{now.me.role}.json")
    return [_party(now, "prove-key", f"{challenge} --out {_out(now, 'proof.json')}")]


def _confirm_address(now: Situation) -> list[str]:
    others = [role for role in ROLES if role != now.me.role]
    proofs = [_party(now, "verify-key-proof", _file(now, f"-proof-{role}.json")) for role in others]
    return [*proofs, _party(now, "review-terms", _file(now, "-terms.json"))]


def _fund(now: Situation) -> list[str]:
    if now.wallet is None or not settings.IS_DEMO:
        return []
    pay = f"scripts/regtest pay {now.wallet.address} {now.missing_bitcoin}"
    return [pay, f"scripts/regtest mine {settings.BITCOIN_FINALITY_DEPTH}"]


def _sign_payout(now: Situation) -> list[str]:
    files = f"{_file(now, '.psbt')} --terms {_file(now, '-terms.json')} --out {_out(now, 'signed.psbt')}"
    return [_party(now, "sign-psbt", files)]


def _party(now: Situation, command: str, words: str = "") -> str:
    """A command of the party's program; each deal has a key of its own, in a directory of its own."""
    home = f"~/custody-{now.me.role}-{now.deal.pk}"
    return f".venv/bin/python -m scripts.party {command} --dir {home} {words}".rstrip()


def _file(now: Situation, suffix: str) -> str:
    """A file as the portal names its download."""
    return f"{DOWNLOADS}/{now.deal.pk}{suffix}"


def _out(now: Situation, name: str) -> str:
    return _file(now, f"-{now.me.role}-{name}")


_COMMANDS: dict[str, Callable[[Situation], list[str]]] = {
    "join": _join,
    "sign-terms": _sign_terms,
    "give-nonce": _give_nonce,
    "prove-key": _prove_key,
    "confirm-address": _confirm_address,
    "fund": _fund,
    "sign-payout": _sign_payout,
}
