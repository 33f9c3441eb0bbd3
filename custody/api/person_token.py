"""The access token: void with the password it was issued on, and with the authenticator."""

from typing import Self

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from custody.accounts.models import Authenticator, User

DEVICE = "device"
PERSON = "user_id"


class PersonToken(AccessToken):
    """Names the authenticator whose code it was issued on (settings.SIMPLE_JWT)."""

    @classmethod
    def for_user(cls, user: User) -> Self:  # type: ignore[override]
        token = super().for_user(user)
        token[DEVICE] = user.authenticator.pk
        return token

    def verify(self) -> None:
        """Raise TokenError when expired, forged, or when that authenticator was removed since."""
        super().verify()
        device, person = self.payload.get(DEVICE), self.payload.get(PERSON)
        if not Authenticator.objects.filter(pk=device, user=person, confirmed=True).exists():
            raise TokenError("the second factor has been removed")
