"""The Celery application of the web side: routes by name, and the one schedule table.

Messages are wake-ups that carry ids. The signer is another application with a queue of its own
(custody.hsm.signer.app) and knows nothing of this one.
"""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")

# The first matching prefix decides; everything else goes to ``default``.
QUEUE_OF_PREFIX = {
    "wallets.scan": "chain",
    "wallets.broadcast": "chain",
    "compliance.": "screening",
    "reports.": "reports",
}

# Name of the task: seconds between two starts. Each finds its own work in rows, so a missed,
# late or double start changes nothing.
SCHEDULE: dict[str, float] = {
    "wallets.scan_chain": 2,
    "wallets.sweep_intents": 10,
    "wallets.sweep_house": 30,
    "escrow.sweep": 10,
    "audit.link_entries": 5,
    "audit.watch_backlog": 60,
    "hsm.sweep": 10,
    "hsm.request_checkpoints": 5,
    "hsm.mirror_signer": 30,
    "hsm.settle_documents": 10,
    "hsm.rewrap_data_keys": 600,
    "reports.request_due": 60,
    "reports.resume_runs": 30,
    "reports.export_made": 15,
}


def route(name: str, *_: Any, **__: Any) -> dict[str, str]:
    """Queue for the task ``name`` (Celery router)."""
    for prefix, queue in QUEUE_OF_PREFIX.items():
        if name.startswith(prefix):
            return {"queue": queue}
    return {"queue": "default"}


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Celery would put handlers of its own in the place of those that take personal data out."""
    logging.config.dictConfig(settings.LOGGING)


app = Celery("custody")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_default_queue="default",
    task_routes=(route,),
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    worker_consumer="custody.common.consumer:SteadyConsumer",
    broker_transport_options={"visibility_timeout": 600},
    task_time_limit=600,
    task_soft_time_limit=540,
    timezone="UTC",
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 30)}}
        for name, seconds in SCHEDULE.items()
    },
    beat_max_loop_interval=1,
)
app.autodiscover_tasks()
