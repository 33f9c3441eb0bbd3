"""KEY_MAKE: promises a one-time key under the officers' template of a wallet. Signs nothing.

What is granted here is the number, the id and the bindings; the key itself is made after the commit
(``keeping.py``), and its address can be asked for once it is durable in both places.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from custody.common import clock
from custody.common.ids import new_id
from custody.hsm.signer.case import Case, Effects, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.standstill import Touched, refuse_held
from custody.hsm.signer.store import kept_keys
from custody.statements.one_time import MakeKeyPayload
from custody.statements.trust.keys import KeyTemplate

WALLET, INDEX = "/payload/wallet", "/payload/index"


@dataclass(frozen=True)
class MakeCase(Case):
    """The wallet's template as it counts now."""

    @cached_property
    def payload(self) -> MakeKeyPayload:
        return payload_of(self, MakeKeyPayload)

    @cached_property
    def named(self) -> tuple[str, KeyTemplate]:
        """Hash of the template's document, and its body."""
        found = self.trust.templates(at=self.at).get(self.payload.wallet)
        if found is None:
            raise Refusal("no_key_template", WALLET)
        return found

    @property
    def template(self) -> KeyTemplate:
        return self.named[1]


def template_is_in_time(case: MakeCase) -> None:
    if not case.template.valid_from <= case.at < case.template.valid_until:
        raise Refusal("key_template_over", WALLET)


def index_is_the_next(case: MakeCase) -> None:
    """One request, one key: the same wish sent twice makes no second one."""
    if case.payload.index != kept_keys.next_index(case.payload.wallet):
        raise Refusal("not_the_next_index", INDEX)


def few_are_open(case: MakeCase) -> None:
    if kept_keys.open_keys(case.payload.wallet) >= case.template.open_max:
        raise Refusal("too_many_open_keys", WALLET)


def nothing_is_stopped(case: MakeCase) -> None:
    """While all keys are killed, none is added."""
    if any(kill.key is None for kill in case.trust.kills(at=case.at).values()):
        raise Refusal("killed", WALLET)


def nothing_is_held(case: MakeCase) -> None:
    touched: Touched = {
        ("WALLET", case.payload.wallet): WALLET,
        ("CLIENT", case.template.wallet.client): WALLET,
        ("DEAL", case.payload.ref): "/payload/ref",
    }
    refuse_held(case, touched)


def _effects(case: MakeCase) -> Effects:
    name, template = case.named
    ends = min(case.at + timedelta(seconds=template.lifetime_seconds), template.valid_until)
    making: dict[str, Any] = {
        "key": new_id("key", at=case.at),
        "wallet": template.wallet.to_json(),
        "valid_from": clock.write_time(case.at),
        "valid_until": clock.write_time(ends),
        "one_time": {
            "template": name,
            "index": case.payload.index,
            "ref": case.payload.ref,
            "settled_depth": template.settled_depth,
            "dispute_seconds": template.dispute_seconds,
        },
    }
    return Effects(seen={"making": making})


KEY_MAKE = Kind(
    name="KEY_MAKE",
    purposes=frozenset(),
    reads=frozenset({"payload"}),
    case=MakeCase,
    rules=(template_is_in_time, index_is_the_next, few_are_open, nothing_is_stopped, nothing_is_held),
    effects=_effects,
    messages=lambda case: (),
)
