"""POLICY: the rules the signer decides by, all of them."""

import json

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.hsm.selectors import identity
from custody.statements.codecs import sorted_set
from custody.statements.policy import Policy
from custody.statements.trust.policies import PolicyBody
from custody.web.admin import Fields

MAX_CHARACTERS = 60_000


class PolicyForm(DraftForm):
    """The whole policy as JSON, beginning with the one that counts now."""

    policy = forms.CharField(
        label=_("Policy (JSON)"),
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "code"}),
        help_text=_("The whole policy; a changed one voids every payment that waits for signatures."),
    )

    def prepare(self) -> None:
        try:
            rules = identity().policy.to_json()
        except CustodyError:
            return
        self.fields["policy"].initial = json.dumps(rules, indent=2, ensure_ascii=False)


def _body(fields: Fields, _author: Author) -> PolicyBody:
    try:
        value = json.loads(fields["policy"])
        # The order of rules means nothing; the form wants the one spelling.
        if isinstance(value, dict) and isinstance(value.get("rules"), list):
            value["rules"] = sorted_set(value["rules"])
        policy = Policy.from_json(value)
    except (ValueError, RecursionError):
        raise InvalidInputError("this is no JSON", code="no_json", field="policy") from None
    except InvalidInputError as error:
        place = error.field or "/"
        raise InvalidInputError(f"{place}: {error.detail}", code="policy_form", field="policy") from None
    return PolicyBody(hash=policy.hash, policy=policy)


def _say(body: PolicyBody) -> str:
    return _t("The signer decides by %(number)d rules from then on; hash of the policy: %(hash)s.") % {
        "number": len(body.policy.rules),
        "hash": body.hash,
    }


POLICY = DraftKind(
    name="POLICY",
    effect=_(
        "The maker and the quorum of officers sign, and the delay runs; any officer can veto meanwhile."
    ),
    form=PolicyForm,
    body=_body,
    say=_say,
)
