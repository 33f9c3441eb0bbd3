"""From tokens to the expression they spell.

A script is a row of expressions. Each begins with a token of its own; what follows may take the last
expression as its first argument (CHECKSIG, VERIFY, NOTIF, …). Nested ``and_v`` groups to the right:
grouping changes neither the bytes nor the meaning.
"""

from collections.abc import Callable

from custody.chains.bitcoin.keys import check_public_key
from custody.chains.bitcoin.miniscript import fragments, junctions
from custody.chains.bitcoin.miniscript.fragments import Fragment, demand, wrap
from custody.chains.bitcoin.miniscript.tokens import END, NUMBER, PUSH, Token
from custody.common.errors import InvalidInputError

# Deeper nesting is nobody's script; it would only exhaust the stack of this reader.
MAX_DEPTH = 64
HASHES = {"SHA256": 32, "HASH256": 32, "RIPEMD160": 20, "HASH160": 20}


class Parser:
    """A cursor over tokens; every method raises InvalidInputError for what is no miniscript."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = [*tokens, Token(END)]
        self.position = 0
        self.depth = 0

    def whole(self) -> Fragment:
        """Read all tokens as one expression."""
        return self._row(END)

    def _kind(self, ahead: int = 0) -> str:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)].kind

    def _take(self, *kinds: str) -> Token:
        """Take tokens of exactly these kinds; return the last one."""
        for kind in kinds:
            demand(self._kind() == kind)
            self.position += 1
        return self.tokens[self.position - 1]

    def _row(self, *ends: str) -> Fragment:
        """Expressions up to one of the ends, which is not taken."""
        self.depth += 1
        demand(self.depth <= MAX_DEPTH)
        row: list[Fragment] = []
        while self._kind() not in ends:
            if row and (extend := self._extension()):
                row[-1] = extend(row[-1])
            else:
                row.append(self._begin())
        demand(bool(row))
        self.depth -= 1
        whole = row.pop()
        while row:
            whole = junctions.and_v(row.pop(), whole)
        return whole

    def _extension(self) -> Callable[[Fragment], Fragment] | None:
        """How the next token continues the expression before it; None when it begins a new one."""
        if self._kind() == NUMBER and self._kind(1) == "EQUAL":
            return self._threshold_of_one
        simple = {"CHECKSIG": "c", "VERIFY": "v", "0NOTEQUAL": "n"}.get(self._kind())
        if simple:
            self._take(self._kind())
            return lambda x: wrap(simple, x)
        return {
            "IFDUP": self._or_d,
            "NOTIF": self._or_c_or_andor,
            "SWAP": self._join,
            "TOALTSTACK": self._join,
        }.get(self._kind())

    def _threshold_of_one(self, x: Fragment) -> Fragment:
        return self._threshold([x])

    def _or_d(self, x: Fragment) -> Fragment:
        self._take("IFDUP", "NOTIF")
        z = self._row("ENDIF")
        self._take("ENDIF")
        return junctions.or_d(x, z)

    def _or_c_or_andor(self, x: Fragment) -> Fragment:
        self._take("NOTIF")
        z = self._row("ELSE", "ENDIF")
        if self._kind() == "ENDIF":
            self._take("ENDIF")
            return junctions.or_c(x, z)
        self._take("ELSE")
        y = self._row("ENDIF")
        self._take("ENDIF")
        return junctions.andor(x, y, z)

    def _join(self, x: Fragment) -> Fragment:
        """X and one or more wrapped expressions: and_b, or_b or a threshold."""
        parts = [x, self._wrapped()]
        if self._kind() == "BOOLAND":
            self._take("BOOLAND")
            return junctions.and_b(*parts)
        if self._kind() == "BOOLOR":
            self._take("BOOLOR")
            return junctions.or_b(*parts)
        self._take("ADD")
        while self._kind() in ("SWAP", "TOALTSTACK"):
            parts.append(self._wrapped())
            self._take("ADD")
        return self._threshold(parts)

    def _threshold(self, parts: list[Fragment]) -> Fragment:
        required = self._take(NUMBER).number
        self._take("EQUAL")
        return junctions.thresh(required, parts)

    def _wrapped(self) -> Fragment:
        if self._kind() == "SWAP":
            self._take("SWAP")
            return wrap("s", self._row("BOOLAND", "BOOLOR", "ADD"))
        self._take("TOALTSTACK")
        x = self._row("FROMALTSTACK")
        self._take("FROMALTSTACK")
        return wrap("a", x)

    def _begin(self) -> Fragment:
        begin = {
            PUSH: self._key,
            NUMBER: self._number,
            "DUP": self._key_hash_or_d,
            "SIZE": self._hash_or_j,
            "IF": self._or_i,
        }.get(self._kind())
        if begin is None:
            raise InvalidInputError("not a miniscript")
        return begin()

    def _key(self) -> Fragment:
        return fragments.key(check_public_key(self._take(PUSH).data, field=""))

    def _number(self) -> Fragment:
        number = self._take(NUMBER).number
        if self._kind() == PUSH:
            return self._multi(number)
        if self._kind() == "CHECKSEQUENCEVERIFY":
            self._take("CHECKSEQUENCEVERIFY")
            return fragments.older(number)
        if self._kind() == "CHECKLOCKTIMEVERIFY":
            self._take("CHECKLOCKTIMEVERIFY")
            return fragments.after(number)
        return fragments.constant(number)

    def _multi(self, required: int) -> Fragment:
        keys: list[bytes] = []
        while self._kind() == PUSH:
            keys.append(check_public_key(self._take(PUSH).data, field=""))
        demand(self._take(NUMBER).number == len(keys))
        self._take("CHECKMULTISIG")
        return fragments.multi(required, tuple(keys))

    def _key_hash_or_d(self) -> Fragment:
        self._take("DUP")
        if self._kind() == "HASH160":
            digest = self._take("HASH160", PUSH).data
            demand(len(digest) == 20)
            self._take("EQUAL", "VERIFY")
            return fragments.key_hash(digest)
        self._take("IF")
        x = self._row("ENDIF")
        self._take("ENDIF")
        return wrap("d", x)

    def _hash_or_j(self) -> Fragment:
        self._take("SIZE")
        if self._kind() == "0NOTEQUAL":
            self._take("0NOTEQUAL", "IF")
            x = self._row("ENDIF")
            self._take("ENDIF")
            return wrap("j", x)
        demand(self._take(NUMBER).number == 32)
        self._take("EQUAL", "VERIFY")
        name = self._take(self._kind()).kind
        digest = self._take(PUSH).data
        demand(HASHES.get(name) == len(digest))
        self._take("EQUAL")
        return fragments.hash_lock(name.lower(), digest)

    def _or_i(self) -> Fragment:
        self._take("IF")
        x = self._row("ELSE")
        self._take("ELSE")
        z = self._row("ENDIF")
        self._take("ENDIF")
        return junctions.or_i(x, z)
