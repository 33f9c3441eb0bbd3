"""A deal between buyer and merchant, opened by an officer."""

import pytest

from custody.accounts.models import User
from custody.accounts.services import link_person
from tests.cast import AT, client_of
from tests.portal.stage import Stage, prepare_world


@pytest.fixture
def stage(officer: User, mediator: User, buyer: User, merchant: User) -> Stage:
    prepare_world()
    link_person(actor="system:test", user=mediator, person="per_01KAJ8Q0000000000000000001", at=AT)
    people = {"buyer": buyer, "merchant": merchant}
    clients = {role: client_of(user) for role, user in people.items()}
    return Stage(officer, User.objects.get(pk=mediator.pk), people, clients)
