"""``DraftKind``: how one type of trust document is drafted and read; one file and registry line each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.common.errors import InvalidInputError
from custody.hsm.models import OfflineSigner, SigningKey, TrustDraft
from custody.hsm.selectors import choosable_keys
from custody.hsm.trust.drafting import LIFE, MAX_LIFE_HOURS
from custody.hsm.words import DOCUMENT_TYPES, purpose_word
from custody.statements.chains import canonical_of
from custody.statements.form import Form
from custody.statements.trust import TrustType
from custody.web.admin import Fields, RecordForm
from custody.web.sentences import sentence
from custody.web.show import Text

MAX_REASON = 500
# What tightens: one signature is enough where it is an officer's, and the maker's is never missing.
EFFECT_ALONE = _(
    "Counts at once. The maker signs; that is enough of an officer, any other maker needs one officer"
    " besides."
)


class DraftForm(RecordForm[TrustDraft]):
    """What every draft says besides its body; for which signer only where there are several."""

    signer = forms.ChoiceField(
        label=_("Signer"), required=False, help_text=_("Each signer has a trust store of its own.")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=MAX_REASON, help_text=_("Stands in the document; people sign it.")
    )
    life_hours = forms.IntegerField(
        label=_("To be accepted within (hours)"),
        min_value=1,
        max_value=MAX_LIFE_HOURS,
        initial=int(LIFE / timedelta(hours=1)),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offline = [(row.pk, row.name) for row in OfflineSigner.objects.order_by("name")]
        if offline:
            self.fields["signer"].choices = [("", _("the signer on the queue")), *offline]  # type: ignore[attr-defined]
        else:
            del self.fields["signer"]

    def order_fields(self, field_order: object) -> None:
        """A type's own fields first."""
        own = [name for name in self.fields if name not in DraftForm.base_fields]
        super().order_fields([*own, *DraftForm.base_fields])


@dataclass(frozen=True)
class Author:
    """Who drafts, and when."""

    user: User
    at: datetime

    @property
    def person(self) -> str:
        """The author's person of the trust store, empty where there is none: the service refuses then."""
        return self.user.person or ""


def _own_stream(_fields: Fields) -> str | None:
    return None


@dataclass(frozen=True)
class DraftKind:
    """``body`` builds what is signed; ``say`` puts a body into one sentence.

    ``effect``: what the document does once accepted, and who has to sign it.
    """

    name: TrustType
    effect: Text
    form: type[DraftForm]
    body: Callable[[Fields, Author], Form]
    say: Callable[[Any], str]
    stream: Callable[[Fields], str | None] = _own_stream
    is_grave: bool = False

    @property
    def label(self) -> Text:
        """What the type is called."""
        return DOCUMENT_TYPES[self.name]


class DayField(forms.DateField):
    """A day, chosen in the browser's calendar."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **settings)


class LinesField(forms.CharField):
    """Several values, one per line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}), **settings)

    def to_python(self, value: object) -> list[str]:  # type: ignore[override]
        return sorted({line.strip() for line in str(super().to_python(value)).splitlines() if line.strip()})


class ChainField(forms.CharField):
    """A chain in CAIP-2; empty means the installation's Bitcoin."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Chain"),
            max_length=41,
            required=False,
            help_text=_("Like eip155:1. Empty: the Bitcoin of this installation."),
        )

    def to_python(self, value: object) -> str:
        return str(super().to_python(value)) or str(settings.BITCOIN_CHAIN)


class AmountField(forms.IntegerField):
    """An amount in base units."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(min_value=0, max_value=21_000_000 * 100_000_000, **settings)


def written_address(fields: Fields, name: str = "address") -> str:
    """The address in its one written form, on the form's chain; raises InvalidInputError."""
    return canonical_of(fields[name], chain=fields["chain"], field=name)


def midnight(day: date) -> datetime:
    """The moment at which a day begins where the installation is; pages show that very day."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def say_bad_lines(form: forms.Form, fields: Fields, name: str) -> None:
    """Add an error for each line of a LinesField that is no address of the form's chain."""
    typed = str(form.data.get(form.add_prefix(name), ""))
    for number, line in enumerate(typed.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            canonical_of(line.strip(), chain=fields["chain"], field=name)
        except InvalidInputError as error:
            said = {"number": number, "what": sentence(error)}
            form.add_error(name, _t("Line %(number)d: %(what)s") % said)


def choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Offer ``choices`` in a field; an empty list shows that there is nothing to choose."""
    form.fields[name].choices = [("", "–"), *choices]  # type: ignore[attr-defined]


def choose_key(form: forms.Form, **filters: object) -> None:
    """Offer keys of the catalogue by purpose and id, in the field ``key``."""
    chosen = form.data.get(form.add_prefix("key")) if form.is_bound else form.initial.get("key")
    keys = choosable_keys(chosen=str(chosen or ""), **filters)
    choose(form, "key", [(key.pk, " · ".join(filter(None, _about(key)))) for key in keys])


def _about(key: SigningKey) -> list[str]:
    return [purpose_word(key.purpose), key.pk, key.offline.name if key.offline else ""]
