"""E-mail addresses as keys: looked up by keyed hash, because the address itself is encrypted.

The hash key is derived from the installation's secret key; a copy of the database alone does not
show who has an account. Changing the secret key needs ``email_hash`` of all users computed again.
"""

import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from custody.common.errors import InvalidInputError

_CONTEXT = b"custody accounts email v1"


def normalise_email(email: str) -> str:
    """Return the one spelling that is hashed; raises InvalidInputError for what is no address."""
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    try:
        validate_email(text)
    except ValidationError:
        raise InvalidInputError("not an e-mail address", code="bad_email", field="email") from None
    return text


def email_hash(email: str) -> str:
    """HMAC-SHA256 of the normalised address, 64 hex digits."""
    key = hmac.new(settings.SECRET_KEY.encode(), _CONTEXT, hashlib.sha256).digest()
    return hmac.new(key, normalise_email(email).encode(), hashlib.sha256).hexdigest()
