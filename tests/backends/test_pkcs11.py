"""PKCS#11 in this process: two tokens of one module, PINs, wrapping, capabilities, a lost token."""

from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from custody.common.errors import RefusedError
from custody.hsm.backends import registry
from custody.hsm.backends.conformance.judge import verifies
from custody.hsm.backends.interface import SCHEME_OF, Curve, KeyBackend, KeyClass, MadeKey, Scheme
from custody.hsm.backends.profiles import PROFILES
from custody.hsm.token import wrapped
from custody.hsm.token.errors import (
    CapabilityMissingError,
    KeyUnknownError,
    TokenPinError,
    TokenUnavailableError,
)
from custody.hsm.token.session import TokenSession
from scripts.embedded.softhsm import MODULE
from tests.backends.tokens import WRAPPING_KEY, SoftToken, add_label, make_soft_token
from tests.signer.tokens import PIN, SO_PIN

DIGEST = bytes(range(32))
K1 = Scheme.ECDSA_SECP256K1


def opened(token: SoftToken, **changes: Any) -> KeyBackend:
    return registry.open_backend("here", kind="pkcs11", settings=token.settings(**changes))


def make(
    backend: KeyBackend, curve: Curve = "secp256k1", key_class: KeyClass = KeyClass.NEVER_LEAVES
) -> MadeKey:
    return backend.generate(label="test", curve=curve, key_class=key_class)


def signs(backend: KeyBackend, key: MadeKey) -> bool:
    signature = backend.sign(handle=key.handle, scheme=K1, digest32=DIGEST)
    return verifies(K1, key.public_key, DIGEST, signature)


def test_two_tokens_of_one_module_work_in_turns(beside_token: SoftToken) -> None:
    add_label(beside_token, "other")
    one, other = opened(beside_token), opened(beside_token, label="other")
    keys = [make(one), make(other)]
    for _ in range(3):
        assert [signs(one, keys[0]), signs(other, keys[1])] == [True, True]
    with pytest.raises(KeyUnknownError):
        one.sign(handle=keys[1].handle, scheme=K1, digest32=DIGEST)


def test_a_session_learns_that_its_module_began_anew(beside_token: SoftToken) -> None:
    backend = opened(beside_token)
    key = make(backend)
    wrapped.make_wrapping_key(
        module=MODULE, label=beside_token.label, so_pin=SO_PIN, identifier=b"another key"
    )
    assert signs(backend, key)


def test_a_wrong_pin_is_asked_once_and_never_again(beside_token: SoftToken, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("999999")
    backend = opened(beside_token, pin_file=str(pin))
    with pytest.raises(TokenPinError):
        backend.sign(handle="00", scheme=K1, digest32=DIGEST)
    pin.write_text(PIN)  # too late for this process
    for _ in range(2):
        with pytest.raises(TokenPinError, match="refused before"):
            backend.sign(handle="00", scheme=K1, digest32=DIGEST)
    assert backend.health().detail == "token_pin_refused"


def test_a_missing_pin_file_is_named(beside_token: SoftToken) -> None:
    backend = opened(beside_token, pin_file="/nowhere/pin")
    with pytest.raises(TokenPinError, match="/nowhere/pin"):
        backend.public_key("00")


def test_the_wrong_security_officers_pin(beside_token: SoftToken) -> None:
    with pytest.raises(TokenPinError, match="security officer"):
        wrapped.make_wrapping_key(module=MODULE, label=beside_token.label, so_pin="00000000", identifier=b"x")


def test_signs_again_when_a_lost_token_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_soft_token(tmp_path, "lost")
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.configuration))
    backend = opened(token)
    key, tokens = make(backend), tmp_path / "tokens"
    tokens.rename(tmp_path / "hidden")
    with pytest.raises(TokenUnavailableError):
        backend.sign(handle=key.handle, scheme=K1, digest32=DIGEST)
    (tmp_path / "hidden").rename(tokens)
    assert signs(backend, key)


def test_a_chosen_handle_is_the_keys_name(beside_token: SoftToken) -> None:
    backend = opened(beside_token)
    made = backend.generate(label="x", curve="secp256r1", key_class=KeyClass.NEVER_LEAVES, handle="c0ffee")
    again = backend.generate(label="y", curve="secp256r1", key_class=KeyClass.NEVER_LEAVES, handle="c0ffee")
    assert (made.handle, made) == ("c0ffee", again)


@pytest.mark.parametrize("handle", ["not hex", "f", "zz"])
def test_a_handle_that_is_no_hex_is_unknown(beside_token: SoftToken, handle: str) -> None:
    with pytest.raises(KeyUnknownError, match="CKA_ID"):
        opened(beside_token).sign(handle=handle, scheme=K1, digest32=DIGEST)


def test_the_evidence_of_wrapped_keys(beside_token: SoftToken) -> None:
    made = make(opened(beside_token), key_class=KeyClass.WRAPPED)
    assert dict(made.attributes) == {
        "sensitive": True,
        "always_sensitive": True,
        "extractable": True,
        "never_extractable": False,
        "local": True,
        "wrap_with_trusted": True,
    }
    assert (made.handle, len(made.blob or b"")) == ("", 72)


