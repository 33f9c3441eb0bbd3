"""Behind ``scripts/manage``: run one management command in the demonstration world.

It starts what is missing and says so, and leaves running what was running. A command runs as the process
whose package it stands in.
"""

import subprocess
import sys

from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment
from scripts.embedded.users import as_user
from scripts.embedded.world import USER_OF, World
from scripts.handed_files import HandedFiles
from scripts.installation import world_at_hand

# Processes with a package of their own below custody/; all other commands belong to the web side.
PACKAGES = {"signer": "hsm/signer/store", "keys": "hsm/keys_server", "witness": "hsm/witness"}
OF_THE_MIGRATOR = frozenset({"grant_database_roles", "migrate"})
# Shows secrets to a person at the terminal, and nothing is to stand between the two.
AT_THE_TERMINAL = frozenset({"signer_wrapping_key"})
NOT_HERE = {
    "keys_server": "it runs in the demonstration world already",
    "makemessages": "it works on the source code: .venv/bin/python manage.py makemessages",
    "offline_signer": "it is for a machine whose signer does not run as a service (docs/offline-signer.md)",
    "signer_confirm_clock": "it needs a stopped signer; here it runs, and its clock is set with the world's",
    "signer_genesis": "the demonstration world has its genesis and a running signer; see signer_status",
    "witness": "it runs in the demonstration world already; witness --show prints its key",
}
BAD_USE = 2


def process_of(command: str) -> str:
    """The process that a command belongs to."""
    if command in OF_THE_MIGRATOR:
        return "migrator"
    for process, package in PACKAGES.items():
        if (PROJECT / "custody" / package / "management" / "commands" / f"{command}.py").exists():
            return process
    return "command"


def main(arguments: list[str]) -> int:
    """Run ``arguments`` as the process the command belongs to; its exit code is ours."""
    if not arguments:
        print("usage: scripts/manage COMMAND [ARGUMENTS]", file=sys.stderr)
        return BAD_USE
    reason = None if arguments[1:] == ["--show"] else NOT_HERE.get(arguments[0])
    if reason and "--help" not in arguments:
        print(f"scripts/manage: {arguments[0]} does not run here: {reason}", file=sys.stderr)
        return BAD_USE
    with world_at_hand() as world:
        return run_in(world, arguments)


def run_in(world: World, arguments: list[str]) -> int:
    """Run a command in a running world, with the caller's files in reach."""
    process = process_of(arguments[0])
    pipe = None if arguments[0] in AT_THE_TERMINAL else subprocess.PIPE
    with HandedFiles(USER_OF[process]) as files:
        handed = [arguments[0], *files.hand_over(arguments[1:])]
        command = [world.layout.python, str(world.layout.code / "manage.py"), *handed]
        done = subprocess.run(
            as_user(USER_OF[process], command),
            env={**clean_environment(), **world.environment(process)},
            cwd=world.layout.code,
            stdout=pipe,
            stderr=pipe if files.were_handed else None,
            text=True,
            check=False,
        )
        sys.stdout.write(files.in_words_of_the_caller(done.stdout or ""))
        sys.stderr.write(files.in_words_of_the_caller(done.stderr or ""))
        files.bring_back()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
