"""The official Stripe SDK, its requests sent through adapters/egress.py and its errors told apart."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe
import structlog
from stripe import StripeClient

from marketplace.adapters.egress import ProviderHttp, ProviderUnavailable
from marketplace.application.payments.ports import GatewaySilent

log = structlog.get_logger()

STRIPE = "https://api.stripe.com"
WITHIN = 7.0
"""Seconds for one call. A charge makes two, and is asked about after 15 seconds (domain/payments, ASK_AFTER)."""
LARGEST = 8 * 1_048_576
"""Bytes of an answer: a page of 100 movements with what each is about."""
VERSION = "2026-10-28.endive"
"""Of Stripe's API: that of the SDK with which this was written and tested."""
SILENT = "the payment provider did not answer in time"

logging.getLogger("stripe").disabled = True
"""It writes whole bodies, with what pays in them."""
stripe.enable_telemetry = False  # it would write a file of its own and tell our platform


class StripeRefused(Exception):
    """A definite no: nothing has happened, and this request will never have an effect."""

    def __init__(self, error: stripe.StripeError) -> None:
        super().__init__(error.code)
        self.code: str | None = error.code
        words = error.user_message if isinstance(error, stripe.CardError) else None
        self.words = words or "The payment provider refuses this"
        """For people: what Stripe says of other refusals is for developers."""


class StripeHttp(stripe.HTTPClient):
    """Asks once: what was not answered is asked about by a timer of ours."""

    name = "marketplace"

    def __init__(self, http: ProviderHttp) -> None:
        super().__init__()
        self._http = http

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None, **_: Any
    ) -> tuple[bytes, int, Mapping[str, str]]:
        content = post_data.encode() if post_data else None
        try:
            answer = await self._http.request(method.upper(), url, headers=headers, content=content)
        except ProviderUnavailable as error:
            raise stripe.APIConnectionError(error.detail) from None  # type: ignore[no-untyped-call]
        return answer.body, answer.status, answer.headers


def stripe_client(key: str, http: stripe.HTTPClient, *, base: str = STRIPE) -> StripeClient:
    """`base` is the origin of the API."""
    return StripeClient(
        key, stripe_version=VERSION, http_client=http, max_network_retries=0,
        base_addresses={"api": base, "files": base, "connect": base, "meter_events": base},
    )  # fmt: skip


@contextmanager
def answered() -> Iterator[None]:
    """Around calls of the SDK: raises StripeRefused for a definite no and GatewaySilent for all that leaves doubt."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise StripeRefused(error) from None
    except stripe.StripeError as error:
        log.warning("stripe_failed", kind=type(error).__name__, code=error.code, status=error.http_status)
        raise GatewaySilent(SILENT) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # an answer in a shape that is not Stripe's
        log.warning("stripe_unreadable", kind=type(error).__name__)
        raise GatewaySilent(SILENT) from None


@contextmanager
def told() -> Iterator[None]:
    """Around calls that only ask: here a no is no answer either."""
    try:
        with answered():
            yield
    except StripeRefused as refused:
        log.warning("stripe_refused", code=refused.code)
        raise GatewaySilent(SILENT) from None
