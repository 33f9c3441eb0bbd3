"""``python -m scripts.party COMMAND``: one line of refusal on stderr, exit 0 done, 1 refused, 2 bad use."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from custody.common.errors import CustodyError
from scripts.party import asking, commands

# name -> (function, whether it reads a file, whether it signs one into --out)
COMMANDS: dict[str, tuple[Callable[[Namespace], commands.Lines], bool, bool]] = {
    "init": (commands.init, False, False),
    "review-terms": (commands.review_terms, True, False),
    "sign-terms": (commands.sign_terms, True, True),
    "make-nonce": (commands.make_nonce, False, False),
    "prove-key": (commands.prove_key, True, True),
    "verify-key-proof": (commands.verify_key_proof, True, False),
    "sign-psbt": (commands.sign_psbt, True, True),
}


def main(words: list[str]) -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args(words)
    try:
        lines = arguments.run(arguments)
    except CustodyError as error:
        place = " ".join(filter(None, (error.code, error.field)))
        print(f"refused: {place}: {error.detail}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot read or write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps({name.replace(" ", "_"): value for name, value in lines.items()}))
    else:
        asking.show(lines)
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m scripts.party", description="Keeps a party's key and signs with it."
    )
    names = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (function, reads, signs) in COMMANDS.items():
        command = names.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        command.set_defaults(run=function, yes=False)
        command.add_argument(
            "--dir", type=Path, required=True, help="directory of the party, for its eyes only"
        )
        command.add_argument("--json", action="store_true", help="print one JSON object")
        if reads:
            command.add_argument("file", type=Path)
        if signs:
            command.add_argument("--out", type=Path, required=True, help="file to write")
            command.add_argument(
                "--yes", action="store_true", help="sign without asking; needed when no terminal is there"
            )
    _add_own_options(names.choices)
    return parser


def _add_own_options(commands_: dict[str, ArgumentParser]) -> None:
    commands_["init"].add_argument("--name", required=True)
    commands_["init"].add_argument(
        "--chain", required=True, help="mainnet, testnet4, signet, regtest, or a CAIP-2 id"
    )
    for name in ("init", "review-terms", "sign-terms"):
        commands_[name].add_argument("--payout", help="address at which you want to be paid")
    for name in ("review-terms", "sign-terms"):
        commands_[name].add_argument(
            "--contract", type=Path, help="the contract you downloaded; refused unless the terms name it"
        )
    commands_["sign-psbt"].add_argument("--terms", type=Path, required=True, help="the terms you signed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
