"""The attacker: owns web, broker and main database, with all their users, files and passwords.

What it does, it does as those users: SQL as the cluster's superuser from the database's system
user, messages through the broker's socket from the web's. It writes whatever bytes it likes.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from custody.audit.models import AuditEntry
from custody.common import canonical, clock
from custody.hsm import selectors, services
from custody.hsm.models import SigningResult
from custody.statements.request import Request
from custody.statements.result import Result
from scripts.embedded.process import clean_environment
from scripts.embedded.users import as_user
from scripts.embedded.world import DATABASE_USER, WEB_USER, World
from tests.harness.waiting import eventually

# No trigger holds for a superuser who says this first.
UNBOUND = "SET session_replication_role = replica; "


@dataclass(frozen=True)
class Refused:
    """Why the signer refused, after everything around the refusal was checked."""

    rule: str | None
    culprit: str | None


@dataclass(frozen=True)
class Attacker:
    """Everything the owner of web, broker and database can do to ``world``."""

    world: World

    def sql(self, statement: str) -> str:
        """Run SQL as the superuser, with all triggers off."""
        return self.world.postgres.sql(UNBOUND + statement, database=self.world.database)

    def run(self, *command: str, user: str = WEB_USER) -> "subprocess.CompletedProcess[str]":
        """Run a program as one of the owned users, with all the web knows in its environment."""
        return subprocess.run(
            as_user(user, list(command)),
            env=clean_environment() | self.world.environment("web"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.world.layout.code,
            check=False,
            timeout=60,
        )

    def python(self, source: str, *arguments: str, user: str = WEB_USER) -> str:
        """Run Python as one of the owned users and return what it printed, or its last error line."""
        done = self.run(self.world.layout.python, "-c", source, *arguments, user=user)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]

    def push(self, message: str, *, queue: str = "signing") -> None:
        """Put any text on a queue, byte for byte."""
        client = shutil.which("redis-cli") or shutil.which("valkey-cli")
        assert client is not None
        command = [client, "-s", str(self.world.redis.socket), "-n", str(self.world.broker_database)]
        subprocess.run(
            as_user(WEB_USER, [*command, "-x", "LPUSH", queue]),
            input=message.encode(),
            check=True,
            capture_output=True,
        )

    def insert(self, request_id: str, body: bytes, *, kind: str = "BTC_SPEND") -> None:
        """Write a request row, past every service and every trigger."""
        self.sql(
            "INSERT INTO hsm_signingrequest (id, kind, key, chain, subject, body, created_at) "
            f"VALUES ('{request_id}', '{kind}', '', '', 'forged', '\\x{body.hex()}', now())"
        )

    def ask(self, request: Request) -> Result:
        """Have the signer look at a forged request and return its answer."""
        return self.ask_with_bytes(request.id, request.to_bytes(), kind=request.kind)

    def ask_with_bytes(self, request_id: str, body: bytes, *, kind: str = "BTC_SPEND") -> Result:
        self.insert(request_id, body, kind=kind)
        return self.wake(request_id)

    def wake(self, request_id: str) -> Result:
        """Wake the signer for a request without a result and wait for one."""
        self.push(message("wake", request_id))
        row = eventually(lambda: final_result(request_id), what=f"answer to {request_id}")
        assert row is not None
        return Result.from_bytes(bytes(row.body))

    def is_refused(self, request: Request) -> Refused:
        """Ask, and check that nothing was signed and the refusal is on record."""
        return self.examine(self.ask(request))

    def is_refused_with_bytes(self, request_id: str, document: dict[str, Any]) -> Refused:
        """The same for a document that no dataclass would make."""
        body = canonical.encode(document, limit=canonical.MAX_REQUEST)
        return self.examine(self.ask_with_bytes(request_id, body))

    def examine(self, result: Result) -> Refused:
        """Check that ``result`` is a refusal without signature, journalled and in the audit record."""
        assert result.outcome == "REFUSED"
        assert result.signatures == ()
        own = [entry.kind for entry in result.entries if "request_hash" in entry.body]
        assert own == ["SEEN", "REFUSED"]
        services.collect_result(request_id=result.request, at=clock.now())
        entry = AuditEntry.objects.get(verb="hsm.signing.refused", subject=result.request)
        assert canonical.decode(bytes(entry.body))["payload"]["rule"] == result.rule
        return Refused(result.rule, result.culprit)

    def as_database_user(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return self.run(*command, user=DATABASE_USER)


def final_result(request_id: str) -> SigningResult | None:
    return selectors.final_results().filter(request=request_id).first()


def message(task: str, *args: object, embed: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A Celery message as it lies in Redis; ``changes`` replace parts of the envelope."""
    identifier = str(uuid4())
    after = {"callbacks": None, "errbacks": None, "chain": None, "chord": None, **(embed or {})}
    body = json.dumps([args, {}, after])
    envelope = {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": identifier, "root_id": identifier},
        "properties": {
            "correlation_id": identifier,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "signing"},
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
    return json.dumps(envelope | changes)
