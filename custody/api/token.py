"""Tokens for the API, issued against e-mail, password and a code of the authenticator together.

SimpleJWT's own view issues tokens on a password alone and is not used. A token lives as long as
``SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"]`` and is void once the password changes, the authenticator is removed
or the person is deactivated; there is no refresh, because that would be a password that needs no code.
"""

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from custody.accounts.lockout import authenticate_password
from custody.accounts.otp import require_fresh_totp
from custody.accounts.services import require_own_password
from custody.api.person_token import PersonToken
from custody.audit.services import record
from custody.common import clock
from custody.web.openapi import problems


class TokenRequestSerializer(serializers.Serializer[dict[str, str]]):
    """Both factors."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(trim_whitespace=False, max_length=1_000)
    code = serializers.RegexField(r"^\d{6}$", help_text="Present code of the authenticator app; works once.")


class TokenSerializer(serializers.Serializer[dict[str, object]]):
    """Send the token as ``Authorization: Bearer …``."""

    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class TokenView(APIView):
    """Issue an access token."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_scope = "token"
    refusal_action = "api.token.issue"

    @extend_schema(
        operation_id="create_token",
        tags=["token"],
        auth=[],
        request=TokenRequestSerializer,
        responses={200: TokenSerializer, **problems(400, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        """Exchange e-mail, password and code for an access token."""
        sent = TokenRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = sent.validated_data
        user = authenticate_password(request._request, email=fields["email"], password=fields["password"])
        require_fresh_totp(user, fields["code"], clock.now())
        require_own_password(user)
        token = PersonToken.for_user(user)
        record(verb="api.token.issued", actor=user, subject=user.pk, payload={})
        lifetime = int(token.lifetime.total_seconds())
        return Response(TokenSerializer({"access": str(token), "expires_in": lifetime}).data)
