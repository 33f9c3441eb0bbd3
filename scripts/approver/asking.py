"""The officer at the terminal: what is shown, what is asked.

Standard output carries results; with ``--json`` whatever is shown besides goes to standard error. A
question without an answer ends in a refusal, so also the end of the input.
"""

import sys
from getpass import getpass
from pathlib import Path
from typing import TextIO

from custody.common.errors import RefusedError
from custody.statements.display.table import Language
from scripts.approver.words import say
from scripts.private_files import check_rights

TERMINAL = Path("/dev/tty")
MAX_ANSWER = 1024


class Asking:
    """Questions in one language; the passphrase may come from a file of the officer's own."""

    def __init__(self, language: Language, *, is_json: bool, passphrase_file: Path | None) -> None:
        self.language = language
        self._shown: TextIO = sys.stderr if is_json else sys.stdout
        self._passphrase_file = passphrase_file

    def show(self, text: str) -> None:
        print(text, file=self._shown, flush=True)

    def verdict(self, *, stdin_is_used: bool) -> str:
        """One line, from the terminal when the subject itself came from standard input.

        Raises RefusedError when there is nobody to answer.
        """
        print(say("ask_verdict", self.language), end="", file=self._shown, flush=True)
        if stdin_is_used:
            with _terminal() as terminal:
                line = terminal.readline(MAX_ANSWER)
        else:
            line = sys.stdin.readline(MAX_ANSWER)
        if not line:
            raise RefusedError("no answer, nothing is signed", code="no_answer")
        return line.strip()

    def show_qr(self, text: str) -> None:
        """``text`` as QR code in characters of two blocks each."""
        # Loads an imaging library, for which nobody should wait who wants no picture.
        from qrcode import QRCode
        from qrcode.constants import ERROR_CORRECT_L

        code = QRCode(error_correction=ERROR_CORRECT_L)
        code.add_data(text)
        code.print_ascii(out=self._shown, invert=True)

    def passphrase(self) -> str:
        """From ``--passphrase-file`` or the terminal."""
        given = self._from_file()
        return self._typed("ask_passphrase") if given is None else given

    def new_passphrase(self) -> str:
        """The same, typed twice; raises RefusedError when the two differ."""
        given = self._from_file()
        if given is not None:
            return given
        first = self._typed("ask_new_passphrase")
        if self._typed("ask_passphrase_again") != first:
            raise RefusedError("the two passphrases differ", code="passphrases_differ", field="passphrase")
        return first

    def _from_file(self) -> str | None:
        if self._passphrase_file is None:
            return None
        check_rights(self._passphrase_file)
        return self._passphrase_file.read_text(encoding="utf-8").rstrip("\n")

    def _typed(self, question: str) -> str:
        _terminal().close()
        try:
            return getpass(say(question, self.language))
        except EOFError:
            raise RefusedError("no answer, nothing is signed", code="no_answer") from None


def _terminal() -> TextIO:
    """The terminal this process belongs to, whatever its standard input is; raises RefusedError."""
    try:
        return TERMINAL.open(encoding="utf-8")
    except OSError:
        raise RefusedError("no terminal to ask at", code="no_terminal") from None
