"""Stream ``people``: who is pinned, with which credential; PERSON_CREDENTIAL is the credential itself."""

from dataclasses import dataclass

from custody.statements.fields import PersonId, Text
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class PersonRevoke(Form):
    """Ends one credential (named as its proofs name it), or all of the person where none is named."""

    person: PersonId
    credential: Text | None = None
