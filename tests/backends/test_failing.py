"""Back-ends that break one promise: the suite fails exactly the check that is about it."""

import os
import threading
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from custody.chains.bitcoin.keys import ORDER, low_s
from custody.hsm.backends.conformance import report, suite
from custody.hsm.backends.interface import (
    Capabilities,
    Curve,
    Description,
    Health,
    KeyBackend,
    KeyClass,
    MadeKey,
    Scheme,
)
from custody.hsm.token.errors import TokenUnavailableError
from tests.backends.software import INSIDE, OUTSIDE, Software

K1 = Scheme.ECDSA_SECP256K1


class Dead(Software):
    def health(self) -> Health:
        return Health(ok=False, detail="token_unavailable")


class Nameless(Software):
    def describe(self) -> Description:
        return replace(super().describe(), serial="")

    def health(self) -> Health:
        return Health(ok=True, detail="")


class ClaimsTooMuch(Software):
    """Claims Ed25519 and cannot make such a key."""

    def capabilities(self) -> Capabilities:
        return replace(super().capabilities(), schemes=frozenset(Scheme))


class OffersNothing(Software):
    def capabilities(self) -> Capabilities:
        return Capabilities(schemes=frozenset())


class LiesAboutTheClass(Software):
    """What it calls NEVER_LEAVES can be extracted."""

    def attributes(self, key_class: KeyClass) -> dict[str, bool | str]:
        return dict(OUTSIDE)


class SaysNothingOfTheClass(Software):
    def attributes(self, key_class: KeyClass) -> dict[str, bool | str]:
        return dict(OUTSIDE) if key_class is KeyClass.WRAPPED else {"origin": "good"}


class UncompressedPoints(Software):
    def generate(self, **given: Any) -> MadeKey:
        made = super().generate(**given)
        return replace(made, public_key=b"\x04" + made.public_key[1:]) if made.handle else made

    def public_key(self, handle: str) -> bytes:
        return b"\x04" + super().public_key(handle)[1:]


class ForgetsItsKeys(Software):
    """Makes another key when asked for one it has."""

    def generate(self, *, handle: str | None = None, **given: Any) -> MadeKey:
        return super().generate(**given)


class ShowsAnotherKey(Software):
    def public_key(self, handle: str) -> bytes:
        return bytes([super().public_key(handle)[0] ^ 1]) + super().public_key(handle)[1:]

    def generate(self, *, handle: str | None = None, **given: Any) -> MadeKey:
        made = super().generate(handle=handle, **given)
        return made if handle is None else replace(made, public_key=Software.public_key(self, handle))


class SignsWrongly(Software):
    def sign(self, **given: Any) -> bytes:
        made = super().sign(**given)
        return bytes([made[0] ^ 1]) + made[1:]


class SignsTooShort(Software):
    def sign(self, **given: Any) -> bytes:
        return super().sign(**given)[:63]


class HashesAgain(Software):
    """Takes the digest for a message, as a KMS without DIGEST does."""

    def sign(self, **given: Any) -> bytes:
        if len(given["digest32"]) == 32:
            given["digest32"] = sha256(given["digest32"]).digest()
        return super().sign(**given)


class HighS(Software):
    def sign(self, **given: Any) -> bytes:
        made = super().sign(**given)
        if given["scheme"] is not K1:
            return made
        low = low_s(made)
        return low[:32] + (ORDER - int.from_bytes(low[32:], "big")).to_bytes(32, "big")


class SameNonce(Software):
    """Signs well, but always with the same nonce."""

    def raw(self, key: ec.EllipticCurvePrivateKey, digest32: bytes) -> bytes:
        nonce, curve_order = 7, _order(key)
        r = _x_of(nonce, key) % curve_order
        private = key.private_numbers().private_value
        z = int.from_bytes(digest32, "big")
        s = pow(nonce, -1, curve_order) * (z + r * private) % curve_order
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class TakesShortDigests(Software):
    def sign(self, **given: Any) -> bytes:
        if len(given["digest32"]) == 31:
            given["digest32"] = b"\x00" + given["digest32"]
        return super().sign(**given)


class TakesLongDigests(Software):
    def sign(self, **given: Any) -> bytes:
        if len(given["digest32"]) > 32:
            given["digest32"] = given["digest32"][:32]
        return super().sign(**given)


class TakesAnyHandle(Software):
    def __init__(self) -> None:
        super().__init__()
        self.gone: set[str] = set()

    def key(self, handle: str) -> ec.EllipticCurvePrivateKey:
        known = handle in self.private or handle in self.gone
        return super().key(handle if known else next(iter(self.private)))

    def destroy(self, handle: str) -> None:
        self.gone.add(handle)
        super().destroy(handle)


class UnknownIsUnavailable(Software):
    def key(self, handle: str) -> ec.EllipticCurvePrivateKey:
        if handle not in self.private and handle in {"", "no such key"}:
            raise TokenUnavailableError("try again")
        return super().key(handle)


class IgnoresDisabling(Software):
    def sign(self, **given: Any) -> bytes:
        self.disabled.clear()
        return super().sign(**given)


class DestroysNothing(Software):
    def destroy(self, handle: str) -> None:
        self.macs.pop(handle, None)


class TakesAnyScheme(Software):
    def sign(self, **given: Any) -> bytes:
        if given["scheme"] is Scheme.ED25519:
            given["scheme"] = K1
        return super().sign(**given)


