"""Clients, and who acts for them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.accounts.models.grants import UserGrant
from custody.accounts.roles import MemberRole
from custody.vault.fields import EncryptedField


class Client(models.Model):
    """Somebody we hold assets for or who is party to a deal: a company or a private person."""

    id = models.CharField(primary_key=True, max_length=40)
    name = EncryptedField(_("name"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.CheckConstraint(condition=models.Q(id__startswith="cli_"), name="client_id_prefix"),
        ]

    def __str__(self) -> str:
        return self.id


class Membership(models.Model):
    """A person acts or reads for a client."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="memberships")
    client = models.ForeignKey(Client, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=MemberRole.choices)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "client"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=MemberRole.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.client_id} {self.role}"


class ClientUserPermission(UserGrant):
    """Right of one person over one client."""

    content_object = models.ForeignKey(Client, models.CASCADE, related_name="grants")

    class Meta(UserGrant.Meta):
        pass
