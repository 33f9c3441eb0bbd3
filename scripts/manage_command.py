"""Behind ``scripts/manage``: run one management command in the demonstration world.

It starts what is missing and says so, and leaves running what was running.
"""

import subprocess
import sys

from scripts.embedded.process import clean_environment
from scripts.embedded.users import as_user
from scripts.embedded.world import USER_OF
from scripts.handed_files import HandedFiles
from scripts.installation import world_at_hand

SIGNER_COMMANDS = frozenset(
    {
        "check_signing_request",
        "probe_key_backend",
        "signer_ceremony",
        "signer_genesis",
        "signer_kill",
        "signer_revoke",
        "signer_status",
    }
)


def main(arguments: list[str]) -> int:
    """Run ``arguments`` as the process the command belongs to; its exit code is ours."""
    if not arguments:
        print("usage: scripts/manage COMMAND [ARGUMENTS]", file=sys.stderr)
        return 2
    process = "signer" if arguments[0] in SIGNER_COMMANDS else "command"
    with world_at_hand() as world, HandedFiles(USER_OF[process]) as files:
        handed = [arguments[0], *files.hand_over(arguments[1:])]
        command = [world.layout.python, str(world.layout.code / "manage.py"), *handed]
        done = subprocess.run(
            as_user(USER_OF[process], command),
            env={**clean_environment(), **world.environment(process)},
            cwd=world.layout.code,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        sys.stdout.write(files.in_words_of_the_caller(done.stdout))
        files.bring_back()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
