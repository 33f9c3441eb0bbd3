"""The one table of roles and rights.

A role gives its rights over everything of that kind; a client's people get theirs object by
object (``MEMBER_RIGHTS`` through grants). There is no right that ``is_superuser`` adds. Names of
rights over objects are permission codenames of the model they are about.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    """What may be done, named as a permission codename."""

    VIEW_CLIENT = "view_client"
    MANAGE_PEOPLE = "manage_people"
    VIEW_DEAL = "view_deal"
    OPEN_DEAL = "open_deal"
    ACT_IN_DEAL = "act_in_deal"
    DECIDE_DEAL = "decide_deal"
    CONFIRM_DECISION = "confirm_decision"
    VIEW_WALLET = "view_wallet"
    PROPOSE_TRANSFER = "propose_transfer"
    HAND_IN_APPROVAL = "hand_in_approval"
    VIEW_SCREENING = "view_screening"
    DECIDE_HIT = "decide_hit"
    VIEW_KEYS = "view_keys"
    DRAFT_TRUST = "draft_trust"
    STOP_SIGNING = "stop_signing"
    VIEW_AUDIT = "view_audit"
    VIEW_REPORT = "view_report"
    MAKE_REPORT = "make_report"


class Role(models.TextChoices):
    """Roles of the custodian's own people."""

    COMPLIANCE_OFFICER = "COMPLIANCE_OFFICER", _("Compliance officer")
    TREASURY = "TREASURY", _("Treasury")
    MEDIATOR = "MEDIATOR", _("Mediator")
    KEY_CUSTODIAN = "KEY_CUSTODIAN", _("Key custodian")
    SECURITY_OFFICER = "SECURITY_OFFICER", _("Security officer")
    AUDITOR = "AUDITOR", _("Auditor")
    ADMIN = "ADMIN", _("Administrator")


class MemberRole(models.TextChoices):
    """What a person may do for a client."""

    ACTING = "ACTING", _("Acts for the client")
    READING = "READING", _("Reads only")


_READ = frozenset(
    {
        Right.VIEW_CLIENT,
        Right.VIEW_DEAL,
        Right.VIEW_WALLET,
        Right.VIEW_KEYS,
        Right.VIEW_AUDIT,
        Right.VIEW_REPORT,
    }
)

# Those who may hold a credential in the signer's trust store: what they draft counts by their
# signatures alone, and whoever may stop signing need not be asked first.
_SIGNER = frozenset({Right.DRAFT_TRUST, Right.STOP_SIGNING})

ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COMPLIANCE_OFFICER: _READ
    | {
        Right.OPEN_DEAL,
        Right.HAND_IN_APPROVAL,
        Right.VIEW_SCREENING,
        Right.DECIDE_HIT,
        Right.CONFIRM_DECISION,
        Right.MAKE_REPORT,
    }
    | _SIGNER,
    Role.TREASURY: frozenset(
        {
            Right.VIEW_CLIENT,
            Right.VIEW_DEAL,
            Right.VIEW_WALLET,
            Right.PROPOSE_TRANSFER,
            Right.HAND_IN_APPROVAL,
            Right.VIEW_KEYS,
        }
    ),
    Role.MEDIATOR: frozenset(
        {Right.VIEW_CLIENT, Right.VIEW_DEAL, Right.OPEN_DEAL, Right.DECIDE_DEAL, Right.CONFIRM_DECISION}
    ),
    Role.KEY_CUSTODIAN: frozenset(
        {Right.VIEW_WALLET, Right.HAND_IN_APPROVAL, Right.VIEW_KEYS, Right.VIEW_AUDIT}
    )
    | _SIGNER,
    Role.SECURITY_OFFICER: frozenset({Right.VIEW_WALLET, Right.VIEW_KEYS, Right.VIEW_AUDIT}) | _SIGNER,
    Role.AUDITOR: _READ | {Right.VIEW_SCREENING},
    Role.ADMIN: frozenset({Right.VIEW_CLIENT, Right.MANAGE_PEOPLE, Right.VIEW_AUDIT}),
}

MEMBER_RIGHTS: dict[MemberRole, frozenset[Right]] = {
    MemberRole.ACTING: frozenset({Right.VIEW_CLIENT, Right.VIEW_DEAL, Right.VIEW_WALLET, Right.ACT_IN_DEAL}),
    MemberRole.READING: frozenset({Right.VIEW_CLIENT, Right.VIEW_DEAL, Right.VIEW_WALLET}),
}
