"""Credentials of people as the trust store pins them (formats sections 3 and 4)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from custody.statements.fields import (
    Aaguid,
    Base64UrlText,
    CompressedKey,
    Ed25519Key,
    PersonId,
    SetOf,
    Text,
    Time,
)
from custody.statements.form import By, Form

# IMPORTER adds to the deny list and does nothing else; MACHINE never counts as a person.
PersonRole = Literal[
    "APPROVER", "COMPLIANCE", "CUSTODIAN", "IMPORTER", "MACHINE", "MEDIATOR", "OFFICER", "REVIEWER"
]


@dataclass(frozen=True, kw_only=True)
class Ed25519Credential(Form):
    """A key of the console program ``approve``."""

    type: Literal["ed25519"] = "ed25519"
    public_key: Ed25519Key

    @property
    def name(self) -> str:
        """How a proof names it."""
        return self.public_key


@dataclass(frozen=True, kw_only=True)
class WebAuthnCredential(Form):
    """A device-bound passkey; ``origin`` and ``rp_id`` belong to the approval station."""

    type: Literal["webauthn"] = "webauthn"
    id: Base64UrlText
    aaguid: Aaguid
    public_key: CompressedKey
    rp_id: Text
    origin: Text

    @property
    def name(self) -> str:
        """How a proof names it."""
        return self.id


Credential = Annotated[Ed25519Credential | WebAuthnCredential, By("type")]


@dataclass(frozen=True, kw_only=True)
class PersonCredential(Form):
    """One credential of one person with the roles it may act in until ``valid_until``."""

    person: PersonId
    name: Text
    roles: SetOf[PersonRole]
    credential: Credential
    valid_until: Time
