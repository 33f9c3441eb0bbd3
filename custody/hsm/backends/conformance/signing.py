"""Checks of what is signed, and with which keys."""

from custody.chains.bitcoin.keys import has_low_s
from custody.hsm.backends.conformance.judge import is_public_key
from custody.hsm.backends.conformance.subject import DIGESTS, Failed, NotOffered, Subject
from custody.hsm.backends.interface import Scheme


def health(subject: Subject) -> str:
    """It answers."""
    found = subject.backend.health()
    if not found.ok:
        raise Failed(found.detail)
    return found.detail


def describes_itself(subject: Subject) -> str:
    """The HSM register can name it."""
    found = subject.backend.describe()
    if not (found.manufacturer and found.model and found.serial):
        raise Failed("manufacturer, model or serial is empty")
    return f"{found.manufacturer} {found.model} {found.serial} {found.firmware}".strip()


def keys_at_hand(subject: Subject) -> str:
    """Every scheme that is claimed has a key: given, or made now."""
    if not subject.schemes:
        raise Failed("no scheme is offered")
    for scheme in subject.schemes:
        handle = subject.given.get(scheme)
        subject.keys[scheme] = subject.read(scheme, handle) if handle else subject.make(scheme)
    return ", ".join(subject.schemes)


def public_key_on_curve(subject: Subject) -> str:
    """The public key is a compressed point of the curve that was asked for."""
    for scheme, key in subject.keys.items():
        if not is_public_key(scheme, key.public_key):
            raise Failed(f"{scheme}: not a compressed point of the curve")
    return "compressed points"


def public_key_reads_back(subject: Subject) -> str:
    """The same handle gives the same public key, and makes no second one."""
    for scheme, key in subject.keys.items():
        if subject.backend.public_key(key.handle) != key.public_key:
            raise Failed(f"{scheme}: another public key than when it was made")
        if subject.read(scheme, key.handle).public_key != key.public_key:
            raise Failed(f"{scheme}: a known handle made another key")
    return "the same again"


def signature_verifies(subject: Subject) -> str:
    """64 bytes that OpenSSL accepts."""
    subject.signs_well()
    return "verified by OpenSSL"


def low_s(subject: Subject) -> str:
    """No high S on secp256k1 in 32 signatures; half of a random signer's would have one (BIP146)."""
    if Scheme.ECDSA_SECP256K1 not in subject.offered.schemes:
        raise NotOffered("no secp256k1")
    if not all(has_low_s(subject.sign(Scheme.ECDSA_SECP256K1, digest)) for digest in DIGESTS):
        raise Failed("a signature with high S")
    return f"{len(DIGESTS)} signatures"


def nonces_differ(subject: Subject) -> str:
    """Two digests, two nonces: a nonce that comes twice gives the private key away."""
    subject.signs_well(DIGESTS[:2])
    for scheme in subject.schemes:
        first, second = (subject.sign(scheme, digest)[:32] for digest in DIGESTS[:2])
        if first == second:
            raise Failed(f"{scheme}: two signatures with the same nonce")
    return "two signatures verify and differ"


def evidence_never_leaves(subject: Subject) -> str:
    """The back-end's own words prove the key class."""
    for scheme, key in subject.keys.items():
        if not key.never_leaves:
            raise Failed(f"{scheme}: {dict(key.attributes)}")
    return "born inside, never extractable"
