"""The gate to deals: load and authorise in one step; a foreign deal does not exist."""

from custody.accounts.models import Membership, User
from custody.accounts.permissions import access, require_right
from custody.accounts.roles import MemberRole, Right
from custody.common.errors import NotFoundError, RefusedError
from custody.escrow.models import Deal, Participant, Role


def access_deal(actor: User, deal_id: str, right: Right = Right.VIEW_DEAL) -> Deal:
    """Return the deal when the actor holds ``right`` over it; raises NotFoundError."""
    return access(actor, Deal.objects.all(), deal_id, right)


def access_participant(actor: User, deal_id: str) -> Participant:
    """Return the participant the actor acts for in this deal.

    Raises NotFoundError for a foreign deal, RefusedError ``acts_for_both`` when the actor stands
    on both sides.
    """
    access_deal(actor, deal_id, Right.ACT_IN_DEAL)
    clients = Membership.objects.filter(user=actor, role=MemberRole.ACTING).values("client_id")
    own = list(Participant.objects.filter(deal_id=deal_id, client_id__in=clients).select_related("deal"))
    if not own:
        raise NotFoundError("not found")
    if len(own) > 1:
        raise RefusedError("you act for both parties of this deal", code="acts_for_both")
    return own[0]


def access_role(actor: User, deal_id: str) -> str:
    """Return the role the actor speaks for: a party's, or the mediator's for our mediators.

    Raises NotFoundError for a foreign deal, ForbiddenError for others of our people.
    """
    if not actor.is_staff:
        return access_participant(actor, deal_id).role
    access_deal(actor, deal_id)
    require_right(actor, Right.DECIDE_DEAL)
    return Role.MEDIATOR
