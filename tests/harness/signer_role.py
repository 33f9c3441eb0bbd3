"""Answers of the signer in rollback tests: written by a stand-in for its role.

The role ``app`` may not write them. It may become the stand-in, which can do so in the databases
of rollback tests alone; in the live worlds the stand-in has no right at all.
"""

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from custody.hsm.models import SigningRequest, SigningResult
from scripts.embedded.postgres import Postgres

STAND_IN = "custody_signer_stand_in"


def create_stand_in(postgres: Postgres) -> None:
    """Once per cluster; ``app`` inherits nothing, it has to become the role."""
    postgres.sql(f"CREATE ROLE {STAND_IN}; ALTER ROLE custody_app NOINHERIT; GRANT {STAND_IN} TO custody_app")


def let_it_answer(postgres: Postgres, *, database: str) -> None:
    # What its role may read decides with whom an answer is at home.
    postgres.sql(
        f"GRANT SELECT ON hsm_signingrequest TO {STAND_IN};"
        f"GRANT SELECT, INSERT ON hsm_signingresult TO {STAND_IN}",
        database=database,
    )


def write_answer(
    request: SigningRequest, *, outcome: str, body: bytes, at: datetime | None = None
) -> SigningResult:
    """Insert a result row as the signer does; ``at`` instead of the database's own time."""
    created: dict[str, Any] = {} if at is None else {"created_at": at}
    if outcome == "FAILED":
        created["failure"] = json.loads(body).get("rule", "")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {STAND_IN}")
        row = SigningResult.objects.create(request=request, outcome=outcome, body=body, **created)
        cursor.execute("SET LOCAL ROLE NONE")
    return row
