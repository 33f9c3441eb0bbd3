"""The back-end under test with the keys the suite makes on it."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from custody.common.errors import CustodyError
from custody.hsm.backends.conformance.judge import verifies
from custody.hsm.backends.interface import CURVE_OF, Capabilities, KeyBackend, KeyClass, MadeKey, Scheme

LABEL = "probe"
DIGESTS = tuple(bytes([number]) * 31 + b"\x01" for number in range(1, 33))


class Failed(Exception):
    """The back-end does not do what the interface promises."""


class NotOffered(Exception):
    """The back-end does not claim this, so there is nothing to check."""


@dataclass
class Subject:
    """``given``: handles of keys that exist already, for back-ends where others make them."""

    backend: KeyBackend
    given: Mapping[Scheme, str] = field(default_factory=dict)
    disabled: tuple[Scheme, str] | None = None
    keys: dict[Scheme, MadeKey] = field(default_factory=dict)
    connections_before: set[tuple[int, str]] = field(default_factory=lambda: connections())
    _to_destroy: list[str] = field(default_factory=list)

    @property
    def offered(self) -> Capabilities:
        return self.backend.capabilities()

    @property
    def schemes(self) -> list[Scheme]:
        return sorted(self.offered.schemes)

    def make(self, scheme: Scheme) -> MadeKey:
        """Make one more key that never leaves; ``clean`` destroys it."""
        made = self.backend.generate(
            label=LABEL, curve=CURVE_OF[scheme], key_class=KeyClass.NEVER_LEAVES, handle=None
        )
        self._to_destroy.append(made.handle)
        return made

    def read(self, scheme: Scheme, handle: str) -> MadeKey:
        """Read an existing key and its evidence."""
        return self.backend.generate(
            label=LABEL, curve=CURVE_OF[scheme], key_class=KeyClass.NEVER_LEAVES, handle=handle
        )

    def sign(self, scheme: Scheme, digest32: bytes = DIGESTS[0]) -> bytes:
        return self.backend.sign(handle=self.keys[scheme].handle, scheme=scheme, digest32=digest32)

    def signs_well(self, digests: Iterable[bytes] = DIGESTS[:1]) -> None:
        """Raise Failed unless every scheme's key signs all digests so that it verifies."""
        for scheme in self.schemes:
            for digest in digests:
                signature = self.sign(scheme, digest)
                if not verifies(scheme, self.keys[scheme].public_key, digest, signature):
                    raise Failed(f"{scheme}: the signature does not verify")

    def clean(self) -> None:
        """Destroy what was made; a key that is gone already is fine."""
        for handle in self._to_destroy:
            with suppress(CustodyError):
                self.backend.destroy(handle)


def connections() -> set[tuple[int, str]]:
    """Connected sockets of this process: descriptor and inode."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            target = os.readlink(entry)
            if target.startswith("socket:"):
                found.add((int(entry.name), target))
    return found


def expect(errors: tuple[type[Exception], ...], call: Callable[[], object], *, what: str) -> None:
    """Raise Failed unless ``call`` raises one of ``errors``."""
    try:
        call()
    except errors:
        return
    except Exception as error:
        raise Failed(f"{what}: {type(error).__name__} instead of a refusal") from error
    raise Failed(f"{what}: accepted")
