"""Where a world keeps its files, and from where its processes read the code.

The state directory holds one folder per owner. A clone below a directory that only root may
enter cannot be read by the system users; then code and environment are mirrored to a readable place.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.users import as_user, ensure_users, is_separated, make_directory, own, write_secret

PROJECT = Path(__file__).resolve().parent.parent.parent
MAX_SOCKET_PATH = 100
_MIRRORED = ("custody", "scripts", "templates", "static", "manage.py", ".venv", "docs")


@dataclass(frozen=True)
class Layout:
    """Directories of one world below ``state``."""

    state: Path
    code: Path

    @classmethod
    def create(cls, state: Path) -> "Layout":
        """Make the directories of a world; ``state`` moves to /tmp when others cannot reach it."""
        ensure_users()
        state = _reachable_state(state)
        layout = cls(state, readable_code())
        layout._make()
        return layout

    @property
    def python(self) -> str:
        return str(self.code / ".venv" / "bin" / "python")

    @property
    def database_socket(self) -> Path:
        return self.state / "run" / "database"

    @property
    def keys_socket(self) -> Path:
        return self.state / "run" / "keys" / "keys.sock"

    @property
    def witness_socket(self) -> Path:
        return self.state / "run" / "witness" / "witness.sock"

    @property
    def witness(self) -> Path:
        return self.state / "witness"

    @property
    def signer(self) -> Path:
        return self.state / "signer"

    @property
    def public(self) -> Path:
        """What the signer publishes: checkpoints and certificates."""
        return self.state / "public"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def web(self) -> Path:
        return self.state / "web"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    def secret(self, name: str, user: str) -> Path:
        """A file below ``secrets/`` with a random value, made once, readable by ``user`` alone."""
        return write_secret(self.state / "secrets" / name, secrets.token_urlsafe(32), user)

    def _make(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o755)
        for name in ("secrets", "logs", "run"):
            (self.state / name).mkdir(exist_ok=True)
            (self.state / name).chmod(0o755)
        make_directory(self.database_socket, "custody-database", 0o750)
        make_directory(self.keys_socket.parent, "custody-keys", 0o750)
        make_directory(self.keys, "custody-keys", 0o700)
        make_directory(self.witness_socket.parent, "custody-witness", 0o750)
        make_directory(self.witness, "custody-witness", 0o700)
        make_directory(self.signer, "custody-signer", 0o700)
        make_directory(self.public, "custody-signer", 0o755)
        make_directory(self.web, "custody-web", 0o750)
        for name in ("static", "exports"):
            make_directory(self.web / name, "custody-web", 0o750)


def readable_code() -> Path:
    """The project's folder, or a mirror of it that the system users can read."""
    if not is_separated() or _can_read("custody-web", PROJECT / "manage.py"):
        return PROJECT
    mirror = _mirror_path()
    mirror.mkdir(mode=0o755, exist_ok=True)
    if mirror.stat().st_uid != os.getuid():
        raise RuntimeError(f"{mirror} belongs to somebody else")
    for name in _MIRRORED:
        if (PROJECT / name).exists():
            subprocess.run(
                ["cp", "-a", "--update", "--no-target-directory", str(PROJECT / name), str(mirror / name)],
                check=True,
            )
    return mirror


def test_run_prefix() -> str:
    """How the temporary directories of this clone's test runs begin."""
    return f"custody-test-{_short_hash(PROJECT)}-"


def remove_mirror() -> None:
    """Delete the mirror of this project, if there is one."""
    shutil.rmtree(_mirror_path(), ignore_errors=True)


def _mirror_path() -> Path:
    return Path("/var/tmp") / f"custody-code-{_short_hash(PROJECT)}"  # noqa: S108 - ownership is checked


def _reachable_state(state: Path) -> Path:
    too_long = len(str(state / "run" / "database" / ".s.PGSQL.5432")) > MAX_SOCKET_PATH
    state.mkdir(parents=True, exist_ok=True)
    closed = is_separated() and not _can_read("custody-web", state)
    if not too_long and not closed:
        return state
    short = Path("/tmp") / f"custody-{_short_hash(state)}"  # noqa: S108 - fixed name, ownership checked
    short.mkdir(mode=0o755, exist_ok=True)
    if short.stat().st_uid != os.getuid() or short.is_symlink():
        raise RuntimeError(f"{short} belongs to somebody else")
    own(short, "root", 0o755) if is_separated() else short.chmod(0o700)
    return short


def _can_read(user: str, path: Path) -> bool:
    command = as_user(user, ["test", "-r", str(path)], death_signal=None)
    return subprocess.run(command, check=False, cwd="/", stderr=subprocess.DEVNULL).returncode == 0


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]
