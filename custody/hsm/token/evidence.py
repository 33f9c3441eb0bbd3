"""What the holder of a key must say of it before we call it a key that never leaves."""

from collections.abc import Mapping

_NEVER_LEAVES = {
    "sensitive": True,
    "always_sensitive": True,
    "extractable": False,
    "never_extractable": True,
    "local": True,
}


def proves_never_leaves(attributes: Mapping[str, object]) -> bool:
    """True when the key was born where it is held and cannot leave; further attributes may stand beside."""
    return all(attributes.get(name) is wanted for name, wanted in _NEVER_LEAVES.items())
