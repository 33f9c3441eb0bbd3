"""What each process of the world is: who has the PKCS#11 library, what the signer loads and talks to."""

import http.client
import json
import tomllib
from pathlib import Path

import pytest

from custody.hsm.models import SigningRequest
from custody.wallets.models import TxAttempt
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World
from tests.harness.waiting import eventually
from tests.rooted.attacker import Attacker
from tests.rooted.backup import Backup
from tests.rooted.sockets import sockets_of, unix_peers

pytestmark = pytest.mark.xdist_group("live")

PKCS11 = ("softhsm", "pkcs11")
# Wakes the signer's office on a copy of its store and tells which modules that has loaded.
LOADED = """
import json, sys
from custody.hsm.signer import app
app.office.open()
for request_id in sys.argv[1:]:
    app.office.wake(request_id)
app.office.close()
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def with_web(attacker: Attacker, live_web: World) -> World:
    """The live world with its web process as well, which has served a page."""
    eventually(lambda: serves(live_web.web_port), timeout=60, what="web process")
    return live_web


def serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/account/login/", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(member for child in children for member in family(child))]


def maps_pkcs11(pid: int) -> bool:
    return any(name in Path(f"/proc/{pid}/maps").read_text() for name in PKCS11)


def test_only_signer_and_keys_have_the_pkcs11_library(with_web: World) -> None:
    """After all that was signed, sealed and encrypted in this world."""
    assert set(with_web.processes) == {"keys", "signer", "witness", "worker", "beat", "web"}
    having = {
        name
        for name, running in with_web.processes.items()
        if any(maps_pkcs11(pid) for pid in family(running.pid))
    }
    assert having == {"keys", "signer"}


def forbidden_to_signer() -> list[str]:
    """The packages that the import contract keeps from the signer."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = [
        item for item in contracts if item["name"] == "the signer sees pure code and its own store"
    ]
    names: list[str] = contract["forbidden_modules"]
    return names


def test_the_signer_loads_nothing_of_the_web(attacker: Attacker, deals: object) -> None:
    """After it has looked at a request of each kind; what Python finds loaded, not what the source says."""
    backup = Backup(attacker.world, attacker.world.layout.state / "loaded")
    backup.take()
    requests = [
        SigningRequest.objects.filter(kind=kind).earliest("created_at").pk
        for kind in ("TERMS", "KEY_PROOF", "CHECKPOINT")
    ]
    requests += [attempt.signing_request for attempt in TxAttempt.objects.exclude(signing_request="")]
    done = backup.start("-c", LOADED, *requests)
    loaded: list[str] = json.loads(done.stdout)
    assert "custody.hsm.signer.kinds.btc_spend" in loaded
    assert [
        name
        for name in loaded
        for package in (*forbidden_to_signer(), "django.contrib", "custody.celery", "custody.urls")
        if name == package or name.startswith(f"{package}.")
    ] == []


def test_the_signer_talks_to_broker_and_database_alone(attacker: Attacker, deals: object) -> None:
    world = attacker.world
    peers = unix_peers()
    own = sockets_of(world.processes["signer"].pid)
    assert own
    assert own <= peers.keys(), "the signer has sockets that are no unix sockets"
    ends = {peers[inode] for inode in own} - {""}
    assert ends == {str(world.redis.socket), f"{world.postgres.sockets}/.s.PGSQL.5432"}
    lonely = [inode for inode in own if not peers[inode]]
    assert len(lonely) % 2 == 0, "socket pairs of the process with itself come in twos"


@pytest.mark.separated
def test_the_signer_has_no_other_user(attacker: Attacker) -> None:
    """Its process runs as its own user with no privilege left to gain."""
    status = Path(f"/proc/{attacker.world.processes['signer'].pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
