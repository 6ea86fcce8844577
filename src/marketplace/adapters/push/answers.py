"""What push services have in common."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

import structlog

from marketplace.adapters.egress import Answer
from marketplace.application.notifications.send_push import PushBusy, Verdict
from marketplace.domain.shared.errors import Unavailable

log = structlog.get_logger()

USUAL_WAIT = 60
"""Seconds, where a push service that is busy does not say how long."""


class PushUnavailable(Unavailable):
    code = "push_unavailable"


def later(answer: Answer, now: datetime) -> PushBusy | PushUnavailable | None:
    """What an answer says that another try may change."""
    if answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers):
        return PushBusy("the push service is busy", retry_after=_wait(answer.headers.get("retry-after", ""), now))
    if answer.status >= 500 or answer.status == 408:
        return PushUnavailable(f"the push service takes nothing now ({answer.status})")
    return None


def refused(push_id: UUID, service: str, reason: str) -> Verdict:
    log.warning("push_refused", push_id=str(push_id), service=service, reason=reason)
    return Verdict.REFUSED


def _wait(text: str, now: datetime) -> int:
    """Seconds, of a Retry-After header (RFC 9110)."""
    if text.isdecimal():
        return int(text[:9])
    try:
        return max(0, round((parsedate_to_datetime(text) - now).total_seconds()))
    except (ValueError, TypeError):
        return USUAL_WAIT