def test_wrapping_leaves_nothing_on_the_token(beside_token: SoftToken) -> None:
    backend = opened(beside_token)
    session = TokenSession(module=MODULE, label=beside_token.label, pin=lambda: PIN)

    def private_keys() -> int:
        return session.run(
            lambda token: len(list(token.session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})))
        )

    before = private_keys()
    made = make(backend, key_class=KeyClass.WRAPPED)
    backend.sign_wrapped(
        blob=made.blob or b"", curve="secp256k1", digest32=DIGEST, public_key=made.public_key
    )
    assert private_keys() == before


def test_a_blob_of_another_token_opens_nothing(beside_token: SoftToken) -> None:
    add_label(beside_token, "foreign")
    theirs = make(opened(beside_token, label="foreign"), key_class=KeyClass.WRAPPED)
    with pytest.raises(KeyUnknownError, match="does not open"):
        opened(beside_token).sign_wrapped(
            blob=theirs.blob or b"", curve="secp256k1", digest32=DIGEST, public_key=theirs.public_key
        )


def test_an_untrusted_wrapping_key_wraps_nothing_out(beside_token: SoftToken) -> None:
    """Whoever has the PIN can import an AES key of his own; the token and we refuse it both."""
    known = bytes(32)

    def wrap_out(token: TokenSession) -> None:
        own: Any = token.session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES,
                Attribute.VALUE: known,
                Attribute.TOKEN: True,
                Attribute.ID: b"\xaa",
                Attribute.WRAP: True,
                Attribute.UNWRAP: True,
            }
        )
        trusted = token.key(ObjectClass.SECRET_KEY, bytes.fromhex(WRAPPING_KEY))
        victim = trusted.unwrap_key(
            ObjectClass.PRIVATE_KEY,
            KeyType.EC,
            blob,
            mechanism=Mechanism.AES_KEY_WRAP_PAD,
            capabilities=MechanismFlag.SIGN,
            template=wrapped._UNWRAPPED,
        )
        with pytest.raises((pkcs11.KeyNotWrappable, pkcs11.KeyUnextractable)):
            own.wrap_key(victim, mechanism=Mechanism.AES_KEY_WRAP_PAD)

    blob = make(opened(beside_token), key_class=KeyClass.WRAPPED).blob
    TokenSession(module=MODULE, label=beside_token.label, pin=lambda: PIN).run(wrap_out)
    with pytest.raises(RefusedError) as refused:
        make(opened(beside_token, wrapping_key="aa"), key_class=KeyClass.WRAPPED)
    assert refused.value.code == "wrapping_key_not_trusted"


def test_a_wrapping_key_that_is_not_there(beside_token: SoftToken) -> None:
    backend = opened(beside_token, wrapping_key="dead")
    with pytest.raises(KeyUnknownError):
        make(backend, key_class=KeyClass.WRAPPED)


@pytest.mark.parametrize(
    ("changes", "curve", "key_class", "named"),
    [
        ({"wrapping_key": None}, "secp256k1", KeyClass.WRAPPED, "WRAPPED on curve secp256k1"),
        ({}, "ed25519", KeyClass.WRAPPED, "WRAPPED on curve ed25519"),
        ({"profile": "nshield"}, "secp256k1", KeyClass.NEVER_LEAVES, "NEVER_LEAVES on curve secp256k1"),
        ({"profile": "nethsm"}, "secp256k1", KeyClass.NEVER_LEAVES, "making keys"),
    ],
)
def test_what_is_not_offered_is_named(
    beside_token: SoftToken, changes: dict[str, Any], curve: Curve, key_class: KeyClass, named: str
) -> None:
    settings = {name: value for name, value in beside_token.settings(**changes).items() if value is not None}
    backend = registry.open_backend("cold", kind="pkcs11", settings=settings)
    with pytest.raises(
        CapabilityMissingError, match=f"key back-end cold does not offer .*{named}"
    ) as refused:
        make(backend, curve, key_class)
    assert refused.value.code == "capability_missing"


def test_no_tweak(beside_token: SoftToken) -> None:
    backend = opened(beside_token)
    with pytest.raises(CapabilityMissingError, match="does not offer tweak"):
        backend.sign(handle=make(backend).handle, scheme=K1, digest32=DIGEST, tweak=bytes(32))


def test_a_module_whose_keys_are_made_elsewhere_reads_them(beside_token: SoftToken) -> None:
    made = make(opened(beside_token))
    elsewhere = opened(beside_token, profile="nethsm")
    read = elsewhere.generate(
        label="", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES, handle=made.handle
    )
    assert read == made
    with pytest.raises(KeyUnknownError):
        elsewhere.generate(label="", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES, handle="00")


@pytest.mark.parametrize(("size", "profile"), [(2, "yubihsm2"), (16, "aws-cloudhsm")])
def test_new_handles_have_the_length_of_the_profile(beside_token: SoftToken, size: int, profile: str) -> None:
    backend = opened(beside_token, profile=profile)
    made = make(backend)
    assert (len(bytes.fromhex(made.handle)), signs(backend, made)) == (size, True)
    backend.destroy(made.handle)


def test_only_what_we_had_in_hand_is_called_tested() -> None:
    assert {name for name, profile in PROFILES.items() if profile.tested} == {"softhsm2", "p11-kit"}
    assert all(set(profile.curves) <= set(SCHEME_OF) for profile in PROFILES.values())


@pytest.mark.parametrize("length", [0, 4097])
def test_macs_are_over_1_to_4096_bytes(beside_token: SoftToken, length: int) -> None:
    with pytest.raises(ValueError, match="4096"):
        opened(beside_token).mac(handle="00", data=bytes(length))
