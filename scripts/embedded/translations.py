"""Compiles the language catalogues whose source is newer than the compiled file."""

import subprocess
from pathlib import Path

from scripts.embedded.layout import PROJECT


def compile_all() -> None:
    """Run msgfmt on each stale catalogue; its checks make a broken one an error."""
    for source in sorted((PROJECT / "custody" / "locale").glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            _compile(source, compiled)


def _compile(source: Path, compiled: Path) -> None:
    subprocess.run(["msgfmt", "--check-format", "-o", str(compiled), str(source)], check=True)


if __name__ == "__main__":
    compile_all()
