"""Who may open a deal, what is refused at the opening and when joining; foreign deals do not exist."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custody.accounts.models import User
from custody.accounts.services import link_person
from custody.common.errors import (
    CustodyError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from custody.escrow import services
from custody.escrow.models import Deal, Participant
from custody.escrow.states import State
from custody.hsm.models import SigningKey
from tests.cast import AT
from tests.escrow.sides import address_for, key_of
from tests.escrow.stage import Stage, open_stage, sheet

MAINNET_ADDRESS = "bc1qng77pcpyvecqvndezu8cen0wee576tehwnemuh"
NONCE = "ab" * 16


def reopen(stage: Stage, actor: User | None = None, **changes: Any) -> Deal:
    agreed = replace(sheet(stage.buyer.client, stage.merchant.client, stage.mediator), **changes)
    return services.open_deal(actor=actor or stage.officer, sheet=agreed, at=AT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"amount": 9_999}, "amount"),
        ({"fee_max": 0}, "fee_max"),
        ({"fee_max": 1_000_000}, "fee_max"),
        ({"second_review_above": -1}, "second_review_above"),
        ({"mediator": "usr_nobody"}, "mediator"),
    ],
)
def test_a_sheet_with_a_wrong_field_is_refused(stage: Stage, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        reopen(stage, **changes)
    assert error.value.field == field
    assert Deal.objects.count() == 1


def test_nobody_deals_with_themselves(stage: Stage) -> None:
    with pytest.raises(InvalidInputError) as error:
        reopen(stage, merchant=stage.buyer.client)
    assert error.value.code == "same_client"


def test_an_unknown_client_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        reopen(stage, merchant="cli_nobody")


def test_a_mediator_whom_the_signer_does_not_know_is_refused(stage: Stage, officer: User) -> None:
    link_person(actor="system:test", user=officer, person="per_01KAJ8Q0000000000000000009", at=AT)
    User.objects.filter(pk=stage.mediator.pk).update(person=None)
    with pytest.raises(InvalidInputError) as error:
        reopen(stage)
    assert error.value.code == "bad_mediator"


def test_an_officer_who_does_not_mediate_is_no_mediator(stage: Stage, officer: User) -> None:
    link_person(actor="system:test", user=officer, person="per_01KAJ8Q0000000000000000009", at=AT)
    with pytest.raises(InvalidInputError) as error:
        reopen(stage, mediator=officer.pk)
    assert error.value.code == "bad_mediator"


def test_no_deal_is_opened_without_a_mediator_key(stage: Stage) -> None:
    SigningKey.objects.update(state="SUSPENDED")
    with pytest.raises(UnavailableError) as error:
        reopen(stage)
    assert error.value.code == "no_active_key"


@pytest.mark.parametrize("who", ["auditor", "treasurer", "buyer"])
def test_others_open_no_deal(stage: Stage, who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(ForbiddenError):
        reopen(stage, request.getfixturevalue(who))


def test_no_deal_is_opened_without_a_sanctions_list(
    officer: User, mediator: User, buyer: User, merchant: User
) -> None:
    with pytest.raises(RefusedError) as error:
        open_stage("no list", officer=officer, mediator=mediator, buyer=buyer, merchant=merchant)
    assert error.value.code == "no_sanctions_list"
    assert not Deal.objects.exists()


def join(stage: Stage, **changes: str) -> Participant:
    values = {"public_key": stage.buyer.public_key, "payout_address": stage.buyer.payout, **changes}
    return services.join_deal(actor=stage.buyer.user, deal_id=stage.deal_id, at=AT, **values)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"public_key": "zz"}, "bad_public_key", "public_key"),
        ({"public_key": "02" + "00" * 32}, "bad_public_key", "public_key"),
        ({"public_key": "04" + "11" * 64}, "bad_public_key", "public_key"),
        ({"payout_address": MAINNET_ADDRESS}, "wrong_network", "payout_address"),
        ({"payout_address": "nonsense"}, "bad_address", "payout_address"),
    ],
)
def test_a_wrong_key_or_address_is_refused(
    stage: Stage, changes: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        join(stage, **changes)
    assert (error.value.code, error.value.field) == (code, field)
    assert not Participant.objects.exclude(public_key="").exists()


def test_a_party_may_change_its_key_until_terms_exist(stage: Stage) -> None:
    join(stage, public_key=key_of("first").public_key.format().hex())
    assert join(stage).public_key == stage.buyer.public_key


def test_the_key_of_the_other_party_is_refused(stage: Stage) -> None:
    stage.join()
    with pytest.raises(RefusedError) as error:
        join(stage, public_key=stage.merchant.public_key)
    assert error.value.code == "key_in_use"


def test_the_key_of_the_mediator_is_refused(stage: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        join(stage, public_key=stage.deal.mediator_public_key)
    assert error.value.code == "key_in_use"


def test_a_key_serves_one_deal(stage: Stage) -> None:
    stage.join()
    second = reopen(stage)
    with pytest.raises(RefusedError) as error:
        services.join_deal(
            actor=stage.buyer.user,
            deal_id=second.pk,
            public_key=stage.buyer.public_key,
            payout_address=address_for(key_of("elsewhere")),
            at=AT,
        )
    assert error.value.code == "key_in_use"


def test_nobody_joins_once_terms_exist(stage: Stage) -> None:
    stage.until(State.TERMS_PROPOSED)
    with pytest.raises(RefusedError) as error:
        join(stage)
    assert error.value.code == "wrong_state"


def test_who_acts_for_both_clients_acts_for_none(stage: Stage) -> None:
    from custody.accounts.models import Client
    from custody.accounts.services import add_member

    merchant = Client.objects.get(pk=stage.merchant.client)
    add_member(actor="system:test", client=merchant, user=stage.buyer.user, at=AT)
    with pytest.raises(RefusedError) as error:
        join(stage)
    assert error.value.code == "acts_for_both"


DEEDS: dict[str, Callable[[User, str], object]] = {
    "join": lambda actor, deal: services.join_deal(
        actor=actor, deal_id=deal, public_key="", payout_address="", at=AT
    ),
    "propose terms": lambda actor, deal: services.propose_terms(
        actor=actor, deal_id=deal, contract=b"x", media_type="text/plain", at=AT
    ),
    "sign": lambda actor, deal: services.sign_terms(
        actor=actor, deal_id=deal, terms_hash="", signature="", at=AT
    ),
    "challenge": lambda actor, deal: services.start_key_challenge(
        actor=actor, deal_id=deal, nonce=NONCE, at=AT
    ),
    "prove": lambda actor, deal: services.prove_key(actor=actor, deal_id=deal, signature="", at=AT),
    "confirm address": lambda actor, deal: services.confirm_address(
        actor=actor, deal_id=deal, checksum="", at=AT
    ),
    "release": lambda actor, deal: services.propose_release(actor=actor, deal_id=deal, at=AT),
    "withdraw": lambda actor, deal: services.withdraw_release(actor=actor, deal_id=deal, at=AT),
    "upload": lambda actor, deal: services.upload_signature(actor=actor, deal_id=deal, psbt="", at=AT),
    "dispute": lambda actor, deal: services.open_dispute(actor=actor, deal_id=deal, claim="", at=AT),
    "state": lambda actor, deal: services.add_statement(actor=actor, deal_id=deal, text="", at=AT),
    "evidence": lambda actor, deal: services.add_evidence(
        actor=actor, deal_id=deal, name="", content=b"", media_type="", at=AT
    ),
    "decide": lambda actor, deal: services.propose_decision(
        actor=actor, deal_id=deal, to_buyer=0, reasons=[], evidence=[], grounds="", at=AT
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_foreign_deal_does_not_exist(stage: Stage, stranger: User, deed: str) -> None:
    for deal_id in (stage.deal_id, "deal_01KAJ8P0000000000000000009"):
        with pytest.raises(NotFoundError) as error:
            DEEDS[deed](stranger, deal_id)
        assert error.value.detail == "not found"


OF_PARTIES = frozenset(DEEDS) - {"propose terms", "decide", "state", "evidence", "confirm address"}


@pytest.mark.parametrize("deed", sorted(OF_PARTIES))
def test_our_own_people_do_not_act_for_a_party(stage: Stage, deed: str) -> None:
    with pytest.raises(NotFoundError):
        DEEDS[deed](stage.mediator, stage.deal_id)


@pytest.mark.parametrize("deed", ["state", "evidence", "confirm address", "decide"])
def test_an_auditor_only_looks(stage: Stage, auditor: User, deed: str) -> None:
    with pytest.raises(ForbiddenError):
        DEEDS[deed](auditor, stage.deal_id)


def test_a_member_who_only_reads_does_not_act(stage: Stage, stranger: User) -> None:
    from custody.accounts.models import Client
    from custody.accounts.roles import MemberRole
    from custody.accounts.services import add_member
    from custody.escrow.permissions import access_deal

    client = Client.objects.get(pk=stage.buyer.client)
    add_member(actor="system:test", client=client, user=stranger, role=MemberRole.READING, at=AT)
    assert access_deal(stranger, stage.deal_id) == stage.deal
    with pytest.raises(CustodyError) as error:
        services.join_deal(actor=stranger, deal_id=stage.deal_id, public_key="", payout_address="", at=AT)
    assert isinstance(error.value, NotFoundError)
