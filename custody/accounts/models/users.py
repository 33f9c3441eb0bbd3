"""People who log in. E-mail and name are encrypted; the log-in finds a person by keyed hash."""

from functools import cached_property
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.accounts.emails import email_hash
from custody.accounts.roles import ROLE_RIGHTS, Role
from custody.vault.fields import EncryptedField

HEX_64 = r"^[0-9a-f]{64}$"


class UserManager(BaseUserManager["User"]):
    """Finds people by the address they type."""

    def get_by_email(self, email: str) -> "User":
        """Return the person with this address; raises User.DoesNotExist."""
        return self.get(email_hash=email_hash(email))


class User(AbstractBaseUser, PermissionsMixin):
    """A person: one of our own (``is_staff``, with roles) or one who acts for a client.

    ``person`` is the id in the signer's trust store for those who hold a credential there.
    """

    id = models.CharField(primary_key=True, max_length=40)
    email_hash = models.CharField(max_length=64, unique=True, editable=False)
    email = EncryptedField(_("e-mail"))
    name = EncryptedField(_("name"))
    person = models.CharField(
        _("person in the trust store"), max_length=40, unique=True, null=True, blank=True
    )
    language = models.CharField(
        _("language"), max_length=2, default="de", choices=[("de", _("German")), ("en", _("English"))]
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may enter the back office"), default=False)
    # Until the person has changed it, somebody else knows it too.
    has_issued_password = models.BooleanField(default=True)
    totp_key = EncryptedField(blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"))

    objects = UserManager()

    USERNAME_FIELD = "email_hash"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=models.Q(id__startswith="usr_"), name="user_id_prefix"),
            models.CheckConstraint(condition=models.Q(email_hash__regex=HEX_64), name="user_email_hash_hex"),
            models.CheckConstraint(condition=models.Q(is_superuser=False), name="user_never_superuser"),
        ]

    def __str__(self) -> str:
        # The id, never the name: this text reaches logs and admin messages.
        return self.id

    def get_full_name(self) -> str:
        return self.name

    get_short_name = get_full_name

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Roles of this person, read once per request."""
        return frozenset(Role(role) for role in self.role_grants.values_list("role", flat=True))

    def has_right(self, right: str) -> bool:
        """True when one of the roles gives ``right`` over everything of its kind."""
        return self.is_active and self.is_staff and any(right in ROLE_RIGHTS[role] for role in self.roles)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Django's question about "app.codename": roles answer, and grants where ``obj`` is given."""
        if self.has_right(perm.rpartition(".")[2]):
            return True
        return obj is not None and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Pages decide one by one (custody.web.admin); a module as such opens nothing."""
        return self.is_active and self.is_staff


class RoleGrant(models.Model):
    """One role of one person of ours."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants")
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)
    granted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_once_per_user"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
