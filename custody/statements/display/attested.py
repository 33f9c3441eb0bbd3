"""Names, labels and decimals that people may rely on: only what the signer attested (formats section 8)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from custody.common import canonical
from custody.common.money import MAX_DIGITS
from custody.statements.attestation import AttestedEntry, IssuedAddress, SignedAttestation
from custody.statements.codecs import BadFieldError, under
from custody.statements.credential import PersonCredential
from custody.statements.trust.assets import AssetEntry


@dataclass(frozen=True)
class Unit:
    """An asset's symbol and decimals, and when they were attested."""

    symbol: str
    decimals: int
    at: datetime


@dataclass(frozen=True)
class Named:
    """A name, and when it was attested."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Attested:
    """What attestations say; empty where none was given.

    ``labels`` and ``issued`` belong to (chain, address); a label comes with its book, an issued
    address with the deal or client it was issued for and its index.
    """

    names: dict[str, Named] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    labels: dict[tuple[str, str], dict[str, Named]] = field(default_factory=dict)
    issued: dict[tuple[str, str], tuple[str, int, datetime]] = field(default_factory=dict)

    @classmethod
    def read(cls, data: bytes, *, attest_key: str, instance: str) -> "Attested":
        """Read a canonical JSON list of signed attestations.

        Raises InvalidInputError for one that is not signed by ``attest_key`` (hex) or belongs to
        another instance; nothing is taken from a list with a bad one in it.
        """
        value = canonical.decode(data, limit=canonical.MAX_REQUEST)
        if not isinstance(value, list):
            raise BadFieldError("not a list of attestations", field="")
        items = [SignedAttestation.read(item, f"/{index}") for index, item in enumerate(value)]
        for index, item in enumerate(items):
            with under(f"/{index}"):
                item.verify(attest_key)
                if item.attestation.instance != instance:
                    raise BadFieldError("of another instance", field="/attestation/instance")
        return cls.of(items)

    @classmethod
    def of(cls, items: Iterable[SignedAttestation]) -> "Attested":
        """Put verified attestations together; the later of two about the same thing counts."""
        found = cls()
        for item in sorted(items, key=lambda item: (item.attestation.at, item.attestation.hash)):
            found = _READERS[item.attestation.kind](found, item)
        return found


def _person(found: Attested, item: SignedAttestation) -> Attested:
    body = PersonCredential.read(item.attestation.body, "/body")
    return replace(found, names=found.names | {body.person: Named(body.name, item.attestation.at)})


def _asset(found: Attested, item: SignedAttestation) -> Attested:
    body = AssetEntry.read(item.attestation.body, "/body")
    if body.decimals > MAX_DIGITS:
        raise BadFieldError("more decimals than an amount has digits", field="/body/decimals")
    units = {asset: unit for asset, unit in found.units.items() if asset != body.asset}
    if not body.removed:
        units[body.asset] = Unit(body.symbol, body.decimals, item.attestation.at)
    return replace(found, units=units)


def _book(found: Attested, item: SignedAttestation) -> Attested:
    body = AttestedEntry.read(item.attestation.body, "/body")
    place = (body.entry.chain, body.entry.address)
    of_books = found.labels.get(place, {}) | {body.book: Named(body.entry.label, item.attestation.at)}
    return replace(found, labels=found.labels | {place: of_books})


def _address(found: Attested, item: SignedAttestation) -> Attested:
    body = IssuedAddress.read(item.attestation.body, "/body")
    issue = (body.owner, body.index, item.attestation.at)
    return replace(found, issued=found.issued | {(body.chain, body.address): issue})


_READERS = {"PERSON": _person, "ASSET": _asset, "BOOK": _book, "ADDRESS": _address}
