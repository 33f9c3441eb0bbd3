"""Miniscript of P2WSH (BIP379): a witness script read back into the expression it was made from.

Own code, because what a signer needs is the way back from bytes: a script that is no sane miniscript
has conditions nobody can list. ``tokens`` splits the script, ``grammar`` finds the expression,
``fragments`` and ``junctions`` hold the type rules, ``sane`` decides.
"""

from custody.chains.bitcoin.miniscript.sane import Miniscript, parse_miniscript

__all__ = ["Miniscript", "parse_miniscript"]
