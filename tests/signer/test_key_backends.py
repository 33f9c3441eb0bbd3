"""The signer and keys on another back-end: named in the KEY entry, loaded when used."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.common.errors import InvalidInputError
from custody.hsm.backends import registry
from custody.hsm.backends.interface import KeyClass, MadeKey, Scheme
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import models, selectors
from custody.hsm.signer.store.journal import Draft
from custody.statements.terms import RoleKeys, Terms
from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment
from tests.backends.conftest import beside_token, configure, soft_token, vault, vault_settings  # noqa: F401
from tests.backends.tokens import SoftToken
from tests.harness.azure import LocalVault
from tests.harness.bitcoin import public_key
from tests.signer.bench import Bench, store_database

KEY = "key_01KAJ8V0000000000000000009"
DIGEST = bytes(range(32))
UPGRADE = PROJECT / "tests" / "upgrade"


def activate(bench: Bench, made: MadeKey, **more: str) -> selectors.CatalogueKey:
    """Record a key of purpose mediator."""
    body = {
        "key": KEY,
        "type": "KEY_ACTIVATE",
        "purpose": "mediator",
        "curve": "secp256k1",
        "public_key": made.public_key.hex(),
        "token_id": made.handle,
        "class": "NEVER_LEAVES",
        "attributes": dict(made.attributes),
        "state": "ACTIVE",
        **more,
    }
    bench.store.commit(Draft("KEY", body), at=bench.hands.now)
    found = selectors.key(KEY)
    assert found is not None
    return found


@pytest.fixture
def cloud_key(
    bench: Bench,
    vault_settings: dict[str, Any],  # noqa: F811
    configure: Any,  # noqa: F811
) -> selectors.CatalogueKey:
    """A key of the catalogue in the vault that is configured as ``cloud``."""
    configure(cloud={"backend": "azure_key_vault", "settings": vault_settings})
    made = registry.open_configured("cloud").generate(
        label="mediator", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES
    )
    return activate(bench, made, backend="cloud")


def terms_with(bench: Bench, key: selectors.CatalogueKey) -> Terms:
    """Terms whose mediator is this key, registered."""
    buyer, merchant = (public_key(name).hex() for name in ("buyer", "merchant"))
    keys = RoleKeys(buyer=buyer, merchant=merchant, mediator=key.public_key)
    terms = bench.terms(keys=keys)
    assert bench.handle(replace(bench.terms_request(terms), key=key.id)).outcome == "RECORDED"
    return terms


def test_signs_a_spend_with_a_key_of_another_back_end(
    bench: Bench, cloud_key: selectors.CatalogueKey
) -> None:
    request = replace(bench.spend(terms_with(bench, cloud_key)), key=KEY)
    result = bench.handle(request)
    assert (cloud_key.backend, result.outcome) == ("cloud", "SIGNED")
    assert [made.public_key for made in result.signatures] == [cloud_key.public_key]


def test_a_key_that_was_disabled_there_signs_later(
    bench: Bench,
    vault: LocalVault,  # noqa: F811
    cloud_key: selectors.CatalogueKey,
) -> None:
    request = replace(bench.spend(terms_with(bench, cloud_key)), key=KEY)
    vault.keys[cloud_key.token_id].enabled = False
    result = bench.handle(request)
    assert (result.outcome, result.rule, result.signatures) == ("FAILED", "key_disabled", ())
    vault.keys[cloud_key.token_id].enabled = True
    assert bench.handle(request).outcome == "SIGNED"


def test_a_key_whose_back_end_is_not_configured(
    bench: Bench,
    cloud_key: selectors.CatalogueKey,
    configure: Any,  # noqa: F811
) -> None:
    configure()
    with pytest.raises(InvalidInputError, match="no key back-end is configured as cloud"):
        SigningToken(bench.token.session).sign(cloud_key, DIGEST)


def test_genesis_names_the_signers_own_token(bench: Bench) -> None:
    assert {key.backend for key in selectors.all_keys()} == {"pkcs11"}
    entries = [json.loads(bytes(entry.body))["body"] for entry in models.Entry.objects.filter(kind="KEY")]
    assert {entry["backend"] for entry in entries if "public_key" in entry} == {"pkcs11"}


def test_a_key_entry_without_a_back_end_is_on_the_signers_own_token(bench: Bench) -> None:
    own = bench.token.backend().generate(label="mediator", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES)
    key = activate(bench, own)
    assert (key.backend, models.Key.objects.get(id=KEY).backend) == ("pkcs11", None)
    assert len(bench.token.sign(key, DIGEST)) == 64


def test_the_store_of_the_first_release_opens(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    shutil.copy(UPGRADE / "v0.1.store.sqlite3", tmp_path / "store.sqlite3")
    with store_database(tmp_path), django_db_blocker.unblock():
        call_command("migrate", database="signer_store", verbosity=0, interactive=False)
        keys = selectors.all_keys()
        assert keys
        assert {key.backend for key in keys} == {"pkcs11"}
        with pytest.raises(Exception, match="append-only"):
            models.Key.objects.update(backend="elsewhere")


def test_the_file_may_name_the_signers_own_token_itself(
    bench: Bench,
    beside_token: SoftToken,  # noqa: F811
    configure: Any,  # noqa: F811
) -> None:
    configure(pkcs11={"backend": "pkcs11", "settings": beside_token.settings()})
    own = SigningToken(bench.token.session).backend()
    assert own.capabilities().wrapped == {Scheme.ECDSA_SECP256K1, Scheme.ECDSA_P256}


def test_the_signer_loads_no_back_end_it_does_not_use(tmp_path: Path) -> None:
    program = (
        "import django, sys; django.setup()\n"
        "from custody.hsm.signer import app, genesis, program\n"
        "program.build_token().backend()\n"
        "print(sorted({'boto3', 'botocore', 'azure', 'msal', 'requests'} & set(sys.modules)))\n"
    )
    environment = {
        **clean_environment(),
        "CUSTODY_PROCESS": "signer",
        "CUSTODY_PROFILE": "test",
        "CUSTODY_STATE_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "custody.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n"
