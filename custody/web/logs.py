"""Log lines as JSON objects, without what must not stand in a log.

Request lines come from django-structlog, the rest from the standard library; both leave through
``json_formatter``. Network addresses, browser names and query strings are personal data, and
PostgreSQL's DETAIL and LINE repeat the values of rows: all are taken out here, in one place. Worker and
beat write through it too (custody.celery).
"""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

_PRIVATE = ("ip", "user_agent")
# Values may hold line breaks, and texts are logged escaped: nothing marks the end but the next traceback.
_ROW_VALUES = re.compile(
    r"(DETAIL|CONTEXT|LINE \d+):.*?(?=\n\nThe above exc|\n\nDuring handling|\Z)", re.DOTALL
)


def drop_private(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor: remove network address and browser name, and the query from the request line."""
    for name in _PRIVATE:
        event.pop(name, None)
    if "request" in event:
        event["request"] = str(event["request"]).partition("?")[0]
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _ROW_VALUES.sub(r"\1: removed", value)
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]


def json_formatter() -> structlog.stdlib.ProcessorFormatter:
    """Formatter of the console handler (settings.LOGGING)."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            drop_private,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
    )


def configure() -> None:
    """Send structlog's own loggers through the standard library; called once at start."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
