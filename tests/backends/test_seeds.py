"""Seeds of derived keys on a real token: made and wrapped there, opened only from their own blob."""

import pytest
from pkcs11 import Attribute, ObjectClass

from custody.common.errors import RefusedError
from custody.hsm.backends import registry
from custody.hsm.backends.interface import KeyClass, SeedHolder
from custody.hsm.token.errors import CapabilityMissingError, KeyUnknownError
from custody.hsm.token.session import TokenSession
from scripts.embedded.softhsm import MODULE
from tests.backends.tokens import SoftToken, add_label
from tests.signer.tokens import PIN


def holder(token: SoftToken, **changes: object) -> SeedHolder:
    backend = registry.open_backend("t", kind="pkcs11", settings=token.settings(**changes))
    assert isinstance(backend, SeedHolder)
    return backend


def test_a_seed_is_born_on_the_token_and_opens_from_its_blob(beside_token: SoftToken) -> None:
    backend = holder(beside_token)
    made = backend.generate_seed()
    assert dict(made.attributes) == {
        "sensitive": True,
        "always_sensitive": True,
        "extractable": True,
        "never_extractable": False,
        "local": True,
        "wrap_with_trusted": True,
    }
    seed = backend.open_seed(made.blob)
    assert (len(seed), len(made.blob)) == (32, 40)
    assert backend.open_seed(made.blob) == seed
    assert bytes(seed) not in made.blob


def test_two_seeds_differ(beside_token: SoftToken) -> None:
    backend = holder(beside_token)
    first, second = (backend.open_seed(backend.generate_seed().blob) for _ in range(2))
    assert first != second


def test_nothing_stays_on_the_token(beside_token: SoftToken) -> None:
    session = TokenSession(module=MODULE, label=beside_token.label, pin=lambda: PIN)

    def secrets() -> int:
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY}
        return session.run(lambda token: len(list(token.session.get_objects(wanted))))

    before = secrets()
    backend = holder(beside_token)
    backend.open_seed(backend.generate_seed().blob)
    assert secrets() == before


def test_a_seed_of_another_token_opens_nothing(beside_token: SoftToken) -> None:
    add_label(beside_token, "foreign-seeds")
    theirs = holder(beside_token, label="foreign-seeds").generate_seed()
    with pytest.raises(KeyUnknownError, match="does not open"):
        holder(beside_token).open_seed(theirs.blob)


def test_the_blob_of_a_key_is_no_seed(beside_token: SoftToken) -> None:
    backend = registry.open_backend("t", kind="pkcs11", settings=beside_token.settings())
    key = backend.generate(label="x", curve="secp256k1", key_class=KeyClass.WRAPPED)
    with pytest.raises(KeyUnknownError, match="no seed"):
        holder(beside_token).open_seed(key.blob or b"")


def test_without_a_wrapping_key_there_are_no_seeds(beside_token: SoftToken) -> None:
    settings = {name: value for name, value in beside_token.settings().items() if name != "wrapping_key"}
    backend = registry.open_backend("t", kind="pkcs11", settings=settings)
    assert isinstance(backend, SeedHolder)
    with pytest.raises(CapabilityMissingError):
        backend.generate_seed()


def test_an_untrusted_wrapping_key_wraps_no_seed(beside_token: SoftToken) -> None:
    beside_token.run(
        "import pkcs11\n"
        "from pkcs11 import KeyType, MechanismFlag\n"
        f"token = pkcs11.lib('{MODULE}').get_token(token_label='{beside_token.label}')\n"
        f"with token.open(rw=True, user_pin='{PIN}') as session:\n"
        "    session.generate_key(KeyType.AES, 256, id=b'mine', label='mine', store=True,\n"
        "        capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP)\n"
    )
    with pytest.raises(RefusedError, match="trusted"):
        holder(beside_token, wrapping_key=b"mine".hex()).generate_seed()
