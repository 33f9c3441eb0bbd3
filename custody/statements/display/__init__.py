"""A subject as text, for the person who approves it (trust.md 1).

``table.json`` says for every field of every subject under which words and in which form it is
shown; it is data, so that every program that shows subjects reads the same and comes to the same
text, byte for byte (``tests/vectors/display``). Pure: bytes in, text out.
"""

from custody.statements.display.attested import Attested
from custody.statements.display.render import SUBJECTS, NotShownError, Shown, show, show_carried

__all__ = ["SUBJECTS", "Attested", "NotShownError", "Shown", "show", "show_carried"]
