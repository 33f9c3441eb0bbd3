"""ADDRESS_REMOVE: takes an address out of a book, whichever document brought it."""

from django.utils.translation import gettext as _t

from custody.hsm.admin.trust_types.address import BookForm, stream_of_book
from custody.hsm.admin.trust_types.kind import EFFECT_ALONE, Author, DraftKind, written_address
from custody.statements.trust.book import BookRemove
from custody.web.admin import Fields


def _body(fields: Fields, _author: Author) -> BookRemove:
    return BookRemove(chain=fields["chain"], address=written_address(fields))


def _say(body: BookRemove) -> str:
    return _t("No longer in the address book: %(address)s.") % {"address": body.address}


ADDRESS_REMOVE = DraftKind(
    name="ADDRESS_REMOVE",
    effect=EFFECT_ALONE,
    form=BookForm,
    body=_body,
    say=_say,
    stream=stream_of_book,
)
