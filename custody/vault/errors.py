"""What can go wrong between a model field and the keys process."""

from custody.common.errors import CustodyError, RefusedError, UnavailableError


class VaultIntegrityError(CustodyError):
    """Ciphertext or wrapped key does not belong to this place, or was altered."""

    code = "vault_integrity"


class ShreddedError(RefusedError):
    """The data key of this subject was destroyed; the content cannot be read or written again."""

    code = "shredded"


class KeysUnavailableError(UnavailableError):
    """The keys process does not answer, or its token does not."""

    code = "keys_unavailable"