class DropsTheTweak(Software):
    def sign(self, **given: Any) -> bytes:
        return super().sign(**(given | {"tweak": None}))


class ClaimsTweak(Software):
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities(), tweak=True)


class UnwrapsAnotherKey(Software):
    def unwrap(self, blob: bytes) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(super().unwrap(blob).curve)


class WrapsWhatNeverLeaves(Software):
    def attributes(self, key_class: KeyClass) -> dict[str, bool | str]:
        return dict(INSIDE)


class WrappedTakesShortDigests(Software):
    def sign_wrapped(self, *, blob: bytes, curve: Curve, digest32: bytes, public_key: bytes) -> bytes:
        digest32 = digest32.ljust(32, b"\x00")[:32]
        return super().sign_wrapped(blob=blob, curve=curve, digest32=digest32, public_key=public_key)


class BelievesTheBlob(Software):
    def prove(self, key: ec.EllipticCurvePrivateKey, public_key: bytes) -> None:
        pass


class OpensForeignBlobs(Software):
    def unwrap(self, blob: bytes) -> ec.EllipticCurvePrivateKey:
        try:
            return super().unwrap(blob)
        except Exception:
            return ec.generate_private_key(ec.SECP256K1())


class ConstantMac(Software):
    def mac(self, *, handle: str, data: bytes) -> bytes:
        return bytes(32)


class RandomMac(Software):
    def mac(self, *, handle: str, data: bytes) -> bytes:
        return os.urandom(32)


class StaysClosed(Software):
    closed = False

    def close(self) -> None:
        self.closed = True

    def sign(self, **given: Any) -> bytes:
        if self.closed:
            self.closed = False  # once is enough to be caught
            raise TokenUnavailableError("closed")
        return super().sign(**given)


class MainThreadOnly(Software):
    def sign(self, **given: Any) -> bytes:
        if threading.current_thread() is not threading.main_thread():
            raise TokenUnavailableError("another thread")
        return super().sign(**given)


class ParentOnly(Software):
    def __init__(self) -> None:
        super().__init__()
        self.process = os.getpid()

    def sign(self, **given: Any) -> bytes:
        if os.getpid() != self.process:
            raise TokenUnavailableError("a child")
        return super().sign(**given)


FAILING: list[tuple[type[Software], set[str]]] = [
    (Dead, {"health"}),
    (Nameless, {"describes_itself"}),
    (ClaimsTooMuch, {"keys_at_hand"}),
    (OffersNothing, {"keys_at_hand"}),
    (LiesAboutTheClass, {"evidence_never_leaves"}),
    (SaysNothingOfTheClass, {"evidence_never_leaves"}),
    (UncompressedPoints, {"public_key_on_curve"}),
    (ForgetsItsKeys, {"public_key_reads_back"}),
    (ShowsAnotherKey, {"public_key_reads_back"}),
    (SignsWrongly, {"signature_verifies"}),
    (SignsTooShort, {"signature_verifies"}),
    (HashesAgain, {"signature_verifies"}),
    (HighS, {"low_s"}),
    (SameNonce, {"nonces_differ"}),
    (TakesShortDigests, {"digest_length"}),
    (TakesLongDigests, {"digest_length"}),
    (TakesAnyHandle, {"unknown_handle_refused"}),
    (UnknownIsUnavailable, {"unknown_handle_refused"}),
    (IgnoresDisabling, {"disabled_key_refused"}),
    (DestroysNothing, {"destroyed_key_refused"}),
    (TakesAnyScheme, {"missing_scheme_refused"}),
    (DropsTheTweak, {"tweak_refused"}),
    (ClaimsTweak, {"tweak_refused"}),
    (UnwrapsAnotherKey, {"wrapped_round_trip"}),
    (WrapsWhatNeverLeaves, {"wrapped_evidence"}),
    (WrappedTakesShortDigests, {"wrapped_digest_length"}),
    (OpensForeignBlobs, {"foreign_blob_refused"}),
    (BelievesTheBlob, {"wrapped_key_proved"}),
    (ConstantMac, {"mac"}),
    (RandomMac, {"mac"}),
    (StaysClosed, {"reopens"}),
    (MainThreadOnly, {"threads"}),
    (ParentOnly, {"forks"}),
]


def judge(backend: Software) -> report.Report:
    """Probe with a key that was disabled beforehand."""
    backend.private["off"] = ec.generate_private_key(ec.SECP256K1())
    backend.disabled.add("off")
    typed: KeyBackend = backend
    return report.probe(typed, disabled=(K1, "off"))


def test_the_good_one_passes_everything() -> None:
    found = judge(Software())
    assert found.ok
    assert {check.outcome for check in found.checks} == {"passed"}


@pytest.mark.parametrize(("broken", "expected"), FAILING, ids=[broken.__name__ for broken, _ in FAILING])
def test_each_fault_fails_its_own_check(broken: type[Software], expected: set[str]) -> None:
    found = judge(broken())
    assert not found.ok
    assert {check.name for check in found.checks if check.outcome == "failed"} == expected


def test_every_check_has_a_fault_that_fails_it() -> None:
    assert set.union(*(expected for _, expected in FAILING)) == {check.name for check in suite.CHECKS}


def _order(key: ec.EllipticCurvePrivateKey) -> int:
    return key.curve.group_order


def _x_of(scalar: int, key: ec.EllipticCurvePrivateKey) -> int:
    return ec.derive_private_key(scalar, key.curve).public_key().public_numbers().x
