"""``scripts/approve COMMAND``: one line of refusal on stderr, exit 0 done, 1 refused, 2 bad use."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from custody.common.errors import CustodyError
from custody.statements.credential import PersonRole
from custody.statements.display.table import LANGUAGES
from scripts.approver import commands
from scripts.approver.asking import Asking
from scripts.approver.words import say, sentence

COMMANDS: dict[str, Callable[[Namespace, Asking], commands.Lines]] = {
    "init": commands.init,
    "enrol": commands.enrol,
    "pin": commands.pin,
    "show": commands.show_subject,
    "sign": commands.sign,
}


def main(words: list[str]) -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args(words)
    language = arguments.language
    try:
        if arguments.as_person is not None:
            _be_a_person_of_the_demonstration(arguments)
        asking = Asking(language, is_json=arguments.json, passphrase_file=arguments.passphrase_file)
        lines = arguments.run(arguments, asking)
    except CustodyError as error:
        place = " ".join(filter(None, (error.code, error.field)))
        print(f"{say('refused', language)}: {place}: {sentence(error, language)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{say('stopped', language)}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{say('cannot_read', language)}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    _print(lines, arguments)
    return 0


def _print(lines: commands.Lines, arguments: Namespace) -> None:
    if arguments.json:
        print(json.dumps(lines))
        return
    for name, value in lines.items():
        print(f"{say(name, arguments.language)}: {value}")


def _be_a_person_of_the_demonstration(arguments: Namespace) -> None:
    # The demonstration's tools start processes and are no part of an officer's machine.
    from scripts.approver.demonstration import home_of

    arguments.dir, arguments.passphrase_file = home_of(arguments.as_person)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="scripts/approve", description="Shows what is to be approved and signs the officer's word on it."
    )
    parser.add_argument("--language", choices=LANGUAGES, default="de")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--dir", type=Path, default=Path.home() / ".custody-approve", help="of the officer alone"
    )
    who.add_argument("--as", dest="as_person", metavar="NAME", help="a person of the demonstration world")
    parser.add_argument("--passphrase-file", type=Path, help="instead of asking; of the officer alone")
    names = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        command = names.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        command.set_defaults(run=function)
    _add_own_options(names.choices)
    return parser


def _add_own_options(commands_: dict[str, ArgumentParser]) -> None:
    commands_["init"].add_argument("--person", help="id, for another device of a known person")
    enrol = commands_["enrol"]
    enrol.add_argument("--name", required=True)
    enrol.add_argument("--role", action="append", choices=get_args(PersonRole), required=True)
    enrol.add_argument("--valid-until", required=True, help="YYYY-MM-DDThh:mm:ssZ, within 190 days")
    enrol.add_argument("--out", type=Path, required=True, help="file to write")
    for name in ("instance", "policy", "attest-key"):
        commands_["pin"].add_argument(f"--{name}")
    for name in ("show", "sign"):
        commands_[name].add_argument("file", help="a file, - for standard input, or a link with #s=…")
        commands_[name].add_argument("--attestations", type=Path, help="instead of those in the link")
    sign = commands_["sign"]
    sign.add_argument("--expires-at", help="end of the statement, earlier than by itself")
    sign.add_argument("--out", type=Path, help="file to write")
    sign.add_argument("--link", action="store_true", help="print the answer as #t=… for a page too")
    sign.add_argument("--qr", action="store_true", help="show the answer as QR code too")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
