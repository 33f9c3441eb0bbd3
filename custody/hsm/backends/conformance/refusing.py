"""Checks of what must not be signed."""

from functools import partial

from custody.common.errors import InvalidInputError
from custody.hsm.backends.conformance.subject import DIGESTS, Failed, NotOffered, Subject, expect
from custody.hsm.backends.interface import CURVE_OF, Scheme
from custody.hsm.token.errors import (
    AccessDeniedError,
    CapabilityMissingError,
    KeyDisabledError,
    KeyUnknownError,
)

WRONG_LENGTHS = (0, 20, 31, 33, 64)
BAD_LENGTH = (ValueError, InvalidInputError)
_UNKNOWN = (KeyUnknownError, AccessDeniedError)
_UNUSABLE = (KeyDisabledError, KeyUnknownError)


def digest_length(subject: Subject) -> str:
    """Only digests of 32 bytes are signed."""
    for scheme in subject.schemes:
        for length in WRONG_LENGTHS:
            call = partial(subject.sign, scheme, bytes(length))
            expect(BAD_LENGTH, call, what=f"{scheme}: digest of {length} bytes")
    return f"refused: {', '.join(str(length) for length in WRONG_LENGTHS)} bytes"


def unknown_handle_refused(subject: Subject) -> str:
    """A handle nobody made signs nothing."""
    for scheme, key in subject.keys.items():
        for handle in (_altered(key.handle), "", "no such key"):
            call = partial(subject.backend.sign, handle=handle, scheme=scheme, digest32=DIGESTS[0])
            expect(_UNKNOWN, call, what=f"{scheme}: unknown handle")
    return "refused"


def disabled_key_refused(subject: Subject) -> str:
    """The key that the operator disabled beforehand signs nothing."""
    if subject.disabled is None:
        raise NotOffered("no disabled key was named")
    scheme, handle = subject.disabled
    call = partial(subject.backend.sign, handle=handle, scheme=scheme, digest32=DIGESTS[0])
    expect(_UNUSABLE, call, what="disabled key")
    return "refused"


def destroyed_key_refused(subject: Subject) -> str:
    """From the moment of destruction on, also while a waiting time runs."""
    scheme = subject.schemes[0]
    try:
        key = subject.make(scheme)
    except CapabilityMissingError as error:
        raise NotOffered(error.detail) from None
    subject.backend.sign(handle=key.handle, scheme=scheme, digest32=DIGESTS[0])
    subject.backend.destroy(key.handle)
    call = partial(subject.backend.sign, handle=key.handle, scheme=scheme, digest32=DIGESTS[0])
    expect(_UNUSABLE, call, what="destroyed key")
    return "refused"


def missing_scheme_refused(subject: Subject) -> str:
    """A scheme that is not offered is refused by name, with any key."""
    absent = sorted(set(Scheme) - subject.offered.schemes)
    if not absent:
        raise NotOffered("all schemes are offered")
    for scheme in absent:
        for key in subject.keys.values():
            call = partial(subject.backend.sign, handle=key.handle, scheme=scheme, digest32=DIGESTS[0])
            expect((CapabilityMissingError,), call, what=f"{scheme} by another key")
        if scheme in subject.offered.wrapped:
            raise Failed(f"{CURVE_OF[scheme]} is offered wrapped but not otherwise")
    return f"refused: {', '.join(absent)}"


def tweak_refused(subject: Subject) -> str:
    """A tweak is applied or refused, never dropped; nobody's tweak is proved here yet."""
    if subject.offered.tweak:
        raise Failed("tweak is claimed, and this suite cannot prove it")
    for scheme, key in subject.keys.items():
        call = partial(
            subject.backend.sign, handle=key.handle, scheme=scheme, digest32=DIGESTS[0], tweak=DIGESTS[1]
        )
        expect((CapabilityMissingError,), call, what=f"{scheme}: tweak")
    return "refused"


def _altered(handle: str) -> str:
    """A handle of the same form that names nothing."""
    return handle[:-1] + ("1" if handle.endswith("0") else "0")
