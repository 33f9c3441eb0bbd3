"""Who is told when an intent or the funding of a wallet changes.

Packages above hand down names of their tasks from ``AppConfig.ready``; each gets one id after the
transaction has committed. A lost message loses nothing: followers sweep for themselves as well.
"""

from custody.common.queue import enqueue_on_commit

_intent_tasks: list[str] = []
_funding_tasks: list[str] = []


def follow_intents(task_name: str) -> None:
    """Enqueue ``task_name(intent_id=…)`` whenever an intent changes its state."""
    if task_name not in _intent_tasks:
        _intent_tasks.append(task_name)


def follow_funding(task_name: str) -> None:
    """Enqueue ``task_name(wallet_id=…)`` whenever a wallet is paid, spent, or a payment is undone."""
    if task_name not in _funding_tasks:
        _funding_tasks.append(task_name)


def tell_intent_changed(intent_id: str) -> None:
    for name in _intent_tasks:
        enqueue_on_commit(name, intent_id=intent_id)


def tell_funding_changed(wallet_id: str) -> None:
    for name in _funding_tasks:
        enqueue_on_commit(name, wallet_id=wallet_id)
