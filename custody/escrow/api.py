"""Read access to deals for programs: those of one's own client, or all for our own people."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from custody.accounts.permissions import visible
from custody.accounts.roles import Right
from custody.common.errors import InvalidInputError
from custody.escrow import selectors
from custody.escrow.models import Deal, Participant, Payout
from custody.escrow.permissions import access_deal
from custody.escrow.states import State
from custody.wallets.selectors import attempt_of, wallet_funding
from custody.web.openapi import problems


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """Buyer or merchant; key and payout address are empty until the party has joined."""

    class Meta:
        model = Participant
        fields = ["role", "client_id", "public_key", "payout_address"]


class DealSerializer(serializers.ModelSerializer[Deal]):
    """A deal as lists show it; amounts in base units of ``asset``."""

    amount = serializers.CharField(help_text="Base units, decimal digits.")
    fee_max = serializers.CharField(help_text="Base units; most that payouts may cost.")
    participants = ParticipantSerializer(many=True)

    class Meta:
        model = Deal
        fields = [
            "id", "state", "state_changed_at", "chain", "asset", "amount", "fee_max", "mediator_public_key",
            "participants", "opened_at",
        ]  # fmt: skip


class FundingSerializer(serializers.Serializer[dict[str, Any]]):
    """What the chain shows at the deal's address, in base units."""

    address = serializers.CharField()
    mined = serializers.CharField(help_text="Paid in blocks and not spent.")
    final = serializers.CharField(help_text="Of that, at finality depth.")
    confirmations = serializers.IntegerField(help_text="Of the youngest coin.")


class PayoutSerializer(serializers.Serializer[dict[str, Any]]):
    """The payout wanted last, and how far it is."""

    kind = serializers.ChoiceField(choices=Payout.Kind.values)
    state = serializers.CharField(help_text="State of the transfer intent.")
    txid = serializers.CharField(allow_null=True, help_text="Once the transaction is built.")


class DealDetailSerializer(DealSerializer):
    """A deal with everything a party may know of it."""

    title = serializers.CharField()
    terms = serializers.CharField(allow_null=True, help_text="Hash of the terms proposed last.")
    funding = FundingSerializer(allow_null=True)
    payout = PayoutSerializer(allow_null=True)

    class Meta(DealSerializer.Meta):
        fields = [*DealSerializer.Meta.fields, "title", "terms", "funding", "payout"]


class DealListView(ListAPIView[Deal]):
    """Deals, newest first."""

    serializer_class = DealSerializer
    queryset = Deal.objects.none()

    def get_queryset(self) -> QuerySet[Deal]:
        deals = visible(self.request.user, Deal.objects.prefetch_related("participants"), Right.VIEW_DEAL)
        state = self.request.query_params.get("state")
        if state is None:
            return deals
        if state not in list(State):
            raise InvalidInputError("not a state of a deal", code="bad_state", field="state")
        return deals.filter(state=state)

    @extend_schema(
        operation_id="list_deals",
        tags=["deals"],
        parameters=[OpenApiParameter("state", str, enum=[str(state) for state in State])],
        responses={200: DealSerializer(many=True), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """List the deals you may see, newest first; follow ``next`` for older ones."""
        return self.list(request)


class DealView(APIView):
    """One deal."""

    @extend_schema(
        operation_id="get_deal",
        tags=["deals"],
        responses={200: DealDetailSerializer, **problems(401, 404)},
    )
    def get(self, request: Request, deal_id: str) -> Response:
        """Return one deal; one that is not yours does not exist."""
        deal = access_deal(request.user, deal_id)  # type: ignore[arg-type]
        version = selectors.current_version(deal)
        known = {
            "terms": version.hash if version else None,
            "funding": _funding(deal),
            "payout": _payout(deal),
        }
        for name, value in known.items():
            setattr(deal, name, value)
        return Response(DealDetailSerializer(deal).data)


def _funding(deal: Deal) -> dict[str, object] | None:
    wallet = selectors.wallet_of(deal)
    if wallet is None:
        return None
    funding = wallet_funding(wallet)
    return {
        "address": wallet.address,
        "mined": str(funding.mined),
        "final": str(funding.final),
        "confirmations": funding.depth,
    }


def _payout(deal: Deal) -> dict[str, str | None] | None:
    payout = selectors.current_payout(deal)
    if payout is None:
        return None
    attempt = attempt_of(payout.intent)
    return {
        "kind": payout.kind,
        "state": payout.intent.state,
        "txid": attempt.txid if attempt else None,
    }


urlpatterns = [
    path("deals", DealListView.as_view(), name="deals"),
    path("deals/<str:deal_id>", DealView.as_view(), name="deal"),
]
