"""A key ceremony at the signer's console: custodians present agree on one key, and the signer makes it.

The key is PRE_ACTIVE afterwards: an activation document by the quorum says what it is for.
"""

from dataclasses import dataclass
from typing import Literal

from custody.chains.bitcoin.hd import account_path
from custody.common.errors import InvalidInputError
from custody.hsm.backends.registry import DEFAULT
from custody.hsm.backends.settings import Name, configured
from custody.hsm.signer.agreement import CUSTODIANS, Agreement, Plan, Rules
from custody.hsm.signer.making import Wanted
from custody.statements.codecs import BadFieldError
from custody.statements.fields import Chain, Text
from custody.statements.trust.keys import Curve, KeyPurpose

ACTION = "MAKE_KEY"


@dataclass(frozen=True, kw_only=True)
class WantedKey(Plan):
    """What the ceremony makes: on the signer's own token unless it names another back-end, and a key that
    never leaves it unless ``class_`` says otherwise.

    The other classes are for payments alone; ``chain`` is that of a derived wallet.
    """

    purpose: KeyPurpose
    curve: Curve
    label: Text
    backend: Name | None = None
    class_: Literal["WRAPPED", "DERIVED_IN_RAM"] | None = None
    chain: Chain | None = None

    def __post_init__(self) -> None:
        if self.class_ and (self.purpose, self.curve) != ("spend", "secp256k1"):
            raise BadFieldError("this class is for spend keys on secp256k1", field="/class")
        if (self.class_ == "DERIVED_IN_RAM") != (self.chain is not None):
            raise BadFieldError("a chain belongs to a derived key, and to no other", field="/chain")
        if self.chain is not None:
            account_path(self.chain)

    def in_words(self) -> dict[str, str]:
        """With what is meant where nothing is said."""
        meant = {"backend": f"{DEFAULT}, the signer's own token", "class": "NEVER_LEAVES"}
        return dict(sorted((meant | super().in_words()).items()))

    def check_backend(self) -> None:
        """Raise InvalidInputError unless the installation has the back-end, with a wrapping key for blobs."""
        name, entries = self.wanted.backend, configured()
        if name != DEFAULT and name not in entries:
            raise InvalidInputError(
                f"no key back-end is configured as {name}", code="unknown_backend", field="/backend"
            )
        if self.class_ and not (name in entries and entries[name].settings.get("wrapping_key")):
            raise InvalidInputError(
                f"{name} has no wrapping key, which class {self.class_} needs; see signer_wrapping_key",
                code="no_wrapping_key",
                field="/class",
            )

    @property
    def wanted(self) -> Wanted:
        """For the maker of keys."""
        return Wanted(
            purpose=self.purpose,
            curve=self.curve,
            label=self.label,
            state="PRE_ACTIVE",
            backend=self.backend or DEFAULT,
            key_class=self.class_ or "NEVER_LEAVES",
            chain=self.chain,
        )


@dataclass(frozen=True, kw_only=True)
class Ceremony(Agreement):
    """The agreed action, who approved it, and the key it names by its parameters."""

    ACTION = ACTION
    ROLES = CUSTODIANS
    RULES = Rules(
        another_action="not_a_key_ceremony",
        other_parameters="another_key_was_approved",
        done_before="ceremony_was_held",
        too_few="custodians_missing",
    )

    key: WantedKey

    @property
    def parameters(self) -> str:
        return self.key.parameters
