"""The officer's directory: the encrypted key, and what the officer pinned, for the owner alone."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common.errors import RefusedError
from custody.statements.attestation import AttestKey
from custody.statements.fields import Ed25519Key, Hash, InstanceId, PersonId
from custody.statements.form import Document
from scripts.approver import keyfile
from scripts.private_files import check_rights, make_private_directory, write_once

KEY, CONFIG = "key.pem", "config.json"


@dataclass(frozen=True, kw_only=True)
class Config(Document):
    """Who the officer is, and what was pinned: installation, policy in force, key of the attestations."""

    FORMAT = "custody-approve/config/v1"

    person: PersonId
    public_key: Ed25519Key
    instance: InstanceId | None = None
    policy: Hash | None = None
    attest_key: AttestKey | None = None

    def pinned_instance(self) -> str:
        """The installation; raises RefusedError before one is pinned."""
        return self._pinned(self.instance, "instance")

    def pinned_policy(self) -> str:
        """Hash of the policy in force; raises RefusedError before one is pinned."""
        return self._pinned(self.policy, "policy")

    def pinned_attest_key(self) -> str:
        """Public key in hex; raises RefusedError before one is pinned."""
        return self._pinned(self.attest_key, "attest_key")

    def _pinned(self, value: str | None, name: str) -> str:
        if value is None:
            raise RefusedError("not pinned yet, see the command pin", code="not_pinned", field=name)
        return value


@dataclass(frozen=True)
class Home:
    """An opened directory; made by ``create`` or found by ``find``."""

    path: Path
    config: Config

    @classmethod
    def create(cls, path: Path, *, passphrase: str, person: str) -> "Home":
        """Make directory, key and config; raises RefusedError when a key lies there."""
        key = Ed25519PrivateKey.generate()
        data = keyfile.encrypted(key, passphrase)
        make_private_directory(path)
        config = Config(person=person, public_key=key.public_key().public_bytes_raw().hex())
        write_once(path / KEY, data, code="key_exists")
        write_once(path / CONFIG, config.to_bytes(), code="key_exists")
        return cls(path, config)

    @classmethod
    def find(cls, path: Path) -> "Home":
        """Open a directory that ``create`` made; raises RefusedError when others may read it."""
        for place in (path, path / KEY, path / CONFIG):
            check_rights(place)
        return cls(path, Config.from_bytes((path / CONFIG).read_bytes()))

    def key(self, passphrase: str) -> Ed25519PrivateKey:
        """Open the key; raises RefusedError for a wrong passphrase and for another key than the config's."""
        key = keyfile.opened((self.path / KEY).read_bytes(), passphrase)
        if key.public_key().public_bytes_raw().hex() != self.config.public_key:
            raise RefusedError("not the key this directory was made with", code="foreign_key", field="key")
        return key

    def pin(self, *, instance: str | None, policy: str | None, attest_key: str | None) -> "Home":
        """Pin what is given and keep the rest; an installation is pinned once (RefusedError)."""
        if self.config.instance not in {None, instance or self.config.instance}:
            raise RefusedError(
                "another installation needs a directory of its own", code="already_pinned", field="instance"
            )
        given = {"instance": instance, "policy": policy, "attest_key": attest_key}
        found = {name: value for name, value in given.items() if value is not None}
        # Read back, so that nothing is written that could not be read.
        config = Config.from_json(replace(self.config, **found).to_json())
        temporary = self.path / f"{CONFIG}.new"
        temporary.unlink(missing_ok=True)
        write_once(temporary, config.to_bytes(), code="in_use")
        os.replace(temporary, self.path / CONFIG)
        return replace(self, config=config)
