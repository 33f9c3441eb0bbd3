"""Base of the tables that say who may do what to one object.

A package makes its own table with a real foreign key, which guardian then uses instead of its
generic one::

    class DealUserPermission(UserGrant):
        content_object = models.ForeignKey(Deal, models.CASCADE, related_name="grants")

        class Meta(UserGrant.Meta):
            pass

The model it points at lists rights beyond add, change, delete and view in ``Meta.permissions``.
"""

from guardian.models import UserObjectPermissionBase


class UserGrant(UserObjectPermissionBase):
    """Abstract: right ``permission`` of ``user`` over ``content_object``."""

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True
