"""What people call the streams of the audit record and of the signed heads."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STREAMS = {
    "main": _("Office"),
    "signing": _("Signing"),
    "signer": _("Journal of the signer"),
}


def stream_words(stream: str) -> Promise | str:
    """Its name for people; one without words is shown as it is."""
    return STREAMS.get(stream, stream)
