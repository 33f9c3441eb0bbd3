"""The signer's own Celery application: one task, ``wake``, and nothing a message could reach besides.

Messages carry a request id; the bytes are read from the main database and judged by the signer.
JSON only; no remote control, events, gossip, result back-end or autodiscovery; callbacks, chains
and chords in a message are dropped. It runs in the solo pool: PKCS#11 sessions do not survive
forks, the store has one owner, and the order of requests is the order of the journal.
"""

import os

import django
from celery import Celery, Task, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings are read only after setup

from custody.common.errors import CustodyError  # noqa: E402
from custody.hsm.signer.office import Office  # noqa: E402

if settings.PROCESS not in {"signer", "test"}:
    raise RuntimeError("this application belongs to the signer process")

app = Celery("signer", fixups=[], set_as_current=False, autofinalize=True)
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 600},
    task_default_queue="signing",
    task_create_missing_queues=False,
    accept_content=["json"],
    task_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=True,
    task_send_sent_event=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    worker_pool="solo",
    worker_consumer="custody.hsm.signer.consumer:SignerConsumer",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    imports=(),
    include=(),
    timezone="UTC",
)
# Celery brings tasks of its own (chains, chords, backend clean-up); none of them is ours.
app.finalize()
app.tasks.clear()
office = Office()


class WakeTask(Task):  # type: ignore[type-arg]
    """Drops whatever a message asks to be done afterwards."""

    def before_start(self, task_id: str, args: object, kwargs: object) -> None:
        self.request.callbacks = self.request.errbacks = None
        self.request.chain = self.request.chord = self.request.group = None


@app.task(name="wake", base=WakeTask, typing=False)
def wake(request_id: object = None, *_: object, **__: object) -> None:
    """Look at one request; every outcome is a row or a log line, never an exception."""
    office.wake(request_id)


@signals.worker_init.connect
def _open(**_: object) -> None:
    """Refuse to start on a store that is in use, rewound or without genesis."""
    try:
        office.open()
    except CustodyError as error:
        raise SystemExit(f"signer: {error.detail} ({error.code})") from None


@signals.worker_shutdown.connect
def _close(**_: object) -> None:
    office.close()


@signals.task_unknown.connect
def _refuse_unknown(name: object = None, **_: object) -> None:
    office.refuse_message("unknown_task", str(name))


@signals.task_rejected.connect
def _refuse_malformed(**_: object) -> None:
    office.refuse_message("malformed_message", "")
