"""System users, one per trust boundary, so that the database, the web and the keys are really apart.

Only root can switch users. Everybody else runs all processes as one user; then attacks on files
and processes are not proved, and the callers print that.
"""

import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

GROUP = "custody"
NAMES = (
    "custody-database",
    "custody-web",
    "custody-keys",
    "custody-signer",
    "custody-witness",
    "custody-party",
)


def is_separated() -> bool:
    """True when each process runs as a system user of its own."""
    return os.geteuid() == 0


def ensure_users() -> None:
    """Create group and users when started as root; does nothing otherwise."""
    if not is_separated():
        return
    try:
        grp.getgrnam(GROUP)
    except KeyError:
        subprocess.run([_tool("groupadd"), "--system", GROUP], check=True)
    for name in NAMES:
        try:
            pwd.getpwnam(name)
        except KeyError:
            subprocess.run(
                [_tool("useradd"), "--system", "--gid", GROUP, "--no-create-home",
                 "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name],
                check=True,
            )  # fmt: skip


def _tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


def uid_of(user: str) -> int:
    """Numeric id of ``user``, or our own when users are not separated."""
    return pwd.getpwnam(user).pw_uid if is_separated() else os.getuid()


def as_user(user: str, command: list[str], *, death_signal: str | None = "TERM") -> list[str]:
    """Prefix ``command`` so that it runs as ``user`` and gets ``death_signal`` when its parent dies."""
    prefix = ["setpriv"]
    if is_separated():
        prefix += [f"--reuid={user}", f"--regid={GROUP}", "--clear-groups", "--no-new-privs"]
    if death_signal:
        prefix += [f"--pdeathsig={death_signal}"]
    return [*prefix, "--", *command] if len(prefix) > 1 else command


def own(path: Path, user: str, mode: int) -> Path:
    """Give ``path`` to ``user`` (when root) with exactly ``mode``."""
    if is_separated():
        record = pwd.getpwnam(user)
        os.chown(path, record.pw_uid, record.pw_gid)
    path.chmod(mode)
    return path


def make_directory(path: Path, user: str, mode: int) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return own(path, user, mode)


def write_secret(path: Path, value: str, user: str) -> Path:
    """Write ``value`` once, readable by ``user`` alone; an existing file keeps its content."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
    return own(path, user, 0o400)
