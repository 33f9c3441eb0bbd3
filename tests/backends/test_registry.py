"""The installation's file of back-ends: what is wrong in it is named by its place."""

from pathlib import Path
from typing import Any

import pytest

from custody.common.errors import InvalidInputError
from custody.hsm.backends import registry
from custody.hsm.backends.settings import configured

PKCS11 = {"module": "/m.so", "label": "t", "pin_file": "/pin", "profile": "softhsm2"}


def entry(**changes: Any) -> dict[str, Any]:
    return {"backend": "pkcs11", "settings": PKCS11 | changes}


@pytest.mark.parametrize(
    ("made", "field"),
    [
        ({"backend": "pkcs11"}, "/cold/settings"),
        ({"backend": "pkcs11", "settings": []}, "/cold/settings"),
        ({"backend": "pkcs11", "settings": {}, "more": 1}, "/cold/more"),
        ({"backend": "nobody", "settings": {}}, "/cold"),
        (entry(module="relative.so"), "/cold/settings/module"),
        (entry(profile="other"), "/cold/settings/profile"),
        (entry(pin="123456"), "/cold/settings/pin"),
        (entry(wrapping_key="xyz"), "/cold/settings/wrapping_key"),
        ({"backend": "aws_kms", "settings": {}}, "/cold/settings/region"),
        (
            {"backend": "aws_kms", "settings": {"region": "r", "endpoint": "http://elsewhere"}},
            "/cold/settings/endpoint",
        ),
        ({"backend": "azure_key_vault", "settings": {"vault": "ftp://x"}}, "/cold/settings/vault"),
    ],
)
def test_a_bad_entry_is_named_by_its_place(configure: Any, made: dict[str, Any], field: str) -> None:
    configure(cold=made)
    with pytest.raises(InvalidInputError) as refused:
        registry.open_configured("cold")
    assert refused.value.field == field


@pytest.mark.parametrize("content", ["", "[]", "{", '"x"', "\udcff"])
def test_a_file_that_is_no_json_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content.encode(errors="surrogateescape"))
    monkeypatch.setenv("CUSTODY_KEY_BACKENDS_FILE", str(file))
    with pytest.raises(InvalidInputError) as refused:
        configured()
    assert refused.value.code == "bad_backend_settings"


def test_a_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTODY_KEY_BACKENDS_FILE", "/nowhere/file")
    with pytest.raises(InvalidInputError, match="FileNotFoundError"):
        configured()


def test_names_are_small(configure: Any) -> None:
    configure(**{"Cold Wallet": entry()})
    with pytest.raises(InvalidInputError):
        configured()


def test_no_file_means_no_back_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTODY_KEY_BACKENDS_FILE", raising=False)
    assert configured() == {}
    with pytest.raises(InvalidInputError, match="no key back-end is configured as cold"):
        registry.open_configured("cold")


@pytest.mark.parametrize("kind", sorted(registry.BACKENDS))
def test_every_kind_can_be_loaded(kind: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        registry.open_backend("x", kind=kind, settings={"nonsense": 1})
    assert refused.value.field == "/settings/nonsense"
