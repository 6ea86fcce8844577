"""Calls of the API are counted: by user where the route knows one, and by the caller's network."""

from collections.abc import Callable
from typing import Any

from litestar.types import ASGIApp, Receive, Send

from marketplace.application.shared.caller import network_of
from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, TooManyCalls
from marketplace.domain.shared.errors import DomainError
from marketplace.entrypoints.http.auth import actor_of
from marketplace.entrypoints.http.gate import MORE_HEADERS

LIMITED = "/api/v1/"
PROVIDERS = "/api/v1/payments/providers/"
"""Called by payment providers, all of whose payments come from a few addresses: a signature is checked sooner."""

COUNTED = "counted"
"""In the state of a request that was counted before it came here."""


def rate_limits(rule: RateLimit) -> Callable[[ASGIApp], ASGIApp]:
    """Goes before everything that costs more. One call of RateLimits for a request; strangers are counted too."""
    policy = policy_of(rule)

    def wrap(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Any, receive: Receive, send: Send) -> None:
            if is_limited(scope["path"]) and scope["method"] != "OPTIONS" and COUNTED not in scope["state"]:
                limits = await scope["state"]["dishka_container"].get(RateLimits)
                keys = [f"network:{network_of(scope['state']['address'])}"]
                stranger: DomainError | None = None
                try:
                    if actor := await actor_of(scope):
                        keys.append(f"user:{actor.user}")
                except DomainError as error:
                    stranger = error
                try:
                    allowance = await limits.take(Limit.API, *keys)
                except TooManyCalls as refusal:
                    scope["state"][MORE_HEADERS] = headers_of(refusal.allowance, policy)
                    raise
                scope["state"][MORE_HEADERS] = headers_of(allowance, policy)
                if stranger:
                    raise stranger
            await app(scope, receive, send)

        return middleware

    return wrap


def is_limited(path: str) -> bool:
    return path.startswith(LIMITED) and not path.startswith(PROVIDERS)


def policy_of(rule: RateLimit) -> bytes:
    return ", ".join(f"{window.limit};w={window.seconds}" for window in rule).encode()


def headers_of(allowance: Allowance, policy: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"ratelimit-limit", b"%d" % allowance.limit),
        (b"ratelimit-remaining", b"%d" % allowance.remaining),
        (b"ratelimit-reset", b"%d" % allowance.reset),
        (b"ratelimit-policy", policy),
    ]
