"""Background work of the signing desk: collect, sweep, mirror, ask for checkpoints."""

from celery import shared_task
from celery.app.task import Task

from custody.common import clock
from custody.hsm import attestations, checkpoints, data_keys, services
from custody.hsm.trust import submitting

# Seconds until the next look for a result; after the last one the sweep takes over.
PAUSES = (0.3, 0.6, 1.2, 2.5, 5.0, 10.0)


@shared_task(name="hsm.collect_result", bind=True, max_retries=len(PAUSES))
def collect_result(self: "Task[..., None]", *, request_id: str) -> None:
    """Collect one result; looks again a few times while the signer is busy."""
    done = services.collect_result(request_id=request_id, at=clock.now())
    if not done and self.request.retries < len(PAUSES):
        raise self.retry(countdown=PAUSES[self.request.retries])


@shared_task(name="hsm.sweep")
def sweep() -> int:
    """Collect what was missed and wake the signer for what is unanswered."""
    return services.sweep(at=clock.now())


@shared_task(name="hsm.mirror_signer")
def mirror_signer() -> bool:
    """Take over identity and keys that the signer published."""
    return services.mirror_signer(at=clock.now())


@shared_task(name="hsm.request_checkpoints")
def request_checkpoints() -> list[str]:
    """Have due heads signed."""
    return checkpoints.request_checkpoints(at=clock.now())


@shared_task(name="hsm.apply_checkpoint")
def apply_checkpoint(*, request_id: str) -> None:
    """Store a signed checkpoint."""
    checkpoints.apply_checkpoint(request_id=request_id)


@shared_task(name="hsm.apply_trust")
def apply_trust(*, request_id: str) -> None:
    """Take over what the signer published with its answer to a trust document, then the answer."""
    services.mirror_signer(at=clock.now())
    submitting.apply_answer(request_id=request_id, at=clock.now())


@shared_task(name="hsm.settle_documents")
def settle_documents() -> int:
    """Expire drafts whose time is over; note what has taken effect; take in answers that were missed."""
    return submitting.settle(at=clock.now())


@shared_task(name="hsm.rewrap_data_keys")
def rewrap_data_keys() -> int:
    """Bring data keys under the current key-encryption key."""
    return data_keys.rewrap(at=clock.now())


@shared_task(name="hsm.apply_attestation")
def apply_attestation(*, request_id: str) -> None:
    """Store a signed attestation of an address."""
    attestations.apply_attestation(request_id=request_id)


@shared_task(name="hsm.leave_result")
def leave_result(*, request_id: str) -> None:
    """The answer stays where it is: whoever asked reads it with ``selectors.result_of``."""
