"""Checks that need Django but no test: deployment settings, migrations, schema, translations."""

import os
import subprocess
import sys

from scripts.embedded.layout import PROJECT

DEPLOYMENT = {
    "CUSTODY_PROFILE": "production",
    "CUSTODY_PROCESS": "web",
    "CUSTODY_SECRET_KEY": "x-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "CUSTODY_ALLOWED_HOSTS": "custody.example",
    "CUSTODY_OPERATOR_NAME": "Example",
}
DEVELOPMENT = {
    "CUSTODY_PROFILE": "test",
    "CUSTODY_PROCESS": "test",
    "CUSTODY_SECRET_KEY": "checks",
    # makemigrations wants to look at a database and warns that there is none.
    "PYTHONWARNINGS": "ignore::RuntimeWarning",
}
CHECKS = (
    (DEPLOYMENT, ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
    (DEVELOPMENT, ["manage.py", "makemigrations", "--check", "--dry-run"]),
    (DEVELOPMENT, ["-m", "scripts.api_schema", "--check"]),
    (DEVELOPMENT, ["-m", "scripts.check_translations"]),
)


def main() -> int:
    """Run all checks; return 1 when any failed."""
    failed = [arguments for environment, arguments in CHECKS if not _passes(environment, arguments)]
    for arguments in failed:
        print("failed:", " ".join(arguments), file=sys.stderr)
    return 1 if failed else 0


def _passes(environment: dict[str, str], arguments: list[str]) -> bool:
    base = {key: value for key, value in os.environ.items() if not key.startswith("CUSTODY_")}
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**base, **environment},
        cwd=PROJECT,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
