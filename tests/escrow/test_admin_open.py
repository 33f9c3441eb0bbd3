"""Opening a deal in the back office: the form, where it leads, and what is refused."""

from typing import Any

import pytest

from custody.accounts.models import User
from custody.compliance.services import register_party, screen_party
from custody.escrow.models import Deal
from custody.escrow.states import State
from tests.cast import AT, logged_in
from tests.escrow.office import address, assert_refused, recorded
from tests.escrow.stage import AMOUNT, FEE_MAX, Stage

ADD = "/admin/escrow/deal/add/"
pytestmark = pytest.mark.usefixtures("live_clock")


def fields(stage: Stage, **changes: str) -> dict[str, str]:
    """A second deal between the parties of ``stage``."""
    return {
        "title": "A second machine",
        "buyer": stage.buyer.client,
        "merchant": stage.merchant.client,
        "mediator": stage.mediator.pk,
        "amount": str(AMOUNT),
        "fee_max": str(FEE_MAX),
        "second_review_above": "0",
        **changes,
    }


def send(user: User, stage: Stage, **changes: str) -> Any:
    return logged_in(user).post(ADD, fields(stage, **changes))


def opened(stage: Stage) -> list[Deal]:
    return list(Deal.objects.exclude(pk=stage.deal_id))


def test_the_form_offers_clients_and_mediators_by_name(stage: Stage) -> None:
    form = logged_in(stage.officer).get(ADD).context["offer"].form
    clients = [value for value, _name in form.fields["buyer"].choices]
    assert sorted(clients) == sorted(["", stage.buyer.client, stage.merchant.client])
    assert form.fields["mediator"].choices == [("", "–"), (stage.mediator.pk, "Mediator")]


def test_an_opened_deal_leads_to_its_page(stage: Stage) -> None:
    response = send(stage.officer, stage)
    (deal,) = opened(stage)
    assert (response.status_code, response["Location"]) == (302, address(deal.pk))
    assert (deal.title, deal.state, deal.amount) == ("A second machine", State.DRAFT, AMOUNT)
    assert (deal.fee_max, deal.second_review_above, deal.mediator) == (FEE_MAX, 0, stage.mediator)


def test_a_deal_that_is_held_at_once_opens_with_a_warning(stage: Stage) -> None:
    register_party(actor="system:test", subject="cli_elsewhere", names=["Faris al-Mithal"], at=AT)
    screen_party(
        actor="system:test", subject="cli_elsewhere", purpose="ONBOARDING", holds=[stage.buyer.client], at=AT
    )
    http = logged_in(stage.officer)
    choices = dict(http.get(ADD).context["offer"].form.fields["buyer"].choices)
    assert choices[stage.buyer.client].endswith(" · gesperrt")
    assert "gesperrt" not in choices[stage.merchant.client]
    page = http.post(ADD, fields(stage), follow=True)
    (message,) = page.context["messages"]
    assert (message.level_tag, str(message).partition(":")[0]) == (
        "warning",
        "Der Vorgang ist eröffnet, aber die Compliance hält ihn an",
    )


def test_a_client_who_does_not_exist_is_refused(stage: Stage) -> None:
    response = send(stage.officer, stage, buyer="cli_unknown")
    assert_refused(response, verb="escrow.deal.open.refused", code="not_found")
    assert opened(stage) == []


def test_a_deal_with_oneself_is_refused_beside_the_field(stage: Stage) -> None:
    response = send(stage.officer, stage, merchant=stage.buyer.client)
    assert_refused(response, verb="escrow.deal.open.refused", code="same_client")
    assert "merchant" in response.context["offer"].form.errors
    assert opened(stage) == []


@pytest.mark.parametrize("amount", ["", "-1", "0.01", "2100000000000001", "9" * 100])
def test_what_is_no_amount_comes_back_with_the_form(stage: Stage, amount: str) -> None:
    response = send(stage.officer, stage, amount=amount)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert opened(stage) == []


def test_an_auditor_cannot_open_the_form(stage: Stage, auditor: User) -> None:
    assert logged_in(auditor).get(ADD).status_code == 403
    assert send(auditor, stage).status_code == 403
    assert opened(stage) == []


def test_a_party_does_not_enter_the_back_office(stage: Stage) -> None:
    assert send(stage.buyer.user, stage).status_code in {302, 403}
    assert opened(stage) == []
    assert recorded("escrow.deal.opened") != []
