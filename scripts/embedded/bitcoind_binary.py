"""Obtain bitcoind: from PATH, or unpacked from a Debian package into a cache.

Debian's package ``bitcoin-knots`` of a newer suite is fetched by apt with private directories,
checked against the distribution's keyring, unpacked without running its scripts, and called
through its own loader, so that the system's packages stay as they are. The mirror is the one this
machine's apt already uses.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "bitcoin-knots"
SUITES = ("forky", "sid")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class BitcoindBinary:
    """How to call bitcoind; ``root`` is the unpacked package, or None for the one from PATH."""

    prefix: tuple[str, ...]
    version: str
    root: Path | None = None

    def command(self, directory: Path) -> list[str]:
        """Command line of a node that keeps everything in ``directory``."""
        return [*self.prefix, f"-datadir={directory}", "-printtoconsole=1"]


def prepare(cache: Path) -> BitcoindBinary:
    """Return a usable bitcoind, fetching it into ``cache`` when needed."""
    found = shutil.which("bitcoind")
    if found is not None:
        return BitcoindBinary((found,), _version((found,)))
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "bitcoind.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = cache / "bitcoind"
        if not root.exists():
            _fetch(root)
    return unpacked(root)


def unpacked(root: Path) -> BitcoindBinary:
    """The binary of an unpacked package, called through the loader and libraries beside it."""
    loader = next(iter(sorted(root.glob("usr/lib*/ld-linux-*.so.*"))))
    libraries = next(iter(sorted(root.glob("usr/lib/*-linux-gnu"))))
    prefix = (str(loader), "--library-path", str(libraries), str(root / "usr" / "bin" / "bitcoind"))
    return BitcoindBinary(prefix, _version(prefix), root)


def _version(prefix: tuple[str, ...]) -> str:
    """First line of ``-version``; asked in a directory of its own.

    Knots writes its settings file even for this question: without a directory it would write into
    the caller's home, and two at a time would fail over the same file.
    """
    with tempfile.TemporaryDirectory(prefix="custody-bitcoind-") as directory:
        asked = [*prefix, f"-datadir={directory}", "-version"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{prefix[-1]} does not start: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.splitlines()[0]


def _fetch(root: Path) -> None:
    """Try each suite; raise RuntimeError with apt's own words when none gives the package."""
    if not KEYRING.exists() or shutil.which("apt-get") is None:
        raise RuntimeError("no bitcoind in PATH, and no Debian apt to fetch it with: run scripts/bootstrap")
    mirror, reasons = _mirror(), []
    for suite in SUITES:
        work = root.with_name(f"bitcoind-{suite}-{os.getpid()}")
        try:
            _download(work, mirror, suite)
            for package in sorted((work / "archives").glob("*.deb")):
                subprocess.run(["dpkg-deb", "-x", str(package), str(work / "root")], check=True)
            unpacked(work / "root")
            (work / "root").rename(root)
            return
        except (subprocess.CalledProcessError, RuntimeError, StopIteration) as error:
            reasons.append(f"{suite}: {getattr(error, 'stderr', None) or error}")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    raise RuntimeError(f"{PACKAGE} could not be fetched:\n" + "\n".join(reasons))


def _mirror() -> str:
    """Mirror of this machine's own release, from its apt configuration."""
    lines = Path("/etc/os-release").read_text().splitlines()
    codename = dict(line.split("=", 1) for line in lines if "=" in line).get("VERSION_CODENAME", "")
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        release, component, uri = line.split(" ", 2)
        if release == codename and component == "main":
            return uri
    raise RuntimeError(f"apt knows no mirror of {codename or 'this system'}: put bitcoind into PATH")


def _download(work: Path, mirror: str, suite: str) -> None:
    """Download the package and all it needs into ``work``/archives, as if nothing were installed."""
    for name in ("lists/partial", "archives/partial", "sources", "root"):
        (work / name).mkdir(parents=True)
    (work / "status").touch()
    source = work / "sources" / "suite.list"
    source.write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
    options = {
        "Dir::State": work,
        "Dir::State::lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work,
        "Dir::Cache::archives": work / "archives",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": work / "sources",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
    }
    apt = ["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in options.items())]
    for action in (["update", "-oAPT::Update::Error-Mode=any"], ["install", "--download-only", PACKAGE]):
        subprocess.run([*apt, *action], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
