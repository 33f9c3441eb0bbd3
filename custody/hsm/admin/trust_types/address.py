"""ADDRESS: an entry of an address book, with how its ownership was shown."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, ChainField, DraftForm, DraftKind, written_address
from custody.statements.trust import book_stream
from custody.statements.trust.book import BookAdd, BookEntry
from custody.web.admin import Fields


class BookForm(DraftForm):
    """Whose book, and which address."""

    client = forms.CharField(
        label=_("Client"), max_length=40, required=False, help_text=_("Empty: the house's own book.")
    )
    chain = ChainField()
    address = forms.CharField(label=_("Address"), max_length=128)


class AddressForm(BookForm):
    """Also what it is called, and how it was proved."""

    label = forms.CharField(label=_("Name"), max_length=200)
    proof = forms.CharField(
        label=_("How ownership was shown"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Officers sign this text."),
    )


def _body(fields: Fields, _author: Author) -> BookAdd:
    entry = BookEntry(
        chain=fields["chain"], address=written_address(fields), label=fields["label"], proof=_proof(fields)
    )
    return BookAdd(entries=(entry,))


def _proof(fields: Fields) -> str:
    return " ".join(fields["proof"].split())


def stream_of_book(fields: Fields) -> str:
    """The stream of the book that a form names."""
    return book_stream(fields["client"] or None)


def _say(body: BookAdd) -> str:
    names = (f"{entry.label} ({entry.address})" for entry in body.entries)
    return _t("New in the address book: %(entries)s.") % {"entries": ", ".join(names)}


ADDRESS = DraftKind(
    name="ADDRESS",
    effect=_("The maker and two officers sign, and the cooling time runs."),
    form=AddressForm,
    body=_body,
    say=_say,
    stream=stream_of_book,
)
